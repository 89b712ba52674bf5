"""All figures of a set of images: what each is called, which way is better, and how it is computed."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.quality import distances, labels, measure, neighbours
from cwgan_jax.quality.measure import Reference, Set

_SPLITS = 10
_QUERIES = 2000  # images whose nearest training image is looked for
_LEAST = 20  # images of a class, below which its Frechet distance is not given


class Figure(NamedTuple):
    """What a figure is.

    Attributes:
      title: for tables.
      better: `higher`, `lower` or `near floor`, the floor being the same figure of held-out real images.
      about: one line that says how to read it.
    """

    title: str
    better: str
    about: str


FIGURES = {
    "agreement": Figure(
        "label agreement", "higher", "share of images that the judge reads as the class asked for"
    ),
    "frechet": Figure(
        "Frechet distance", "lower", "between Gaussians fitted to the features; larger at smaller n"
    ),
    "kernel": Figure("kernel distance", "lower", "cubic kernel on the features; unbiased at any n"),
    "precision": Figure("precision", "near floor", "share of generated images among real ones: fidelity"),
    "recall": Figure("recall", "near floor", "share of real images among generated ones: variety"),
    "density": Figure("density", "near floor", "how deep generated images lie among real ones; about 1"),
    "coverage": Figure("coverage", "higher", "share of real images with a generated one nearby"),
    "inception_score": Figure(
        "Inception-style score", "near floor", "sure of each class and using all: at most C; by the judge"
    ),
    "diversity": Figure(
        "diversity within classes", "near floor", "mean distance within a class, over the real ones'"
    ),
    "least_diversity": Figure(
        "least diversity of a class", "near floor", f"below {measure.ALARM:g} it has collapsed: alarm"
    ),
    "class_entropy": Figure("entropy of classes read", "near floor", "in nats; log C if equally frequent"),
    "class_coverage": Figure(
        "class coverage", "higher", "share of classes with at least a tenth of an even share"
    ),
    "modes": Figure("classes found", "higher", "classes that are read at least once"),
    "modes_kl": Figure("KL of the classes", "lower", "KL(generated || real) over the classes read, in nats"),
    "nearest": Figure(
        "distance to training images", "near floor", "median to the nearest, over held-out ones'; 0: copies"
    ),
    "copies": Figure(
        "near-copies", "near floor", "share as near to a training image as the nearest 1 % of held-out ones"
    ),
}


def figures(reference: Reference, given: Set, held_out: Set) -> dict[str, float]:
    """Every figure of FIGURES that can be given, for one set of images.

    Args:
      reference: real training images; all of them, so that copies are found.
      given: the images.
      held_out: real images that no network was trained on; `given` itself for the floor.
    """
    features, count = given.reading.features, len(given.image)
    found = measure.light(reference, given)
    found["kernel"] = distances.kernel(features, reference.sample)
    found |= neighbours.prdc(reference.sample, features)._asdict()
    found["inception_score"] = labels.inception_score(given.reading.probability, min(_SPLITS, count))[0]
    found["class_coverage"] = labels.class_coverage(given.reading.label, reference.judge.classes)
    share = np.bincount(reference.label, minlength=reference.judge.classes) / len(reference.label)
    found["modes"], found["modes_kl"] = labels.modes(given.reading.label, share)
    if given is held_out:
        return found | {"nearest": 1.0}
    some = np.random.default_rng(0).permutation(count)[:_QUERIES]
    near = neighbours.memorised(
        features[some], reference.reading.features, held_out.reading.features[:_QUERIES]
    )
    return found | {"nearest": near.ratio, "copies": near.copies}


def by_class(reference: Reference, given: Set) -> dict[str, list[float | None]]:
    """Columns of C values: agreement, share of the readings, Frechet distance, diversity."""
    classes, label = reference.judge.classes, given.label
    columns = {}
    if given.asked is not None:
        columns["agreement"] = labels.per_class(given.asked, given.reading.label, classes)
    columns["share of readings"] = np.bincount(given.reading.label, minlength=classes) / len(label)
    real = reference.label[: measure.SAMPLE]
    columns["Frechet distance"] = np.array(
        [
            _class_frechet(given.reading.features[label == c], reference.sample[real == c])
            for c in range(classes)
        ]
    )
    ratio = measure.diversity(reference, given)
    if len(ratio) == classes:
        columns["diversity"] = ratio
    return {
        title: [None if np.isnan(x) else float(f"{x:.5g}") for x in column]
        for title, column in columns.items()
    }


def summary(sets: Sequence[dict[str, float]], floor: dict[str, float] | None, count: int) -> dict[str, Any]:
    """The median of several sets' figures with their spread, and the floor, in the form of quality.json."""
    found = {}
    for name, figure in FIGURES.items():
        values = [x[name] for x in sets if name in x]
        if values:
            spread = [min(values), max(values)] if len(values) > 1 else None
            found[name] = figure._asdict() | {
                "value": float(np.median(values)),
                "spread": spread,
                "floor": floor.get(name) if floor else None,
                "n": count,
            }
    return found


def _class_frechet(a: np.ndarray, b: np.ndarray) -> float:
    return distances.frechet(a, b) if min(len(a), len(b)) >= _LEAST else float("nan")
