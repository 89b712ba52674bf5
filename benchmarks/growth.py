"""How time and memory of a step grow with batch, features, image size, K and data: a plot for each.

python benchmarks/growth.py [--features=16] [--repeats=3] [--only=batch,features,size,updates,data]

Around f = 16, 32x32, batch 64, K = 5. A point of a plot is a program of its own, so this takes a while;
with `--only=` the plots are drawn again from what was measured.
"""

import argparse
import json

import common
import jax
import numpy as np

from cwgan_jax import data
from cwgan_jax.data.conditions import of_classes

AXES = {
    "batch": ("train__batch_size", (64, 128, 256, 512, 1024, 2048, 4096)),
    "features": ("model__features", (16, 32, 64, 128)),
    "size": ("data__size", (16, 32, 64, 128)),
    "updates": ("objective__critic_updates", (1, 2, 5, 10, 20)),
    "data": ("data", (1_000, 10_000, 100_000, 1_000_000)),
}
LABELS = {
    "batch": "batch",
    "features": "features f",
    "size": "image size in pixels",
    "updates": "critic updates K",
    "data": "images in the data set",
}


def measure(cfg, count, repeats):
    """Median seconds of a step through the runner, and MiB that XLA says it needs with the data."""
    size = cfg.data.size
    image = np.zeros((count, size, size, 1), np.uint8)
    label = np.zeros(count, np.int32)
    names = tuple(map(str, range(10)))
    runner, state = common.runner_of(cfg, data.Dataset(image, label, of_classes(names)))
    place = {"state": state}
    index = np.random.default_rng(0).integers(0, count, (1, cfg.train.batch_size)).astype(np.int32)

    def run():
        place["state"], metrics = runner(place["state"], {"real": index})
        jax.block_until_ready(metrics)

    seconds = common.in_turn({"run": run}, repeats, say=lambda _: None)["run"]
    return float(np.median(seconds)), runner.memory / 2**20


def plot(axis, rows, path):
    """Time and memory side by side, both axes logarithmic; the grey line grows in proportion."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    values = [row["value"] for row in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for axes, key, title in ((left, "seconds", "seconds per step"), (right, "mib", "MiB of memory")):
        measured = [row[key] for row in rows]
        axes.loglog(values, measured, "o-", color="#1f77b4")
        proportional = [measured[-1] * value / values[-1] for value in values]
        axes.loglog(values, proportional, "--", color="#b0b0b0", label="in proportion")
        axes.set(xlabel=LABELS[axis], title=title, xticks=values, xticklabels=[f"{v:,}" for v in values])
        for value, y in zip(values, measured, strict=True):
            axes.annotate(f"{y:.3g}", (value, y), (0, 7), textcoords="offset points", ha="center", fontsize=8)
        axes.minorticks_off()
        axes.margins(0.1, 0.15)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main():
    """Measures each axis alone and draws it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--only", default=",".join(AXES))
    options = parser.parse_args()
    kind = "growth" if jax.default_backend() == "cpu" else "growth_gpu"
    path = common.RESULTS / f"{kind}.json"
    found = json.loads(path.read_text())["axes"] if path.exists() else {}
    for axis in filter(None, options.only.split(",")):
        key, values = AXES[axis]
        found[axis] = []
        for value in values:
            changes = {"model__features": options.features} | ({} if axis == "data" else {key: value})
            cfg = common.cwgan_gp_conv(**changes)
            seconds, mib = measure(cfg, value if axis == "data" else 10_000, options.repeats)
            found[axis].append({"value": value, "seconds": seconds, "mib": mib})
            print(f"{LABELS[axis]} {value}: {seconds:.3f} s, {mib:.0f} MiB", flush=True)
        common.write(kind, common.environment() | {"axes": found})
    for axis, rows in found.items():
        plot(axis, rows, common.RESULTS / f"{kind}_{axis}.png")


if __name__ == "__main__":
    main()
