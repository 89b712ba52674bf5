"""Measures a run: cwgan evaluate --workdir=runs/digits [--step=best|all|N] [--samples=10000]."""

import math
from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.report import runs

FLAGS = flags.FLAGS


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_multi_string(
        "workdir", [], "A run's folder; several, with commas or several times, are put side by side."
    )
    flags.DEFINE_string("step", "newest", "Which checkpoint: newest, best, all or a number.")
    flags.DEFINE_integer(
        "samples", runs.SAMPLES, "Images or points for each seed.", lower_bound=100, upper_bound=10**5
    )
    flags.DEFINE_integer("seeds", 3, "How many sets, with seeds 1, 2, ...", lower_bound=1, upper_bound=100)
    flags.DEFINE_string("data_dir", None, "Where the data are, if they have moved since the training.")
    flags.DEFINE_float("truncation", 1.0, "psi, as in sample.py; 1: none.", lower_bound=-10, upper_bound=10)
    flags.DEFINE_string("out", None, "Folder to write to; default the run's. Of one run only.")
    flags.DEFINE_bool("overwrite", False, "Replace what was measured in the same way before.")
    flags.DEFINE_bool("usefulness", True, "Also train classifiers on the generated images.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and measures; returns the exit status."""
    cli.refuse_overrides(overrides)
    if not math.isfinite(FLAGS.truncation):
        raise ConfigError(f"--truncation={FLAGS.truncation}: not allowed; it must be a number in -10 to 10")
    options = runs.Options(
        step=FLAGS.step,
        samples=FLAGS.samples,
        seeds=range(1, FLAGS.seeds + 1),
        data_dir=FLAGS.data_dir,
        usefulness=FLAGS.usefulness,
        truncation=FLAGS.truncation,
        out=Path(FLAGS.out) if FLAGS.out else None,
        overwrite=FLAGS.overwrite,
    )
    runs.run(
        [path for text in FLAGS.workdir for path in _paths(text)] or [cli.workdir(None)],
        options,
        set_up=cli.set_up_jax,
        warn=cli.warn,
    )
    return 0


def _paths(text: str) -> list[Path]:
    """One path, if there is such a folder; else the paths between the commas."""
    return [Path(text)] if Path(text).exists() else [Path(part.strip()) for part in text.split(",")]
