"""Which run a command is about."""

import sys
from pathlib import Path

from cwgan_jax import checkpoint
from cwgan_jax.common.errors import ConfigError

RUNS = Path("runs")  # where train.py puts them


def workdir(text: str | None, otherwise: str = "") -> Path:
    """The folder that was given, else that of the newest run in `runs`, which it names on standard error.

    Args:
      text: of the flag --workdir.
      otherwise: what else could have been given, for the message.

    Raises:
      ConfigError: nothing was given, and there is no run here.
    """
    if text:
        return Path(text)
    every = (*RUNS.glob("*/checkpoints"), *RUNS.glob("*/seed*/checkpoints"))
    found = [path.parent for path in every if checkpoint.steps(path)]
    if not found:
        raise ConfigError(
            "--workdir=DIR is missing, and there is no run in the folder runs; for example"
            f" --workdir=runs/digits{otherwise}"
        )
    newest = max(found, key=lambda path: (path / "checkpoints").stat().st_mtime)
    print(f"--workdir={newest}, the newest run", file=sys.stderr, flush=True)
    return newest
