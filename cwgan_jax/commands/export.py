"""The trained generator as one file that runs without this package.

cwgan export --workdir=runs/digits [--format=stablehlo|onnx] [--out=FILE]

Beside FILE stands FILE.json, which tells a stranger what goes in and what comes out; see docs/export.md.
"""

import math
from pathlib import Path

from absl import flags

from cwgan_jax import cli, pretrained
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop import export
from cwgan_jax.sampling import load

FLAGS = flags.FLAGS


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints; default the newest run.")
    flags.DEFINE_string("pretrained", None, f"A model of the package: {', '.join(pretrained.names())}.")
    flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
    flags.DEFINE_enum(
        "format", "stablehlo", list(export.NEEDS), "stablehlo runs with jax, onnx with onnxruntime."
    )
    flags.DEFINE_string(
        "out",
        None,
        "File to write; default <workdir>/generator.<format>, or exported/<name>/generator.<format>.",
    )
    flags.DEFINE_bool("overwrite", False, "Replace files that are there already.")
    flags.DEFINE_float(
        "truncation", 1.0, "Truncation psi, as of sample.py; 1: none.", lower_bound=-10, upper_bound=10
    )


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and writes the two files; returns the exit status."""
    cli.refuse_overrides(overrides)
    if not math.isfinite(FLAGS.truncation):
        raise ConfigError(f"--truncation={FLAGS.truncation}: not allowed; it must be a number in -10 to 10")
    export.require(FLAGS.format)
    if FLAGS.workdir and FLAGS.pretrained:
        raise ConfigError("--workdir and --pretrained: both say which model; give one")
    source = pretrained.path(FLAGS.pretrained) if FLAGS.pretrained else cli.workdir(FLAGS.workdir)
    folder, step = load.find(source)
    home = Path("exported") / FLAGS.pretrained if FLAGS.pretrained else folder.parent
    out = Path(FLAGS.out) if FLAGS.out else home / f"generator.{FLAGS.format}"
    export.refuse(out, FLAGS.format, overwrite=FLAGS.overwrite)
    step = step if FLAGS.step is None else FLAGS.step
    model = load.load(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    try:
        written = export.write(model, out, FLAGS.format, FLAGS.truncation)
    except ConfigError as error:
        if FLAGS.format == "stablehlo":
            raise
        raise ConfigError(f"--format={FLAGS.format}: {error}; use --format=stablehlo") from error
    what = f"{written.size:,} bytes in {out}; inputs and output are described in {written.about}"
    print(f"step {model.step}: {what}")
    print(f"to run it: {written.use}; see docs/export.md")
    return 0
