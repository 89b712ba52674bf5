"""Measures a run: python evaluate.py --workdir=runs/digits [--step=best|all|N] [--samples=10000]."""

import math
from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.report import runs

_WORKDIR = flags.DEFINE_multi_string(
    "workdir", [], "A run's folder; several, with commas or several times, are put side by side."
)
_STEP = flags.DEFINE_string("step", "newest", "Which checkpoint: newest, best, all or a number.")
_SAMPLES = flags.DEFINE_integer(
    "samples", runs.SAMPLES, "Images or points for each seed.", lower_bound=100, upper_bound=10**5
)
_SEEDS = flags.DEFINE_integer(
    "seeds", 3, "How many sets, with seeds 1, 2, ...", lower_bound=1, upper_bound=100
)
_DATA_DIR = flags.DEFINE_string(
    "data_dir", None, "Where the data are, if they have moved since the training."
)
_TRUNCATION = flags.DEFINE_float(
    "truncation", 1.0, "psi, as in sample.py; 1: none.", lower_bound=-10, upper_bound=10
)
_OUT = flags.DEFINE_string("out", None, "Folder to write to; default the run's. Of one run only.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace what was measured in the same way before.")
_USEFULNESS = flags.DEFINE_bool("usefulness", True, "Also train classifiers on the generated images.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and measures; returns the exit status."""
    cli.refuse_overrides(overrides, "evaluate.py")
    if not _WORKDIR.value:
        raise ConfigError("--workdir=DIR is missing; for example --workdir=runs/digits")
    if not math.isfinite(_TRUNCATION.value):
        raise ConfigError(f"--truncation={_TRUNCATION.value}: not allowed; it must be a number in -10 to 10")
    options = runs.Options(
        step=_STEP.value,
        samples=_SAMPLES.value,
        seeds=range(1, _SEEDS.value + 1),
        data_dir=_DATA_DIR.value,
        usefulness=_USEFULNESS.value,
        truncation=_TRUNCATION.value,
        out=Path(_OUT.value) if _OUT.value else None,
        overwrite=_OVERWRITE.value,
    )
    runs.run(
        [path for text in _WORKDIR.value for path in _paths(text)],
        options,
        set_up=cli.set_up_jax,
        warn=cli.warn,
    )
    return 0


def _paths(text: str) -> list[Path]:
    """One path, if there is such a folder; else the paths between the commas."""
    return [Path(text)] if Path(text).exists() else [Path(part.strip()) for part in text.split(",")]


if __name__ == "__main__":
    cli.run(main, advice=cli.READING)
