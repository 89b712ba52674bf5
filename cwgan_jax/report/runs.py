"""What evaluate.py does: runs and steps to measure, files of figures, the table, the page."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cwgan_jax import checkpoint
from cwgan_jax import config as config_
from cwgan_jax.common.errors import CheckpointError, ConfigError
from cwgan_jax.common.files import to_json, write_whole
from cwgan_jax.config.rules import POINTS
from cwgan_jax.evaluation import checkpoints, mixtures, notices, usefulness
from cwgan_jax.evaluation.checkpoints import Real
from cwgan_jax.report import contents, page
from cwgan_jax.sampling import load

Warn = Callable[[str], None]

SAMPLES = 10_000  # images for each seed, unless another number is asked for


class Asked(NamedTuple):
    """What is wanted.

    Attributes:
      step: newest, best, all or a number.
      samples: N, images for each seed.
      seeds: of the latents.
      data_dir: in place of config.data.dir; None: as the checkpoint has it.
      usefulness: whether to train classifiers on the images.
      truncation: psi of the latents, or of the styles; 1: none.
      out: folder to write to, in place of the run's.
      overwrite: whether what was measured in the same way before is replaced.
    """

    step: str
    samples: int
    seeds: Sequence[int]
    data_dir: str | None
    usefulness: bool
    truncation: float = 1.0
    out: Path | None = None
    overwrite: bool = False


class Home(NamedTuple):
    """Where the figures of a run go.

    Attributes:
      run: the run's folder, or that of its checkpoints if they lie elsewhere.
      quality: the file of figures.
      page: the report.
    """

    run: Path
    quality: Path
    page: Path


def run(workdirs: Sequence[Path], asked: Asked, *, set_up: Callable[[Any], None], warn: Warn) -> None:
    """Measures every checkpoint asked for; writes figures and a page into each workdir, named after them.

    Args:
      workdirs: the folders of runs, or of checkpoints.
      asked: what is wanted of each.
      set_up: called with a checkpoint's config before anything is computed.
      warn: given one line for each checkpoint passed over.

    Raises:
      CheckpointError: there is no such checkpoint, or its data are others.
      DataError: the data are missing, broken or too few.
      ConfigError: a flag cannot be used, or the files are there already.
    """
    found = {workdir: _checkpoints(workdir, asked.step) for workdir in workdirs}  # says first what is missing
    homes = _homes(list(found.values()), asked)
    found_of: dict[Any, dict[str, dict[str, Any]]] = {}  # entries, of each data set: their judges differ
    reals: dict[Any, Real] = {}
    for i, (workdir, steps) in enumerate(found.items()):
        entries: list[dict[str, Any]] = []
        for folder, step in steps:
            try:
                model = load.load(folder, step, set_up=set_up, warn=warn)
            except CheckpointError as error:
                if len(steps) == 1:
                    raise
                warn(f"{error}; passed over")
                continue
            if step is None:  # the newest may have been damaged
                homes[i] = _place([(folder, model.step)], asked)
            home, section = homes[i], model.config.data
            if asked.data_dir is not None:
                section = dataclasses.replace(section, dir=asked.data_dir)
            if model.config.data.name in POINTS:
                entries.append(_measure_points(home, model, asked, entries))
                found_of.setdefault(section, {})[f"{workdir} {model.step}"] = entries[-1]
                continue
            if section in reals:
                checkpoints.check_same(model, reals[section].train)
            else:
                reals[section] = _real(section, asked, model)
            entries.append(_measure(home, model, reals[section], asked, entries, len(steps) == 1))
            found_of.setdefault(section, {})[f"{workdir} {model.step}"] = entries[-1]
        if not entries:
            raise CheckpointError(f"{workdir}: none of its checkpoints can be read; nothing was measured")
    for columns in found_of.values():
        _show(columns)
    for home in homes:
        page = f"; look at {home.page}" if home.page.exists() else ""
        print(f"written to {home.quality}{page}", flush=True)


def _homes(found: Sequence[list[tuple[Path, int | None]]], asked: Asked) -> list[Home]:
    """Where the figures of each run go; raises ConfigError where that cannot be."""
    homes = [_place(steps, asked) for steps in found]
    if asked.out and len(homes) > 1:
        raise ConfigError(
            f"--out={asked.out}: for one run only; leave it out, or measure one after the other"
        )
    if len({home.quality for home in homes}) < len(homes):
        raise ConfigError("--workdir: two of them are the same run at the same step; leave one out")
    return homes


def _real(section: config_.Data, asked: Asked, model: load.Model) -> Real:
    return checkpoints.real(section, asked.samples, lambda train: checkpoints.check_same(model, train))


def _measure(
    home: Home, model: load.Model, real: Real, asked: Asked, earlier: list[dict[str, Any]], alone: bool
) -> dict[str, Any]:
    """Measures one checkpoint and writes it down with the earlier ones; the page shows the last."""
    measured = checkpoints.measured(
        model, real, count=asked.samples, seeds=asked.seeds, truncation=asked.truncation
    )
    if asked.usefulness and alone:
        measured.quality["usefulness"] = checkpoints.useful(measured, real)
        measured.quality["metrics"] |= usefulness.metrics(measured.quality["usefulness"])
    _write(home, model, [*earlier, measured.quality])
    page.write(home.page, contents.content(home.run, model, measured, real, checkpoints.versions()))
    return measured.quality


def _measure_points(
    home: Home, model: load.Model, asked: Asked, earlier: list[dict[str, Any]]
) -> dict[str, Any]:
    """As `_measure`, of points: no judge, and no page."""
    if asked.truncation != 1:
        raise ConfigError(f"--truncation={asked.truncation:g}: not for points; leave it out")
    found = mixtures.evaluated(model, count=asked.samples, seeds=asked.seeds)
    _write(home, model, [*earlier, found])
    return found


def _write(home: Home, model: load.Model, steps: list[dict[str, Any]]) -> None:
    whole = {
        "versions": checkpoints.versions(),
        "config": config_.to_dict(model.config),
        "steps": steps,
    }
    write_whole(home.quality, (to_json(whole) + "\n").encode())


def _show(entries: dict[str, dict[str, Any]]) -> None:
    """Prints alarms and warnings of some checkpoints of one data set, then the table."""
    columns = {name: entry["metrics"] for name, entry in entries.items()}
    print("\n".join([*notices.before(entries), table(columns)]), flush=True)


def table(columns: dict[str, dict[str, Any]]) -> str:
    """The figures as text: one column with spread and floor, or several side by side and the floor."""
    names = list(dict.fromkeys(name for metrics in columns.values() for name in metrics))
    alone = len(columns) == 1
    rows = [["", *columns, *(["least to most"] if alone else []), "real"]]
    for name in names:
        given = [metrics.get(name) for metrics in columns.values()]
        first = next(x for x in given if x)
        row = [first["title"], *(_shown(x["value"]) if x else "" for x in given)]
        if alone:
            row.append(" to ".join(map(_shown, first["spread"])) if first["spread"] else "")
        rows.append([*row, _shown(first["floor"])])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ([text.rjust(w) for text, w in zip(row, widths, strict=True)] for row in rows)
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *line[1:]]) for row, line in zip(rows, lines, strict=True)
    )


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _checkpoints(workdir: Path, step: str) -> list[tuple[Path, int | None]]:
    """Folder and step of each checkpoint asked for."""
    folder, named = load.find(workdir)
    if step == "best":
        best = _home(folder) / "best"
        found = checkpoint.steps(best)
        if not found:
            raise CheckpointError(
                f"{workdir}: there is no best checkpoint; it is kept where config.quality.every is set"
            )
        return [(best, found[-1])]
    if step == "newest":
        return [(folder, named)]
    if step == "all":
        return [(folder, n) for n in checkpoint.steps(folder)]
    if not step.isdecimal():
        raise ConfigError(f"--step={step}: give newest, best, all or the number of a checkpoint")
    return [(folder, int(step))]


def _place(steps: list[tuple[Path, int | None]], asked: Asked) -> Home:
    """The files of a run, named by steps, seeds and what else is not as by default; refused if they exist."""
    folder, home = steps[0][0], _home(steps[0][0])
    numbers = [max(checkpoint.steps(folder)) if step is None else step for _, step in steps]
    span = f"step{numbers[0]}" if len(numbers) == 1 else f"steps{numbers[0]}-{numbers[-1]}"
    span = f"best-{span}" if folder.name == "best" else span
    samples = f"-x{asked.samples}" if asked.samples != SAMPLES else ""
    psi = f"-psi{asked.truncation:g}" if asked.truncation != 1 else ""
    name = f"{span}{samples}-seeds{asked.seeds[0]}-{asked.seeds[-1]}{psi}"
    out = asked.out or home
    place = Home(home, out / f"quality-{name}.json", out / f"report-{name}.html")
    if place.quality.exists() and not asked.overwrite:
        raise ConfigError(f"{place.quality}: measured already; --overwrite measures again and replaces it")
    return place


def _home(folder: Path) -> Path:
    """The run that a folder of checkpoints belongs to; the folder itself if it lies elsewhere."""
    return folder.parent if folder.name in ("checkpoints", "best") else folder
