"""A trained model as one small file, to hand on, to draw from and to start from.

python -m cwgan_jax.interop.pack --workdir=runs/digits --out=digits.safetensors

The file takes the place of a workdir in `sample.py`, `evaluate.py` and `train.py --init`; see docs/export.md.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
from absl import flags

from cwgan_jax import cli
from cwgan_jax import config as config_
from cwgan_jax.algorithms import State
from cwgan_jax.checkpoint import packed
from cwgan_jax.checkpoint.reader import Saved
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.sampling import load


def define_flags() -> None:
    """Defines the command's flags; not on import, since other entry points have flags of these names."""
    flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
    flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
    flags.DEFINE_string("out", None, "File to write, x.safetensors; default <workdir>/model.safetensors.")
    flags.DEFINE_bool("half", True, "Kernels in half precision, which makes the file half as large.")
    flags.DEFINE_bool("overwrite", False, "Replace a file that is there already.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and writes the file; returns the exit status."""
    cli.refuse_overrides(overrides, "cwgan_jax.interop.pack")
    options = flags.FLAGS
    if not options.workdir:
        raise ConfigError("--workdir=DIR is missing; for example --workdir=runs/digits")
    folder, step = load.find(Path(options.workdir))
    out = Path(options.out) if options.out else folder.parent / packed.IN_FOLDER
    if out.suffix != packed.SUFFIX or out.is_dir():
        raise ConfigError(f"--out={out}: it must be a file x{packed.SUFFIX}")
    if out.exists() and not options.overwrite:
        raise ConfigError(
            f"{out}: the file is there already; replace it with --overwrite, or choose another --out"
        )
    step = step if options.step is None else options.step
    saved = load.restore(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    write(saved, out, half=options.half)
    print(
        f"step {saved.step}: {out.stat().st_size:,} bytes in {out}; to draw: python sample.py --workdir={out}"
    )
    return 0


def write(saved: Saved, out: Path, *, half: bool = True) -> None:
    """Writes the file of a checkpoint.

    Args:
      saved: the checkpoint.
      out: the file.
      half: whether kernels are rounded to half precision.
    """
    config = config_.from_dict(saved.about["config"])
    section = dataclasses.replace(config.data, dir="", file="")  # where the data lay on this machine
    described = saved.about | {"config": config_.to_dict(dataclasses.replace(config, data=section))}
    packed.write(out, dict(_arrays(saved.state, half)), described, saved.step)


def _arrays(state: State, half: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Parameters, statistics and spectral vectors of all players; of one with a moving average, that."""
    for name, player in state.players.items():
        kept = player.average or {"params": player.params, "stats": player.stats}
        leaves, _ = jax.tree_util.tree_flatten_with_path({**kept, "spectral": player.spectral})
        for place, leaf in leaves:
            path, array = jax.tree_util.keystr(place, simple=True, separator="/"), np.asarray(leaf)
            narrow = half and array.ndim > 1 and path.startswith("params")
            yield f"players/{name}/{path}", array.astype(np.float16) if narrow else array


if __name__ == "__main__":
    define_flags()
    cli.run(main, advice=cli.READING)
