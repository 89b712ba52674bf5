"""Draws from a trained generator: python sample.py --workdir=runs/digits [--format=FORMAT].

Formats: grid, folder, walk, plane, classes, styles, truncation; see docs/sampling.md.
"""

import math
from pathlib import Path

from absl import flags

from cwgan_jax import cli
from cwgan_jax.cli import classes
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.kinds import entry
from cwgan_jax.sampling import formats, load, output
from cwgan_jax.sampling.interpolate import INTERPOLATIONS
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import DrawRequest, Format

_WORKDIR = flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
_STEP = flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
_FORMAT = flags.DEFINE_enum("format", "grid", formats.names(), f"What to make. {formats.overview()}")
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
_TRUNCATION = flags.DEFINE_float(
    "truncation", None, "Truncation psi; 1: none.", lower_bound=-10, upper_bound=10
)
_INTERPOLATION = flags.DEFINE_enum(
    "interpolation", None, list(INTERPOLATIONS), "Of walk and plane; default spherical."
)
_CROSSOVER = flags.DEFINE_integer(
    "crossover", None, "First layer with the fine style; default half of them.", lower_bound=0
)


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and draws; returns the exit status."""
    cli.refuse_overrides(overrides, "sample.py")
    if _WORKDIR.value is None:
        raise ConfigError("--workdir=DIR is missing; for example --workdir=runs/digits")
    if _TRUNCATION.value is not None and not math.isfinite(_TRUNCATION.value):
        raise ConfigError(f"--truncation={_TRUNCATION.value}: not allowed; it must be a number in -10 to 10")
    folder, step = load.find(Path(_WORKDIR.value))
    step = step if _STEP.value is None else _STEP.value
    model = load.load(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    format_ = _format(model)
    drawing = format_.draw(model, _request(model, format_, folder))
    size = f"{drawing.rows} x {drawing.columns} {model.kind.unit}"
    print(f"step {model.step}: {size} in {drawing.path}")
    return 0


def _format(model: Model) -> Format:
    """The format of --format; ConfigError if this kind of data lacks it, or if it does not read an option."""
    available, unit = entry(formats.FORMATS, model.data["kind"]), model.kind.unit
    if _FORMAT.value not in available:
        raise ConfigError(
            f"--format={_FORMAT.value}: this model makes {unit}; formats: {formats.described(available)}"
        )
    for flag in (_INTERPOLATION, _CROSSOVER, _TRUNCATION):
        able = [name for name, format_ in available.items() if flag.name in format_.options]
        if flag.value is None or _FORMAT.value in able:
            continue
        if not able:
            raise ConfigError(f"--{flag.name}={flag.value}: not for {unit}; leave it out")
        raise ConfigError(
            f"--{flag.name}={flag.value}: not for --format={_FORMAT.value}; leave it out, or use it with"
            f" --format={' or '.join(able)}"
        )
    return available[_FORMAT.value]


def _request(model: Model, format_: Format, folder: Path) -> DrawRequest:
    """What to draw, by the flags and the defaults of the format."""
    labels = _labels(model, format_)
    request = DrawRequest(
        labels=labels,
        per_class=_PER_CLASS.value or format_.per_class(model, len(labels)),
        seed=_SEED.value,
        out=Path(_OUT.value) if _OUT.value else folder.parent / "drawn",
        truncation=1.0 if _TRUNCATION.value is None else _TRUNCATION.value,
        interpolation=_INTERPOLATION.value or "spherical",
        crossover=_CROSSOVER.value,
        overwrite=_OVERWRITE.value,
    )
    if format_.own_folder and not _OUT.value:
        return request._replace(out=request.out / output.stem(model, request, _FORMAT.value))
    return request


def _labels(model: Model, format_: Format) -> list[int]:
    """The classes chosen, or those that the format shows by default."""
    if _CLASSES.value is None:
        labels, count = format_.labels(model), len(model.class_names)
        if 1 < len(labels) < count:
            print(f"{len(labels)} of the {count:,} classes, evenly spread; --classes chooses others")
        return labels
    if not model.class_names:
        raise ConfigError(f"--classes={_CLASSES.value}: this model was trained without classes; leave it out")
    return classes.classes(_CLASSES.value, model.class_names, cli.warn)


if __name__ == "__main__":
    cli.run(main, advice=cli.READING)
