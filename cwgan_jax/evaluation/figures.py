"""All figures of a set of images: the table of them, and how they are computed."""

import contextlib

import numpy as np

from cwgan_jax.evaluation import measure
from cwgan_jax.evaluation.measure import Reference, Set
from cwgan_jax.metrics import distances, labels, neighbours
from cwgan_jax.metrics.figure import Figure

_SPLITS = 10  # of the Inception-style score, fewer where a split would have less than ten images a class
_PAIRS = 5000  # images of either side for the kernel distance
_QUANTILE = 0.01
_QUERIES = 2000  # images whose nearest training image is looked for
_LEAST = 20  # images of a class, below which it has no Frechet distance

FIGURES = {
    "agreement": Figure(
        "label agreement",
        "higher",
        "share of images that the judge reads as the class asked for",
        short="agreement",
    ),
    "frechet": Figure(
        "Frechet distance",
        "lower",
        "between Gaussians fitted to the features; larger at smaller n",
        short="Frechet",
    ),
    "kernel": Figure("kernel distance", "lower", "cubic kernel on the features; hardly depends on n"),
    "precision": Figure("precision", "near floor", "share of generated ones among real ones: fidelity"),
    "recall": Figure("recall", "near floor", "share of real ones among generated ones: variety"),
    "density": Figure("density", "near floor", "how deep generated ones lie among real ones; about 1"),
    "coverage": Figure("coverage", "higher", "share of real ones with a generated one nearby"),
    "inception_score": Figure(
        "Inception-style score", "near floor", "sure of each class and using all: at most C; by the judge"
    ),
    "diversity": Figure(
        "diversity within classes",
        "near floor",
        "mean distance within a class, over the real ones'",
        short="diversity",
    ),
    "least_diversity": Figure(
        "least diversity of a class", "near floor", f"below {measure.ALARM:g} it has collapsed: alarm"
    ),
    "class_entropy": Figure(
        "entropy of classes read", "near floor", "in nats; log C if equally frequent", short="entropy"
    ),
    "class_coverage": Figure(
        "class coverage", "higher", "share of classes read at least a tenth as often as in real data"
    ),
    "modes": Figure("classes found", "higher", "classes that are read at least once"),
    "modes_kl": Figure("KL of the classes", "lower", "KL(generated || real) over the classes read, in nats"),
    "nearest": Figure(
        "distance to training images", "near floor", "median to the nearest, over held-out ones'; 0: copies"
    ),
    "copies": Figure(
        "near-copies", "near floor", "share as near to a training example as the nearest 1 % of held-out ones"
    ),
}


def figures(reference: Reference, images: Set, held_out: Set) -> dict[str, float]:
    """Every figure of FIGURES that can be computed, for one set of images.

    Those that depend on the number of images are of as many as there are held-out ones, so that the floor
    is one.

    Args:
      reference: real training images; all of them, so that copies are found.
      images: the images.
      held_out: real images that no network was trained on; `images` itself for the floor.
    """
    count, share = min(len(images.image), len(held_out.image)), reference.share
    order = np.random.default_rng(0).permutation(len(images.image))
    features, probability = (x[order[:count]] for x in images.reading)
    values = measure.light(reference, images)
    values["frechet"] = distances.frechet_of(distances.moments(features), reference.moments)
    values["kernel"] = distances.kernel(features[:_PAIRS], reference.sample[:_PAIRS])
    values |= neighbours.prdc(reference.sample, features)._asdict()
    splits = int(np.clip(count // (10 * len(share)), 1, _SPLITS))
    values["inception_score"] = labels.inception_score(probability, splits)[0]
    values["class_coverage"] = float(labels.present(images.reading.label, share).mean())
    values["modes"], values["modes_kl"] = labels.modes(images.reading.label, share)
    if images is held_out:
        return values | {"nearest": 1.0, "copies": _QUANTILE}
    usual = np.random.default_rng(1).permutation(len(held_out.image))[:_QUERIES]
    with contextlib.suppress(ValueError):  # half of the held-out images are training images themselves
        near = neighbours.memorised(
            images.reading.features[order[:_QUERIES]],
            reference.features,
            held_out.reading.features[usual],
            quantile=_QUANTILE,
        )
        values |= {"nearest": near.ratio, "copies": near.copies}
    return values


def by_class(reference: Reference, images: Set) -> dict[str, list[float | None]]:
    """Columns of C values: agreement, share of the readings, Frechet distance, diversity."""
    classes, label = reference.judge.classes, images.label
    columns = {}
    if images.target is not None:
        columns["agreement"] = labels.per_class(images.target, images.reading.label, classes)
    columns["share of readings"] = np.bincount(images.reading.label, minlength=classes) / len(label)
    real = reference.label[: measure.SAMPLE]
    columns["Frechet distance"] = np.array(
        [
            _class_frechet(images.reading.features[label == c], reference.sample[real == c])
            for c in range(classes)
        ]
    )
    ratio = measure.diversity(reference, images)
    if len(ratio) == classes:
        columns["diversity"] = ratio
    return {title: measure.rounded(column) for title, column in columns.items()}


def _class_frechet(a: np.ndarray, b: np.ndarray) -> float:
    return distances.frechet(a, b) if min(len(a), len(b)) >= _LEAST else float("nan")
