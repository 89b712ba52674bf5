"""Draws from a trained generator: cwgan sample [--workdir=runs/digits], or --pretrained=digits.

Formats: grid, file, folder, walk, plane, classes, sweep, styles, truncation, translate; see docs/sampling.md.
"""

import math
from pathlib import Path
from typing import Any

from absl import flags

from cwgan_jax import cli, pretrained
from cwgan_jax.cli import classes, conditions
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data import decode
from cwgan_jax.kinds import entry
from cwgan_jax.sampling import file, formats, load, output, translate
from cwgan_jax.sampling.interpolate import INTERPOLATIONS
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import DrawRequest, Format, Sweep
from cwgan_jax.sampling.rows import Rows, spread

FLAGS = flags.FLAGS


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
    flags.DEFINE_string(
        "pretrained", None, f"A model that comes with the package: {', '.join(pretrained.names())}."
    )
    flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
    flags.DEFINE_enum(
        "format",
        None,
        formats.names(),
        "What to make; default grid; with --sweep that is sweep, with --out=x.csv or another file it is file."
        f" {formats.overview()}",
    )
    flags.DEFINE_string(
        "classes", None, "Names, or numbers from 0: cat,dog or #3,#1 or #0-9; see docs/sampling.md."
    )
    flags.DEFINE_multi_string(
        "condition",
        None,
        'What to draw: "power=0.3,angle=45", or a caption or class alone. Given several times: several rows.',
    )
    flags.DEFINE_string(
        "condition_file", None, "A table (.csv, .parquet, .jsonl) with a row for each condition."
    )
    flags.DEFINE_string(
        "sweep",
        None,
        "What goes from value to value, the rest as --condition says: angle, or angle=-60:60:13.",
    )
    flags.DEFINE_integer(
        "count",
        None,
        "Examples of each class or condition (walk: frames; plane, styles: side of the table; classes, sweep:"
        " rows); default 10, with --format=truncation 1, and of many classes as many as go on a sheet.",
        lower_bound=1,
        upper_bound=10**9,
    )
    flags.DEFINE_integer("seed", 0, "Same seed, same pictures.", lower_bound=0, upper_bound=2**32 - 1)
    flags.DEFINE_string("out", None, "Folder to write to, or a file: x.png, x.csv; default <workdir>/drawn.")
    flags.DEFINE_bool("overwrite", False, "Replace files of the same name and other content.")
    flags.DEFINE_float("truncation", None, "Truncation psi; 1: none.", lower_bound=-10, upper_bound=10)
    flags.DEFINE_enum("interpolation", None, list(INTERPOLATIONS), "Of walk and plane; default spherical.")
    flags.DEFINE_integer(
        "crossover", None, "First layer with the fine style; default half of them.", lower_bound=0
    )
    flags.DEFINE_string("direction", None, "Of translate: which way, AtoB or BtoA.")
    flags.DEFINE_string("input", None, "Of translate: a folder of pictures, or one picture.")


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and draws; returns the exit status."""
    cli.refuse_overrides(overrides)
    source = _source()
    if FLAGS.truncation is not None and not math.isfinite(FLAGS.truncation):
        raise ConfigError(f"--truncation={FLAGS.truncation}: not allowed; it must be a number in -10 to 10")
    folder, step = load.find(source)
    step = step if FLAGS.step is None else FLAGS.step
    name = _name()
    if name == formats.TRANSLATE:
        return _translate(folder, step)
    model = load.load(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    format_ = _format(model, name)
    drawing = format_.draw(model, _request(model, format_, name, folder))
    size = f"{drawing.rows} x {drawing.columns} {model.kind.unit}"
    print(f"step {model.step}: {size} in {drawing.path}")
    return 0


def _given(*names: str) -> list[tuple[str, Any]]:
    """Names and values of those flags that were given."""
    return [(name, FLAGS[name].value) for name in names if FLAGS[name].value is not None]


def _source() -> Path:
    """Where the model is."""
    if FLAGS.pretrained is not None:
        if FLAGS.workdir is not None:
            raise ConfigError("--workdir and --pretrained: both say which model; give one")
        return pretrained.path(FLAGS.pretrained)
    return cli.workdir(FLAGS.workdir, f", or --pretrained={' or '.join(pretrained.names())}")


def _home(folder: Path) -> Path:
    """Where drawings go by default: into the workdir, beside a file, or here."""
    return Path("drawn") / FLAGS.pretrained if FLAGS.pretrained else folder.parent / "drawn"


def _name() -> str:
    """The format's name; ConfigError if --out does not go with it."""
    out = Path(FLAGS.out or "")
    to_file, suffix = file.is_file(out), out.suffix.lower()
    if suffix in decode.SUFFIXES and suffix not in output.PICTURES:
        raise ConfigError(
            f"--out={out}: pictures are written as .png, walks as .gif; name it so, or give a folder"
        )
    of_translate = _given("direction", "input")
    if of_translate and FLAGS.format not in (None, formats.TRANSLATE):
        name, value = of_translate[0]
        raise ConfigError(f"--{name}={value}: only for --format=translate; leave it out")
    if of_translate or FLAGS.format == formats.TRANSLATE:
        if to_file or suffix in output.PICTURES:
            raise ConfigError(f"--out={out}: --format=translate does not write one file; give a folder")
        return formats.TRANSLATE
    if FLAGS.format is None:
        return "sweep" if FLAGS.sweep else "file" if to_file else "grid"
    if to_file and FLAGS.format != "file":
        raise ConfigError(
            f"--out={FLAGS.out}: --format={FLAGS.format} writes to a folder; give one, or use --format=file"
        )
    return FLAGS.format


def _translate(folder: Path, step: int | None) -> int:
    """Writes a translation of each picture; returns the exit status."""
    others = ("classes", "condition", "condition_file", "sweep", "count")
    for name, value in _given(*others, "truncation", "interpolation", "crossover"):
        raise ConfigError(f"--{name}={value}: not for --format=translate; leave it out")
    model = translate.load(folder, step, set_up=cli.set_up_jax, warn=cli.warn)
    way = translate.direction(model, FLAGS.direction)
    out = Path(FLAGS.out) if FLAGS.out else _home(folder) / f"translate-step{model.step}-{way}"
    count = translate.write(model, way, FLAGS.input, out, overwrite=FLAGS.overwrite)
    print(f"step {model.step}: {way}, {count:,} images in {out}")
    return 0


def _format(model: Model, name: str) -> Format:
    """A format; ConfigError if this kind of data lacks it, or if it does not read an option."""
    available, unit = entry(formats.FORMATS, model.data["kind"]), model.kind.unit
    if name not in available:
        raise ConfigError(
            f"--format={name}: this model makes {unit}; formats: {formats.described(available)}"
        )
    for flag, value in _given("interpolation", "crossover", "truncation", "sweep"):
        able = [other for other, format_ in available.items() if flag in format_.options]
        if name in able:
            continue
        if not able:
            raise ConfigError(f"--{flag}={value}: not for {unit}; leave it out")
        raise ConfigError(
            f"--{flag}={value}: not for --format={name}; leave it out, or use it with"
            f" --format={' or '.join(able)}"
        )
    return available[name]


def _request(model: Model, format_: Format, name: str, folder: Path) -> DrawRequest:
    """What to draw, by the flags and the defaults of the format."""
    sweep = conditions.sweep(model.schema, FLAGS.sweep) if "sweep" in format_.options else None
    rows = _rows(model, format_, sweep)
    request = DrawRequest(
        rows=rows,
        each=FLAGS.count or format_.each(model, len(rows)),
        seed=FLAGS.seed,
        out=Path(FLAGS.out) if FLAGS.out else _home(folder),
        truncation=1.0 if FLAGS.truncation is None else FLAGS.truncation,
        interpolation=FLAGS.interpolation or "spherical",
        crossover=FLAGS.crossover,
        overwrite=FLAGS.overwrite,
        sweep=sweep,
    )
    if request.out.suffix.lower() in output.PICTURES and (format_.own_folder or name == "file"):
        raise ConfigError(f"--out={FLAGS.out}: --format={name} does not write one picture; give a folder")
    if format_.own_folder and not FLAGS.out:
        return request._replace(out=request.out / output.stem(model, request, name))
    return request


def _rows(model: Model, format_: Format, sweep: Sweep | None) -> Rows:
    """The conditions chosen, or those that the format shows by default."""
    given = [name for name, _ in _given("classes", "condition", "condition_file")]
    if len(given) > 1:
        raise ConfigError(f"--{given[0]} and --{given[1]}: both say what to draw; give one")
    if FLAGS.classes is not None:
        return model.classes(_labels(model, FLAGS.classes))
    if not given and sweep is None:
        rows = format_.rows(model)
        if model.class_names and 1 < len(rows) < len(model.class_names):
            total = len(model.class_names)
            print(f"{len(rows)} of the {total:,} classes, evenly spread; --classes chooses others")
        return rows
    fixed = tuple(part for part in model.schema if sweep is None or part.name != sweep.part)
    if sweep and not fixed:
        if given:
            raise ConfigError(f"--{given[0]}: there is nothing beside {sweep.part}; leave it out")
        columns: conditions.Columns = {}
    elif FLAGS.condition is not None:
        columns = conditions.written(fixed, FLAGS.condition)
    elif FLAGS.condition_file is not None:
        columns = conditions.from_file(fixed, Path(FLAGS.condition_file).expanduser(), cli.warn)
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
