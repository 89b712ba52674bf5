"""Tops up rare classes: cwgan augment --workdir=runs/x --per_class=500 [--out=DIR]."""

import math
from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax.augmentation import run
from cwgan_jax.common.errors import ConfigError

FLAGS = flags.FLAGS


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
    flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
    flags.DEFINE_integer(
        "per_class",
        None,
        "Real and generated examples of each class (or bin) together; default as many as the largest has.",
        lower_bound=1,
        upper_bound=10**6,
    )
    flags.DEFINE_string("part", "", "The class or number that counts; default the first of the condition.")
    flags.DEFINE_integer("bins", 10, "Bins of a number.", lower_bound=1, upper_bound=1000)
    flags.DEFINE_integer("seed", 0, "Same seed, same examples.", lower_bound=0, upper_bound=2**32 - 1)
    flags.DEFINE_float("truncation", 1.0, "Truncation psi; 1: none.", lower_bound=-10, upper_bound=10)
    flags.DEFINE_string("out", None, "Folder to write to; default <workdir>/augmented.")
    flags.DEFINE_bool("overwrite", False, "Replace what is in the folder.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and tops up; returns the exit status."""
    cli.refuse_overrides(overrides)
    if not math.isfinite(FLAGS.truncation):
        raise ConfigError(f"--truncation={FLAGS.truncation}: not allowed; it must be a number in -10 to 10")
    options = run.Options(
        step=FLAGS.step,
        target=FLAGS.per_class,
        part=FLAGS.part,
        bins=FLAGS.bins,
        seed=FLAGS.seed,
        truncation=FLAGS.truncation,
        out=Path(FLAGS.out) if FLAGS.out else None,
        overwrite=FLAGS.overwrite,
    )
    run.run(cli.workdir(FLAGS.workdir), options, set_up=cli.set_up_jax, warn=cli.warn)
    return 0
