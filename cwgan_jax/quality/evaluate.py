"""What evaluate.py does: runs and steps to measure, quality.json, the table, the page."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cwgan_jax import checkpoint, draw
from cwgan_jax import config as config_
from cwgan_jax.errors import CheckpointError, ConfigError
from cwgan_jax.files import write_whole
from cwgan_jax.quality import contents, evaluation, report
from cwgan_jax.quality.evaluation import Measured, Real

Warn = Callable[[str], None]


class Asked(NamedTuple):
    """What is wanted.

    Attributes:
      step: newest, best, all or a number.
      samples: N, images for each seed.
      seeds: of the latents.
      data_dir: in place of config.data.dir; None: as the checkpoint has it.
      usefulness: whether to train classifiers on the images.
    """

    step: str
    samples: int
    seeds: Sequence[int]
    data_dir: str | None
    usefulness: bool


def run(workdirs: Sequence[Path], asked: Asked, *, set_up: Callable[[Any], None], warn: Warn) -> None:
    """Measures every checkpoint asked for; writes quality.json and report.html into each workdir.

    Args:
      workdirs: the folders of runs.
      asked: what is wanted of each.
      set_up: called with a checkpoint's config before anything is computed.
      warn: given one line for each damaged checkpoint passed over.

    Raises:
      CheckpointError, ConfigError, DataError: see there.
    """
    columns: dict[str, dict[str, Any]] = {}
    reals: dict[Any, Real] = {}
    found_all = [_checkpoints(workdir, asked.step) for workdir in workdirs]  # says what is missing first
    for workdir, found in zip(workdirs, found_all, strict=True):
        entries = []
        for folder, step in found:
            model = draw.load(folder, step, set_up=set_up, warn=warn)
            section = model.config.data
            if asked.data_dir is not None:
                section = dataclasses.replace(section, dir=asked.data_dir)
            if section not in reals:
                reals[section] = evaluation.real(section, asked.samples)
            real = reals[section]
            evaluation.check_same(model, real)
            measured = evaluation.measured(model, real, count=asked.samples, seeds=asked.seeds)
            entries.append(measured.quality)
            columns[f"{workdir.name} {model.step}"] = measured.quality["metrics"]
        if asked.usefulness and len(found) == 1:
            entries[-1]["usefulness"] = evaluation.useful(measured, real)
        _write(found[-1][0].parent, entries, model, measured, real)
    print(table(columns), flush=True)
    for found in found_all:
        home = found[-1][0].parent
        print(f"written to {home}/quality.json; look at {home}/report.html", flush=True)


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
    if step == "best":
        found = checkpoint.steps(workdir / "best")
        if not found:
            raise CheckpointError(
                f"{workdir}: there is no best checkpoint; it is kept where config.quality.every is set"
            )
        return [(workdir / "best", found[-1])]
    folder, named = draw.find(workdir)
    if step == "newest":
        return [(folder, named)]
    if step == "all":
        return [(folder, n) for n in checkpoint.steps(folder)]
    if not step.isdecimal():
        raise ConfigError(f"--step={step}: give newest, best, all or the number of a checkpoint")
    return [(folder, int(step))]


def _write(
    workdir: Path, entries: list[dict[str, Any]], model: draw.Model, measured: Measured, real: Real
) -> None:
    """quality.json with an entry for each step; the page shows the last of them."""
    versions = evaluation.versions()
    whole = {"versions": versions, "config": config_.to_dict(model.config), "steps": entries}
    write_whole(workdir / "quality.json", (json.dumps(whole, indent=1) + "\n").encode())
    report.write(workdir / "report.html", contents.content(workdir, model, measured, real, versions))
