"""What evaluate.py does: finds the checkpoints, measures them, writes files of figures, table and page."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cwgan_jax import checkpoint
from cwgan_jax import config as config_
from cwgan_jax.common.errors import CheckpointError, ConfigError
from cwgan_jax.common.files import to_json, write_whole
from cwgan_jax.evaluation import notices
from cwgan_jax.kinds import entry
from cwgan_jax.report import checkpoints, page
from cwgan_jax.report.evaluators import EVALUATORS, Options
from cwgan_jax.sampling import load

Warn = Callable[[str], None]

SAMPLES = 10_000  # examples for each seed, by default


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


def run(workdirs: Sequence[Path], options: Options, *, set_up: Callable[[Any], None], warn: Warn) -> None:
    """Measures checkpoints; writes figures and a page into each workdir, named after what was measured.

    Args:
      workdirs: the folders of runs, or of checkpoints.
      options: what to measure of each.
      set_up: called with a checkpoint's config before anything is computed.
      warn: called with one line for each checkpoint passed over.

    Raises:
      CheckpointError: there is no such checkpoint, or its data are others.
      DataError: the data are missing, broken or too few.
      ConfigError: a flag cannot be used, or the files are there already.
    """
    steps_of = {workdir: _checkpoints(workdir, options.step) for workdir in workdirs}  # refuses first
    homes = _homes(list(steps_of.values()), options)
    references: dict[config_.Data, Any] = {}
    columns: dict[config_.Data, dict[str, dict[str, Any]]] = {}  # a table for each data set: judges differ
    for i, (workdir, steps) in enumerate(steps_of.items()):
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
                homes[i] = _place([(folder, model.step)], options)
            section = _section(model, options)
            references[section] = _reference(model, section, options, references)
            each = options._replace(usefulness=options.usefulness and len(steps) == 1)
            entries.append(_measure(homes[i], model, references[section], each, entries))
            columns.setdefault(section, {})[f"{workdir} {model.step}"] = entries[-1]
        if not entries:
            raise CheckpointError(f"{workdir}: none of its checkpoints can be read; nothing was measured")
    for entries_of in columns.values():
        _show(entries_of)
    for home in homes:
        look = f"; look at {home.page}" if home.page.exists() else ""
        print(f"written to {home.quality}{look}", flush=True)


def _homes(steps_of: Sequence[list[tuple[Path, int | None]]], options: Options) -> list[Home]:
    """Where the figures of each run go; raises ConfigError where that cannot be."""
    homes = [_place(steps, options) for steps in steps_of]
    if options.out and len(homes) > 1:
        raise ConfigError(
            f"--out={options.out}: for one run only; leave it out, or measure one after the other"
        )
    if len({home.quality for home in homes}) < len(homes):
        raise ConfigError("--workdir: two of them are the same run at the same step; leave one out")
    return homes


def _section(model: load.Model, options: Options) -> config_.Data:
    """The config of the data, where they are now."""
    section = model.config.data
    return section if options.data_dir is None else dataclasses.replace(section, dir=options.data_dir)


def _reference(
    model: load.Model, section: config_.Data, options: Options, references: dict[config_.Data, Any]
) -> Any:
    """The real examples to compare with, loaded once for each data set."""
    evaluator = entry(EVALUATORS, model.data["kind"])
    if section not in references:
        return evaluator.reference(model, section, options)
    evaluator.check(model, references[section])
    return references[section]


def _measure(
    home: Home, model: load.Model, reference: Any, options: Options, earlier: list[dict[str, Any]]
) -> dict[str, Any]:
    """Measures one checkpoint and writes it down with the earlier ones; the page shows the last."""
    evaluator = entry(EVALUATORS, model.data["kind"])
    measured = evaluator.measure(model, reference, options)
    _write(home, model, [*earlier, measured.quality])
    if evaluator.content is not None:
        page.write(home.page, evaluator.content(home.run, model, measured, reference))
    return measured.quality


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
        entries = [metrics.get(name) for metrics in columns.values()]
        first = next(x for x in entries if x)
        row = [first["title"], *(_shown(x["value"]) if x else "" for x in entries)]
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
    """Folder and step of each checkpoint to measure."""
    folder, named = load.find(workdir)
    if step == "best":
        best = _home(folder) / "best"
        kept = checkpoint.steps(best)
        if not kept:
            raise CheckpointError(
                f"{workdir}: there is no best checkpoint; it is kept where config.quality.every is set"
            )
        return [(best, kept[-1])]
    if step == "newest":
        return [(folder, named)]
    if step == "all":
        return [(folder, n) for n in checkpoint.steps(folder)]
    if not step.isdecimal():
        raise ConfigError(f"--step={step}: give newest, best, all or the number of a checkpoint")
    return [(folder, int(step))]


def _place(steps: list[tuple[Path, int | None]], options: Options) -> Home:
    """The files of a run, named by steps, seeds and what else is not as by default; refused if they exist."""
    folder, home = steps[0][0], _home(steps[0][0])
    numbers = [max(checkpoint.steps(folder)) if step is None else step for _, step in steps]
    span = f"step{numbers[0]}" if len(numbers) == 1 else f"steps{numbers[0]}-{numbers[-1]}"
    span = f"best-{span}" if folder.name == "best" else span
    samples = f"-x{options.samples}" if options.samples != SAMPLES else ""
    psi = f"-psi{options.truncation:g}" if options.truncation != 1 else ""
    name = f"{span}{samples}-seeds{options.seeds[0]}-{options.seeds[-1]}{psi}"
    out = options.out or home
    place = Home(home, out / f"quality-{name}.json", out / f"report-{name}.html")
    if place.quality.exists() and not options.overwrite:
        raise ConfigError(f"{place.quality}: measured already; --overwrite measures again and replaces it")
    return place


def _home(folder: Path) -> Path:
    """The run that a folder of checkpoints belongs to; else the folder itself, or that of a packed file."""
    if folder.is_file():
        return folder.parent
    return folder.parent if folder.name in ("checkpoints", "best") else folder
