"""What `recipes.py` has measured, as a table, curves and a sheet of pictures."""

import json
from pathlib import Path

import common
import matplotlib
import numpy as np
from recipe_candidates import CANDIDATES

FIGURES = ("frechet", "agreement", "precision", "recall", "diversity")


def page(options):
    """The curves of all runs of a budget, as a table, a plot and a sheet."""
    names = f"recipes_{Path(options.config).stem}_{options.seconds}"
    before = common.RESULTS / f"{names}.json"
    before = json.loads(before.read_text()) if before.exists() else {"curves": {}, "candidates": {}}
    gone = before["curves"].keys() - CANDIDATES.keys()  # what they needed is no longer in the package
    curves, sheets = {name: before["curves"][name] for name in sorted(gone)}, {}
    for name in CANDIDATES:
        found = sorted(options.runs.glob(f"{name}-{options.seconds}-[0-9]*/curve.json"))
        if found:
            curves[name] = [json.loads(path.read_text()) for path in found]
            sheets[name] = np.load(found[0].parent / "last.npy")
    table = {
        name: {key: float(np.median([run[key][-1] for run in runs])) for key in FIGURES}
        | {"seeds": len(runs)}
        for name, runs in curves.items()
    }
    for name, row in sorted(table.items(), key=lambda item: item[1]["frechet"]):
        shown = "  ".join(f"{key} {row[key]:.4f}" for key in FIGURES)
        print(f"{name:22} {shown}  {row['seeds']} seeds")
    rated = json.loads((options.runs / "rates.json").read_text())
    notes = {
        name: {"expected": CANDIDATES[name].expected, "steps_per_second": rated[name]} for name in sheets
    }
    notes |= {name: before["candidates"][name] for name in gone}
    common.write(names, common.environment() | {"candidates": notes, "last": table, "curves": curves})
    plot(curves, common.RESULTS / f"{names}.png", options.seconds)
    sheet(sheets, common.RESULTS / f"{names}_sheet.png")


def plot(curves, path, seconds):
    """Frechet distance and labels against seconds; the best ones by name, the others grey."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(13, 5.5), layout="constrained")
    last = {name: np.median([run["frechet"][-1] for run in runs]) for name, runs in curves.items()}
    for place, name in enumerate(sorted(curves, key=last.get)):
        runs = curves[name]
        style = {"label": name, "color": f"C{place}"} if place < 8 else {"color": "0.8", "zorder": 0}
        for axis, key in zip(axes, ("frechet", "agreement"), strict=True):
            middle = np.median([run[key] for run in runs], 0)
            axis.plot(runs[0]["seconds"], middle if key == "frechet" else 1 - middle, "o-", ms=3, **style)
    for axis, title in zip(axes, ("Frechet distance", "digits read as another class"), strict=True):
        axis.set(title=title, xlabel="seconds of training", yscale="log")
        axis.grid(alpha=0.3, which="both")
    axes[0].legend(fontsize=9)
    figure.suptitle(f"Recipes, {seconds} s each; grey: all but the best eight")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def sheet(sheets, path):
    """The last pictures of each candidate: two rows of digits for each."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        len(sheets), 1, figsize=(13, 1.5 * len(sheets)), layout="constrained", squeeze=False
    )
    for axis, (name, images) in zip(axes[:, 0], sheets.items(), strict=True):
        rows = [np.concatenate(images[:, k : k + 2].reshape(-1, *images.shape[2:]), 1) for k in (0, 2)]
        axis.imshow(np.concatenate(rows, 0)[..., 0], cmap="gray", interpolation="nearest")
        axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
        axis.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
