"""A trained model as one small file, to hand on, to draw from and to start from.

cwgan pack --workdir=runs/digits --out=digits.safetensors

The file takes the place of a workdir in `cwgan sample`, `evaluate` and `train --init`; see docs/export.md.
"""

from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax.checkpoint import packed
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.invocation import command
from cwgan_jax.interop import pack
from cwgan_jax.sampling import load

FLAGS = flags.FLAGS


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
    flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
    flags.DEFINE_string("out", None, "File to write, x.safetensors; default <workdir>/model.safetensors.")
    flags.DEFINE_bool("half", True, "Kernels in half precision, which makes the file half as large.")
    flags.DEFINE_bool("overwrite", False, "Replace a file that is there already.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and writes the file; returns the exit status."""
    cli.refuse_overrides(overrides)
    folder, step = load.find(cli.workdir(FLAGS.workdir))
    out = Path(FLAGS.out) if FLAGS.out else folder.parent / packed.IN_FOLDER
    if out.suffix != packed.SUFFIX or out.is_dir():
        raise ConfigError(f"--out={out}: it must be a file x{packed.SUFFIX}")
    if out.exists() and not FLAGS.overwrite:
        raise ConfigError(
            f"{out}: the file is there already; replace it with --overwrite, or choose another --out"
        )
    step = step if FLAGS.step is None else FLAGS.step
    saved = load.restore(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    pack.write(saved, out, half=FLAGS.half)
    size = f"{out.stat().st_size:,} bytes"
    print(f"step {saved.step}: {size} in {out}; to draw: {command('sample')} --workdir={out}")
    return 0
