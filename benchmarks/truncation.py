"""What truncation gains and costs: figures of one checkpoint for several psi.

    python benchmarks/truncation.py --workdir=runs/mnist_best [--psi 1 0.9 0.8] [--samples=10000] [--seeds=3]

The latents are multiplied by psi (the styles of a style generator are moved towards their mean). Everything
else is as in `evaluate.py`. Writes results/truncation_NAME.json and .png: agreement, Frechet distance,
precision and recall against psi, with the same figures of held-out real images.
"""

import argparse
import dataclasses
from pathlib import Path

import common
import matplotlib

from cwgan_jax import cli
from cwgan_jax.report import checkpoints
from cwgan_jax.sampling import load

matplotlib.use("Agg")
from matplotlib import pyplot

NAMES = ("agreement", "frechet", "precision", "recall", "coverage", "diversity")


def measured(options):
    """{psi: {figure: {value, spread, floor}}} and the rest of the recipe."""
    folder, step = load.find(options.workdir)
    model = load.load(folder, step, set_up=cli.set_up_jax, warn=print)
    section = model.config.data
    if options.data_dir:
        section = dataclasses.replace(section, dir=options.data_dir)
    real = checkpoints.real(section, options.samples, lambda train: checkpoints.check_same(model, train))
    results, seeds = {}, range(1, options.seeds + 1)
    for psi in options.psi:
        quality = checkpoints.measured(
            model, real, count=options.samples, seeds=seeds, truncation=psi
        ).quality
        results[psi] = {name: quality["metrics"][name] for name in NAMES if name in quality["metrics"]}
        shown = "  ".join(f"{name} {x['value']:.4g}" for name, x in results[psi].items())
        print(f"psi {psi:g}: {shown}", flush=True)
    return results, {name: text for name, text in quality["recipe"].items() if name != "truncation"}


def plot(results, path, title):
    """One panel for each figure: median, least and most; dashed: real images."""
    names = list(next(iter(results.values())))
    high = -(-len(names) // 3)
    figure, axes = pyplot.subplots(high, 3, figsize=(10, 3 * high), layout="constrained", squeeze=False)
    figure.suptitle(title)
    for axis, name in zip(axes.flat, names, strict=False):
        rows = [results[psi][name] for psi in results]
        value = [row["value"] for row in rows]
        ends = [row["spread"] or [row["value"]] * 2 for row in rows]  # a single seed has none
        spread = [[abs(end[i] - middle) for end, middle in zip(ends, value, strict=True)] for i in (0, 1)]
        axis.errorbar(list(results), value, yerr=spread, fmt="o-", ms=4, capsize=2)
        axis.axhline(rows[0]["floor"], color="grey", linestyle="--", linewidth=1)
        axis.set_title(rows[0]["title"], fontsize=10)
        axis.set_xlabel("psi")
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main():
    """Measures, writes and draws."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workdir", type=Path, required=True)
    parser.add_argument("--psi", type=float, nargs="+", default=[1.0, 0.9, 0.8, 0.7, 0.6])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data_dir", default="")
    options = parser.parse_args()
    results, recipe = measured(options)
    name = f"truncation_{options.workdir.name}"
    common.write(name, common.environment() | {"recipe": recipe, "psi": results})
    plot(results, common.RESULTS / f"{name}.png", f"{options.workdir.name}; dashed: held-out real images")


if __name__ == "__main__":
    main()
