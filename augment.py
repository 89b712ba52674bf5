"""Tops up rare classes: python augment.py --workdir=runs/x --per_class=500 [--out=DIR]."""

import math
from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax.augmentation import run
from cwgan_jax.common.errors import ConfigError

_WORKDIR = flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
_STEP = flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
_PER_CLASS = flags.DEFINE_integer(
    "per_class",
    None,
    "Real and generated examples of each class (or bin) together; default as many as the largest has.",
    lower_bound=1,
    upper_bound=10**6,
)
_PART = flags.DEFINE_string(
    "part", "", "The class or number that counts; default the first of the condition."
)
_BINS = flags.DEFINE_integer("bins", 10, "Bins of a number.", lower_bound=1, upper_bound=1000)
_SEED = flags.DEFINE_integer("seed", 0, "Same seed, same examples.", lower_bound=0, upper_bound=2**32 - 1)
_TRUNCATION = flags.DEFINE_float(
    "truncation", 1.0, "Truncation psi; 1: none.", lower_bound=-10, upper_bound=10
)
_OUT = flags.DEFINE_string("out", None, "Folder to write to; default <workdir>/augmented.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace what is in the folder.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and tops up; returns the exit status."""
    cli.refuse_overrides(overrides, "augment.py")
    if _WORKDIR.value is None:
        raise ConfigError("--workdir=DIR is missing; for example --workdir=runs/digits")
    if not math.isfinite(_TRUNCATION.value):
        raise ConfigError(f"--truncation={_TRUNCATION.value}: not allowed; it must be a number in -10 to 10")
    options = run.Options(
        step=_STEP.value,
        target=_PER_CLASS.value,
        part=_PART.value,
        bins=_BINS.value,
        seed=_SEED.value,
        truncation=_TRUNCATION.value,
        out=Path(_OUT.value) if _OUT.value else None,
        overwrite=_OVERWRITE.value,
    )
    run.run(Path(_WORKDIR.value), options, set_up=cli.set_up_jax, warn=cli.warn)
    return 0


if __name__ == "__main__":
    cli.run(main, advice=cli.READING)
