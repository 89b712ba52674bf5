"""Draws from a trained generator: python sample.py --workdir=runs/digits, or --pretrained=digits.

Formats: grid, file, folder, walk, plane, classes, sweep, styles, truncation, translate; see docs/sampling.md.
"""

import math
from pathlib import Path

from absl import flags

from cwgan_jax import cli, pretrained
from cwgan_jax.cli import classes, conditions
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.kinds import entry
from cwgan_jax.sampling import file, formats, load, output, translate
from cwgan_jax.sampling.interpolate import INTERPOLATIONS
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import DrawRequest, Format, Sweep
from cwgan_jax.sampling.rows import Rows, spread

_WORKDIR = flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
_PRETRAINED = flags.DEFINE_string(
    "pretrained", None, f"A model that comes with the package: {', '.join(pretrained.names())}."
)
_STEP = flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
_FORMAT = flags.DEFINE_enum(
    "format",
    None,
    formats.names(),
    "What to make; default grid; with --sweep that is sweep, with --out=x.csv or another file it is file."
    f" {formats.overview()}",
)
_CLASSES = flags.DEFINE_string(
    "classes", None, "Names, or numbers from 0: cat,dog or #3,#1 or #0-9; see docs/sampling.md."
)
_CONDITION = flags.DEFINE_multi_string(
    "condition",
    None,
    'What to draw: "power=0.3,angle=45", or a caption or class alone. Given several times: several rows.',
)
_CONDITION_FILE = flags.DEFINE_string(
    "condition_file", None, "A table (.csv, .parquet, .jsonl) with a row for each condition."
)
_SWEEP = flags.DEFINE_string(
    "sweep", None, "What goes from value to value, the rest as --condition says: angle, or angle=-60:60:13."
)
_COUNT = flags.DEFINE_integer(
    "count",
    None,
    "Examples of each class or condition (walk: frames; plane, styles: side of the table; classes, sweep:"
    " rows); default 10, with --format=truncation 1, and of many classes as many as go on a sheet.",
    lower_bound=1,
    upper_bound=10**9,
)
_SEED = flags.DEFINE_integer("seed", 0, "Same seed, same pictures.", lower_bound=0, upper_bound=2**32 - 1)
_OUT = flags.DEFINE_string(
    "out", None, "Folder to write to, or a file such as x.csv; default <workdir>/drawn."
)
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
_DIRECTION = flags.DEFINE_string("direction", None, "Of translate: which way, AtoB or BtoA.")
_INPUT = flags.DEFINE_string("input", None, "Of translate: a folder of pictures, or one picture.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and draws; returns the exit status."""
    cli.refuse_overrides(overrides, "sample.py")
    source = _source()
    if _TRUNCATION.value is not None and not math.isfinite(_TRUNCATION.value):
        raise ConfigError(f"--truncation={_TRUNCATION.value}: not allowed; it must be a number in -10 to 10")
    folder, step = load.find(source)
    step = step if _STEP.value is None else _STEP.value
    name = _name()
    if name == formats.TRANSLATE:
        return _translate(folder, step)
    model = load.load(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    format_ = _format(model, name)
    drawing = format_.draw(model, _request(model, format_, name, folder))
    size = f"{drawing.rows} x {drawing.columns} {model.kind.unit}"
    print(f"step {model.step}: {size} in {drawing.path}")
    return 0


def _source() -> Path:
    """Where the model is."""
    if _PRETRAINED.value is not None:
        if _WORKDIR.value is not None:
            raise ConfigError("--workdir and --pretrained: both say which model; give one")
        return pretrained.path(_PRETRAINED.value)
    if _WORKDIR.value is None:
        raise ConfigError(
            "--workdir=DIR is missing; for example --workdir=runs/digits, or without a run of your own"
            f" --pretrained={' or '.join(pretrained.names())}"
        )
    return Path(_WORKDIR.value)


def _home(folder: Path) -> Path:
    """Where drawings go by default: into the workdir, beside a file, or here."""
    return Path("drawn") / _PRETRAINED.value if _PRETRAINED.value else folder.parent / "drawn"


def _name() -> str:
    """The format's name; ConfigError if --out does not go with it."""
    to_file = _OUT.value is not None and file.is_file(Path(_OUT.value))
    if of_translate := [flag for flag in (_DIRECTION, _INPUT) if flag.value is not None]:
        if _FORMAT.value not in (None, formats.TRANSLATE):
            flag = of_translate[0]
            raise ConfigError(f"--{flag.name}={flag.value}: only for --format=translate; leave it out")
        return formats.TRANSLATE
    if _FORMAT.value is None:
        return "sweep" if _SWEEP.value else "file" if to_file else "grid"
    if to_file and _FORMAT.value != "file":
        raise ConfigError(
            f"--out={_OUT.value}: --format={_FORMAT.value} writes to a folder; give one, or use --format=file"
        )
    return _FORMAT.value


def _translate(folder: Path, step: int | None) -> int:
    """Writes a translation of each picture; returns the exit status."""
    flags_ = (_CLASSES, _CONDITION, _CONDITION_FILE, _SWEEP, _COUNT, _TRUNCATION, _INTERPOLATION, _CROSSOVER)
    for flag in flags_:
        if flag.value is not None:
            raise ConfigError(f"--{flag.name}={flag.value}: not for --format=translate; leave it out")
    model = translate.load(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    way = translate.direction(model, _DIRECTION.value)
    out = Path(_OUT.value) if _OUT.value else _home(folder) / f"translate-step{model.step}-{way}"
    count = translate.write(model, way, _INPUT.value, out, overwrite=_OVERWRITE.value)
    print(f"step {model.step}: {way}, {count:,} images in {out}")
    return 0


def _format(model: Model, name: str) -> Format:
    """A format; ConfigError if this kind of data lacks it, or if it does not read an option."""
    available, unit = entry(formats.FORMATS, model.data["kind"]), model.kind.unit
    if name not in available:
        raise ConfigError(
            f"--format={name}: this model makes {unit}; formats: {formats.described(available)}"
        )
    for flag in (_INTERPOLATION, _CROSSOVER, _TRUNCATION, _SWEEP):
        able = [other for other, format_ in available.items() if flag.name in format_.options]
        if flag.value is None or name in able:
            continue
        if not able:
            raise ConfigError(f"--{flag.name}={flag.value}: not for {unit}; leave it out")
        raise ConfigError(
            f"--{flag.name}={flag.value}: not for --format={name}; leave it out, or use it with"
            f" --format={' or '.join(able)}"
        )
    return available[name]


def _request(model: Model, format_: Format, name: str, folder: Path) -> DrawRequest:
    """What to draw, by the flags and the defaults of the format."""
    sweep = conditions.sweep(model.schema, _SWEEP.value) if "sweep" in format_.options else None
    rows = _rows(model, format_, sweep)
    request = DrawRequest(
        rows=rows,
        each=_COUNT.value or format_.each(model, len(rows)),
        seed=_SEED.value,
        out=Path(_OUT.value) if _OUT.value else _home(folder),
        truncation=1.0 if _TRUNCATION.value is None else _TRUNCATION.value,
        interpolation=_INTERPOLATION.value or "spherical",
        crossover=_CROSSOVER.value,
        overwrite=_OVERWRITE.value,
        sweep=sweep,
    )
    if format_.own_folder and not _OUT.value:
        return request._replace(out=request.out / output.stem(model, request, name))
    return request


def _rows(model: Model, format_: Format, sweep: Sweep | None) -> Rows:
    """The conditions chosen, or those that the format shows by default."""
    given = [flag for flag in (_CLASSES, _CONDITION, _CONDITION_FILE) if flag.value is not None]
    if len(given) > 1:
        raise ConfigError(f"--{given[0].name} and --{given[1].name}: both say what to draw; give one")
    if _CLASSES.value is not None:
        return model.classes(_labels(model, _CLASSES.value))
    if not given and sweep is None:
        rows = format_.rows(model)
        if model.class_names and 1 < len(rows) < len(model.class_names):
            total = len(model.class_names)
            print(f"{len(rows)} of the {total:,} classes, evenly spread; --classes chooses others")
        return rows
    fixed = tuple(part for part in model.schema if sweep is None or part.name != sweep.part)
    if sweep and not fixed:
        if given:
            raise ConfigError(f"--{given[0].name}: there is nothing beside {sweep.part}; leave it out")
        columns: conditions.Columns = {}
    elif _CONDITION.value is not None:
        columns = conditions.written(fixed, _CONDITION.value)
    elif _CONDITION_FILE.value is not None:
        columns = conditions.from_file(fixed, Path(_CONDITION_FILE.value).expanduser(), cli.warn)
    else:
        columns = spread(fixed, 1)
    if sweep is None:
        conditions.check(fixed, columns, cli.warn)
        return model.asked(columns)
    conditions.check(model.schema, columns | {sweep.part: sweep.values}, cli.warn)
    size = len(next(iter(columns.values()), [None]))
    return model.asked(columns | {sweep.part: sweep.values[:1] * size})


def _labels(model: Model, text: str) -> list[int]:
    """The numbers of the classes chosen."""
    if model.class_names:
        return classes.classes(text, model.class_names, cli.warn)
    if model.schema:
        what = f"the conditions of this model are not just a class; use {conditions.how(model.schema)}"
        raise ConfigError(f"--classes={text}: {what}")
    raise ConfigError(f"--classes={text}: this model was trained without classes; leave it out")


if __name__ == "__main__":
    cli.run(main, advice=cli.READING)
