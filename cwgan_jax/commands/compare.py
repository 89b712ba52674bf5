"""Compares systems: cwgan compare wgan_gp lsgan [--seeds=3] [--epochs=10,50].

All train on the data of the first recipe, for the same passes over them, once for each seed, in
<out>/<recipe>/seed<k>. What is done is not done again, so that the same command goes on after a stop.
See compare.html and compare.json in --out.
"""

import math
import shlex
import sys
from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.invocation import command
from cwgan_jax.compare import run

FLAGS = flags.FLAGS
ADVICE = cli.TRAINING


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_integer(
        "seeds", 3, "Runs of each system, of seeds 0, 1, ...", lower_bound=1, upper_bound=1000
    )
    flags.DEFINE_list("epochs", ["10"], "Passes over the training data; several: each is measured.")
    flags.DEFINE_string("out", "runs/compare", "Where everything is written.")
    flags.DEFINE_string(
        "data_dir", None, "Where the data are, in place of the first config's config.data.dir."
    )
    flags.DEFINE_integer("samples", 10_000, "Images that are measured.", lower_bound=100, upper_bound=10**5)


def main(overrides: dict[str, str], *paths: str) -> int:
    """Reads the flags and compares; returns the exit status."""
    options = run.Options(
        paths=[Path(path) for path in paths],
        overrides=overrides,
        seeds=FLAGS.seeds,
        epochs=_epochs(FLAGS.epochs),
        out=Path(FLAGS.out),
        data_dir=FLAGS.data_dir,
        samples=FLAGS.samples,
        command=shlex.join([*command("compare").split(), *sys.argv[2:]]),
    )
    return run.compare(options)


def _epochs(texts: list[str]) -> list[float]:
    """Numbers, ascending, each once; raises ConfigError if they are none."""
    try:
        epochs = sorted({float(text) for text in texts})
    except ValueError:
        epochs = []
    if not epochs or not all(0 < each < math.inf for each in epochs):
        raise ConfigError(f"--epochs={','.join(texts)}: give numbers above 0, with commas, for example 10,50")
    return epochs
