"""Does each figure show the fault that it is meant for?

    python benchmarks/known_cases.py --data_dir=path/to/mnist [--count=5000]

Sets of images whose fault is known are measured as if a generator had made them: real test images of MNIST
(healthy); the same with every class collapsed onto one image, with labels shuffled, with one class replaced
by another; training images handed out again; noise. docs/quality.md shows the table.
"""

import argparse
import datetime
from pathlib import Path

import ml_collections
import numpy as np

from cwgan_jax import cli, config
from cwgan_jax.common.files import to_json
from cwgan_jax.evaluation import figures, measure
from cwgan_jax.metrics.figure import summary
from cwgan_jax.report import checkpoints, runs

# What shows a fault: a figure, and the bound that the healthy set keeps and the faulty one falls below.
SHOWN_BY = {
    "collapsed": ("least_diversity", 0.5),
    "shuffled labels": ("agreement", 0.5),
    "one class dropped": ("class_coverage", 0.95),
    "memorised": ("nearest", 0.5),
    "noise": ("precision", 0.5),
}


def cases(real: checkpoints.Real, count: int) -> dict[str, measure.Set]:
    """The sets: u8 images with labels, read by the judge."""
    draw = np.random.default_rng(0)
    some = draw.permutation(len(real.held_out.image))[:count]
    image, label = real.held_out.image[some], real.held_out.target[some]
    right = label == real.held_out.reading.label[some]
    first = np.array([np.flatnonzero((label == c) & right)[0] for c in range(len(real.test.class_names))])
    jitter = draw.integers(-3, 4, image.shape)
    other = np.where(label == 7, 1, label)
    ones = np.flatnonzero(label == 1)
    dropped = np.where(label == 7, draw.choice(ones, len(label)), np.arange(len(label)))
    copied = draw.choice(len(real.train.label), count, replace=False)
    sets = {
        "healthy (real test images)": (image, label),
        "collapsed": (np.clip(image[first[label]].astype(int) + jitter, 0, 255).astype(np.uint8), label),
        "shuffled labels": (image, draw.permutation(label)),
        "one class dropped": (image[dropped], other),
        "memorised": (np.asarray(real.train.image[copied]), real.train.label[copied]),
        "noise": (draw.integers(0, 256, image.shape, np.uint8), label),
    }
    judge = real.reference.judge
    return {name: measure.Set(x, y.astype(np.int32), judge.read(x)) for name, (x, y) in sets.items()}


def detected(name: str, values: dict[str, float]) -> bool:
    """Whether the figure that is meant for a fault shows it."""
    figure, bound = SHOWN_BY[name]
    return values[figure] < bound


def main() -> None:
    """Prints the table and writes it beside the other results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data_dir", default="")
    parser.add_argument("--count", type=int, default=5000)
    options = parser.parse_args()
    changes = ml_collections.ConfigDict(
        {"data": {"name": "mnist", "dir": options.data_dir}, "model": {"features": 1}}
    )
    section = config.resolve(changes)
    cli.set_up_jax(section)
    real = checkpoints.real(section.data, 10_000)
    columns, result = {}, {}
    for name, images in cases(real, options.count).items():
        values = figures.figures(real.reference, images, real.held_out)
        columns[name] = summary(figures.FIGURES, [values], None, options.count)
        result[name] = values
    print(runs.table(columns))
    healthy = result["healthy (real test images)"]
    for name in SHOWN_BY:
        assert detected(name, result[name]), (name, result[name])
        assert not detected(name, healthy), (name, healthy)
    path = Path(__file__).parent / "results" / "known_cases.json"
    whole = {"date": datetime.date.today().isoformat(), "count": options.count, "cases": result}
    path.write_text(to_json(whole, indent=2) + "\n")
    print(f"every fault is shown by its figure; written to {path}")


if __name__ == "__main__":
    main()
