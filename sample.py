"""Draws from a trained generator: python sample.py --workdir=runs/digits [--format=FORMAT].

Formats: grid, folder, walk, plane, classes, styles, truncation; see docs/sampling.md.
"""

import math
import sys
from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax.cli import classes
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.sampling import formats, generation, load, styles, walk

FORMATS = {
    "grid": formats.grid,
    "folder": formats.folder,
    "walk": walk.walk,
    "plane": walk.plane,
    "classes": walk.classes,
    "styles": styles.styles,
    "truncation": styles.truncation,
}
_MANY = 100  # classes, from which a sheet shows only so many unless they are chosen
_UNCONDITIONAL_ROWS = 10  # of grid and walk; elsewhere one series of latents is enough
_ONE_CLASS = ("plane", "styles")  # unless more are chosen

_WORKDIR = flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
_STEP = flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
_FORMAT = flags.DEFINE_enum("format", "grid", list(FORMATS), "What to make.")
_CLASSES = flags.DEFINE_string(
    "classes", None, "Names, or numbers from 0: cat,dog or #3,#1 or #0-9; see docs/sampling.md."
)
_PER_CLASS = flags.DEFINE_integer(
    "per_class",
    None,
    "Images of each class (walk: frames; plane, styles: side of the table; classes: rows); default 10, with"
    " --format=truncation 1, and of many classes as many as go on a sheet.",
    lower_bound=1,
    upper_bound=10**6,
)
_SEED = flags.DEFINE_integer("seed", 0, "Same seed, same pictures.", lower_bound=0, upper_bound=2**32 - 1)
_OUT = flags.DEFINE_string("out", None, "Folder to write to; default <workdir>/drawn.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace files of the same name and other content.")
_TRUNCATION = flags.DEFINE_float("truncation", None, "psi, 1: none.", lower_bound=-10, upper_bound=10)
_INTERPOLATION = flags.DEFINE_enum(
    "interpolation", None, list(generation.INTERPOLATIONS), "Of walk and plane; default spherical."
)
_CROSSOVER = flags.DEFINE_integer(
    "crossover", None, "First layer with the fine style; default half of them.", lower_bound=0
)


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and draws; returns the exit status."""
    if overrides:
        raise ConfigError(f"--config.{next(iter(overrides))}: sample.py takes its config from the checkpoint")
    if _WORKDIR.value is None:
        raise ConfigError("--workdir=DIR is missing; for example --workdir=runs/digits")
    _check_flags()
    folder, step = load.find(Path(_WORKDIR.value))
    model = load.load(
        folder,
        step if _STEP.value is None else _STEP.value,
        set_up=cli.set_up_jax,
        warn=_warn,
    )
    if formats.points(model) and _FORMAT.value not in ("grid", "folder"):
        raise ConfigError(
            f"--format={_FORMAT.value}: this model makes points; use --format=grid, a picture of them and a"
            " table, or folder, a table of --per_class of them"
        )
    if formats.points(model) and _TRUNCATION.value is not None:
        raise ConfigError(f"--truncation={_TRUNCATION.value:g}: not for points; leave it out")
    made = FORMATS[_FORMAT.value](model, _asked(model, folder))
    print(f"step {model.step}: {made.rows} x {made.columns} images in {made.path}")
    return 0


def _warn(line: str) -> None:
    print(f"warning: {line}", file=sys.stderr)


def _check_flags() -> None:
    """Refuses flags that do nothing for the format."""
    if _TRUNCATION.value is not None and not math.isfinite(_TRUNCATION.value):
        raise ConfigError(f"--truncation={_TRUNCATION.value}: not allowed; it must be a number in -10 to 10")
    for name, value, able in (
        ("interpolation", _INTERPOLATION.value, ("walk", "plane")),
        ("crossover", _CROSSOVER.value, ("styles",)),
        ("truncation", _TRUNCATION.value, [name for name in FORMATS if name != "truncation"]),
    ):
        if value is not None and _FORMAT.value not in able:
            raise ConfigError(
                f"--{name}={value}: not for --format={_FORMAT.value}; leave it out, or use it with"
                f" --format={' or '.join(able)}"
            )


def _asked(model: load.Model, folder: Path) -> formats.Asked:
    """What the flags ask of this model."""
    labels = _labels(model)
    asked = formats.Asked(
        labels=labels,
        per_class=_PER_CLASS.value or _per_class(model, len(labels)),
        seed=_SEED.value,
        out=Path(_OUT.value) if _OUT.value else folder.parent / "drawn",
        truncation=1.0 if _TRUNCATION.value is None else _TRUNCATION.value,
        interpolation=_INTERPOLATION.value or "spherical",
        crossover=_CROSSOVER.value,
        overwrite=_OVERWRITE.value,
    )
    if _FORMAT.value == "folder" and not _OUT.value:
        return asked._replace(out=asked.out / formats.stem(model, asked, "folder"))
    return asked


def _per_class(model: load.Model, classes: int) -> int:
    """The default: 10, or as many as go on a sheet with so many classes."""
    if _FORMAT.value == "truncation" and model.class_names:
        return 1
    across = {"classes": walk.LEG * classes + 1, "folder": 1}.get(_FORMAT.value, classes)
    return max(1, min(10, formats.MOST // across))


def _labels(model: load.Model) -> list[int]:
    """The classes chosen, or those that the format shows by default."""
    if _CLASSES.value is not None and not model.class_names:
        raise ConfigError(f"--classes={_CLASSES.value}: this model was trained without classes; leave it out")
    if _CLASSES.value is not None:
        return classes.classes(_CLASSES.value, model.class_names, _warn)
    if _FORMAT.value in _ONE_CLASS:
        return [0]
    if (count := len(model.class_names)) and (_FORMAT.value == "folder" or count <= _MANY):
        return list(range(count))
    if count:
        print(f"{_MANY} of the {count:,} classes, evenly spread; --classes chooses others")
        return [i * count // _MANY for i in range(_MANY)]
    return list(range(_UNCONDITIONAL_ROWS)) if _FORMAT.value in ("grid", "walk") else [0]


if __name__ == "__main__":
    cli.run(main, advice=cli.READING)
