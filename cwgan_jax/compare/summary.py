"""All runs of a comparison as one JSON value, and as a table on screen."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax import config as config_
from cwgan_jax.common.files import to_json, write_whole
from cwgan_jax.compare import collect
from cwgan_jax.compare.collect import Run
from cwgan_jax.compare.systems import System
from cwgan_jax.evaluation import notices
from cwgan_jax.evaluation.figures import FIGURES
from cwgan_jax.metrics.figure import Figure
from cwgan_jax.report import checkpoints
from cwgan_jax.report.checkpoints import Real

Whole = dict[str, Any]  # what compare.json holds

# Of the figures of a checkpoint, with the number of classes covered in place of their share.
_COVERED = "classes read at least a tenth as often as in real data"
_FIGURES = {name: figure for name, figure in FIGURES.items() if name != "class_coverage"} | {
    "classes_covered": Figure("classes covered", "higher", _COVERED, short="classes")
}
# On screen and first on the page.
MAIN = (
    *("agreement", "frechet", "precision", "recall", "density", "coverage"),
    *("diversity", "class_entropy", "classes_covered"),
)
_GAP = 2  # between the columns of the table


def summarise(
    every: Sequence[Run], real: Real, *, epochs: Sequence[float], samples: int, command: str
) -> Whole:
    """The whole comparison.

    Args:
      every: the runs, done or not.
      real: the real images.
      epochs: passes over the training data at which was measured.
      samples: images that were measured.
      command: what was typed.
    """
    systems = list({run.system.name: run.system for run in every}.values())
    classes = len(real.train.class_names)
    runs = [_run(run, epochs, classes) for run in every]
    whole: Whole = {
        "command": command,
        "versions": checkpoints.versions(),
        "data": {
            "name": systems[0].plan.config.data.name,
            "image_shape": list(real.train.image.shape[1:]),
            "training_images": len(real.train.label),
            "held_out_images": len(real.held_out.image),
            "class_names": list(real.train.class_names),
        },
        "seeds": len(every) // len(systems),
        "epochs": list(epochs),
        "samples": samples,
        "judge": real.reference.judge.name,
        "figures": _figures(runs, _covered(real.floor, classes)),
        "cautions": notices.cautions(real.reference, real.held_out, real.floor, real.noise),
        "systems": [_system(system) for system in systems],
        "runs": runs,
    }
    return whole | {"summary": {name: _summary(whole, name) for name in names(whole)}}


def write(path: Path, whole: Whole) -> None:
    """Writes compare.json."""
    write_whole(path, (to_json(whole, indent=1) + "\n").encode())


def first(whole: Whole) -> list[str]:
    """The lines that stand before the figures, on the page and in the terminal."""
    last = f"{whole['epochs'][-1]:g}"
    named = [(f"{run['system']} seed {run['seed']}", run) for run in whole["runs"]]
    lines = [f"{name} diverged: {run['diverged']}" for name, run in named if run["diverged"]]
    waiting = [run for _, run in named if not run["diverged"] and last not in run["figures"]]
    if waiting:
        lines.append(f"{len(waiting)} of {len(named)} runs are not done yet")
    lines += [f"alarm: {name}: {alarm}" for name, run in named for alarm in run["alarms"].get(last, [])]
    return lines + [f"warning: {line}" for line in whole["cautions"]]


def names(whole: Whole) -> list[str]:
    """The names of the systems."""
    return [system["name"] for system in whole["systems"]]


def values(whole: Whole, name: str, figure: str, epochs: float) -> dict[int, float]:
    """A figure of a system by seed; seeds that diverged or are not done are left out."""
    by_seed = {
        run["seed"]: run["figures"].get(f"{epochs:g}", {}).get(figure)
        for run in whole["runs"]
        if run["system"] == name
    }
    return {seed: value for seed, value in by_seed.items() if value is not None and np.isfinite(value)}


def best(whole: Whole, figure: str, epochs: float) -> set[str]:
    """The systems with the best median of a figure, among those that have it for every seed.

    None where all of them are equally good.
    """
    about = whole["figures"][figure]
    each = {name: list(values(whole, name, figure, epochs).values()) for name in names(whole)}
    medians = {name: float(np.median(x)) for name, x in each.items() if len(x) == whole["seeds"]}
    if len(medians) < 2:
        return set()
    target = about["floor"]
    if about["better"] == "near floor" and target is None:
        return set()
    worth = {
        "higher": lambda x: x,
        "lower": lambda x: -x,
        "near floor": lambda x: -abs(x - target),
    }[about["better"]]
    most = max(map(worth, medians.values()))
    first = {name for name, value in medians.items() if worth(value) == most}
    return first if len(first) < len(medians) else set()


def table(whole: Whole) -> str:
    """The main figures after the last of the epochs, one system in each row; in parts on a narrow screen."""
    epochs = whole["epochs"][-1]
    shown = [name for name in MAIN if name in whole["figures"]]
    first = ["", *(f"{name}{_missing(whole, name)}" for name in names(whole)), "real images"]
    columns = []
    for figure in shown:
        cells = [_cell(list(values(whole, name, figure, epochs).values())) for name in names(whole)]
        columns.append([_FIGURES[figure].column, *cells, _short(whole["figures"][figure]["floor"])])
    taken = [
        [run["seconds"] for run in whole["runs"] if run["system"] == name and run["seconds"]]
        for name in names(whole)
    ]
    columns.append(["seconds", *map(_cell, taken), ""])
    blocks, wide = [[first]], shutil.get_terminal_size((110, 24)).columns
    for column in columns:
        if (
            sum(map(_width, blocks[-1])) + _GAP * len(blocks[-1]) + _width(column) > wide
            and len(blocks[-1]) > 1
        ):
            blocks.append([first])
        blocks[-1].append(column)
    title = f"after {epochs:g} passes over the training data, median of {whole['seeds']} seeds (least-most)"
    return "\n\n".join([title, *map(_block, blocks)])


def _run(run: Run, epochs: Sequence[float], classes: int) -> dict[str, Any]:
    known = collect.record(run)
    figures, alarms = {}, {}
    for each, goal in zip(epochs, run.system.goals, strict=True):
        if entry := known["measured"].get(str(goal)):
            figures[f"{each:g}"] = _covered(entry["figures"], classes)
            alarms[f"{each:g}"] = entry["alarms"]
    return {
        "system": run.system.name,
        "seed": run.seed,
        "workdir": str(run.workdir),
        "seconds": float(f"{collect.seconds(run):.4g}"),
        "diverged": known["diverged"],
        "figures": figures,
        "alarms": alarms,
    }


def _covered(figures: dict[str, float], classes: int) -> dict[str, float]:
    """The figures, with the number of classes that are covered added."""
    return figures | {"classes_covered": round(figures["class_coverage"] * classes)}


def _figures(runs: Sequence[dict[str, Any]], floor: dict[str, float]) -> dict[str, Any]:
    """The figures that any run has, with the floor."""
    there = {name for run in runs for figures in run["figures"].values() for name in figures}
    order = [*MAIN, *(name for name in _FIGURES if name not in MAIN)]
    return {name: {**_FIGURES[name].described(), "floor": floor.get(name)} for name in order if name in there}


def _system(system: System) -> dict[str, Any]:
    return {
        "name": system.name,
        "path": str(system.path),
        "steps": list(system.goals),
        "images_per_step": system.plan.batch,
        "conditional": system.plan.config.model.conditional,
        "metrics": [metric._asdict() for metric in system.plan.algorithm.metrics],
        "parameters": system.parameters,
        "config": config_.to_dict(system.plan.config),
    }


def _summary(whole: Whole, name: str) -> dict[str, Any]:
    """Median, least and most over the seeds, by epochs and figure."""
    statistics: dict[str, Any] = {}
    for epochs in whole["epochs"]:
        statistics[f"{epochs:g}"] = {}
        for figure in whole["figures"]:
            if by_seed := list(values(whole, name, figure, epochs).values()):
                statistics[f"{epochs:g}"][figure] = {
                    "median": float(np.median(by_seed)),
                    "least": min(by_seed),
                    "most": max(by_seed),
                    "seeds": len(by_seed),
                }
    return statistics


def _missing(whole: Whole, name: str) -> str:
    """Says how many runs of a system diverged."""
    gone = sum(bool(run["diverged"]) for run in whole["runs"] if run["system"] == name)
    return f" ({gone} of {whole['seeds']} diverged)" if gone else ""


def _cell(seeds: Sequence[float]) -> str:
    if not seeds:
        return "-"
    if len(seeds) == 1:
        return _short(seeds[0])
    return f"{_short(float(np.median(seeds)))} ({_short(min(seeds))}-{_short(max(seeds))})"


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _width(column: Sequence[str]) -> int:
    return max(map(len, column))


def _block(columns: Sequence[Sequence[str]]) -> str:
    first, *others = (
        [cell.ljust(_width(c)) if c is columns[0] else cell.rjust(_width(c)) for cell in c] for c in columns
    )
    return "\n".join((" " * _GAP).join(row) for row in zip(first, *others, strict=True))
