"""Quality against minutes of training, from what runs wrote down themselves.

    python benchmarks/quality_curves.py --name=mnist_best runs/mnist_best [runs/digits ...]

Reads quality.jsonl and metrics.jsonl of each workdir. The minutes are those of the training steps, from the
rates in metrics.jsonl; the start, pictures, checkpoints and measurements are not in them.
"""

import argparse
from pathlib import Path

import common
import matplotlib
import numpy as np

from cwgan_jax.common.files import json_lines


def curve(workdir):
    """Steps, minutes and figures of a run: {name: [values]}."""
    lines, log = json_lines(workdir / "quality.jsonl"), json_lines(workdir / "metrics.jsonl")
    step = np.array([0] + [line["step"] for line in log])
    seconds = np.diff(step) / np.array([line["steps_per_second"] for line in log])
    minutes = np.concatenate([[0], np.cumsum(seconds)]) / 60
    run = {name: [line.get(name) for line in lines] for name in lines[0]}
    return run | {"minutes": [round(float(x), 3) for x in np.interp(run["step"], step, minutes)]}


def plot(curves, path, *, title, against="minutes"):
    """Frechet distance, labels or classes, and diversity against minutes or steps, a line for each run."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = {
        "Frechet distance": lambda run: run["frechet"],
        "images read as another class": lambda run: 1 - np.array(run.get("agreement", np.nan), float),
        "entropy of the classes read, nats": lambda run: run["class_entropy"],
        "diversity within classes (real: 1)": lambda run: run["diversity"],
    }
    labelled = any("agreement" in run for run in curves.values())
    del panels["entropy of the classes read, nats" if labelled else "images read as another class"]
    figure, axes = pyplot.subplots(1, len(panels), figsize=(13, 4.2), layout="constrained")
    figure.suptitle(title)
    for axis, (name, values) in zip(axes, panels.items(), strict=True):
        for label, run in curves.items():
            axis.plot(
                run[against],
                np.broadcast_to(values(run), len(run[against])),
                "o-",
                ms=3,
                label=label,
            )
        axis.set_title(name, fontsize=11)
        axis.set_xlabel({"minutes": "minutes of training", "step": "steps"}[against])
        axis.grid(alpha=0.3)
        if name.startswith("diversity"):
            axis.axhline(1, color="grey", linewidth=1)
        elif not name.startswith("entropy"):
            axis.set_yscale("log")
    if len(curves) > 1:
        axes[0].legend(fontsize=9)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    print(f"written to {path}")


def main():
    """Writes results/NAME.json and NAME.png."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("workdir", nargs="+", type=Path)
    options = parser.parse_args()
    curves = {workdir.name: curve(workdir) for workdir in options.workdir}
    common.write(options.name, common.environment() | {"curves": curves})
    plot(curves, common.RESULTS / f"{options.name}.png", title="Quality against minutes")


if __name__ == "__main__":
    main()
