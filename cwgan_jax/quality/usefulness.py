"""Does it help a classifier? Trained on generated images and tested on real ones, or on both together.

GAN-train of Shmelkov et al. 2018 (arXiv:1807.09499); GAN-test is the label agreement of `figures`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cwgan_jax import data
from cwgan_jax.quality import labels
from cwgan_jax.quality.judge import Judge, train
from cwgan_jax.quality.measure import Set

REAL = (10, 100, 1000)  # real images that generated ones are added to
_SHORT = 500  # steps for these
_EPOCHS = 6

Progress = Callable[[int, int], None]


def gan_train(given: Set, test: data.Dataset, judge: Judge, progress: Progress) -> dict[str, Any]:
    """Accuracy on real test images of a classifier that saw generated images only.

    Args:
      given: the generated images, with the labels they were made for.
      test: held-out real images.
      judge: the same network trained on real images, for comparison.
      progress: called with (done, total).
    """
    made = train(_dataset(given, test), progress, epochs=_EPOCHS)
    return {
        "generated": _accuracy(made, test),
        "real": _accuracy(judge, test),
        "images": len(given.image),
        "per_class": _rounded(_per_class(made, test)),
    }


def augmentation(
    given: Set, real: data.Dataset, test: data.Dataset, progress: Progress
) -> list[dict[str, Any]]:
    """Accuracy on real test images of classifiers of few real images, without and with generated ones.

    Real images are repeated until they are as many as the generated ones; 500 steps of 128 images either way.
    The generator saw all the training images: this says what its images are worth to someone who has it and
    few real ones, not that a GAN makes much out of little.

    Args:
      given: the generated images, with the labels they were made for.
      real: the training split.
      test: held-out real images.
      progress: called with (done, total).
    """
    rows = []
    sizes = [size for size in REAL if size <= len(real.label)]
    for i, size in enumerate(sizes):
        few = balanced(real.label, size)
        image, label = real.image[few], real.label[few]
        times = -(-len(given.image) // size)
        both = data.Dataset(
            np.concatenate([np.tile(image, (times, 1, 1, 1)), given.image]),
            np.concatenate([np.tile(label, times), given.label]).astype(np.int32),
            test.class_names,
        )
        row: dict[str, Any] = {"real_images": size}
        alone = data.Dataset(image, label, test.class_names)
        for k, (name, images) in enumerate((("without", alone), ("with", both))):
            part = lambda done, total, n=2 * i + k: progress(n * total + done, 2 * len(sizes) * total)  # noqa: E731
            made = train(images, part, epochs=0, least=_SHORT)
            row |= {name: _accuracy(made, test), f"{name}_per_class": _rounded(_per_class(made, test))}
        rows.append(row)
    return rows


def balanced(label: np.ndarray, count: int) -> np.ndarray:
    """Numbers i[count] of the first examples of each class, as evenly as can be."""
    turn = np.empty(len(label), int)
    for c in np.unique(label):
        members = np.flatnonzero(label == c)
        turn[members] = np.arange(len(members))
    return np.sort(np.lexsort((label, turn))[:count])


def _dataset(given: Set, test: data.Dataset) -> data.Dataset:
    return data.Dataset(given.image, given.label.astype(np.int32), test.class_names)


def _accuracy(judge: Judge, test: data.Dataset) -> float:
    return labels.agreement(test.label, judge.read(test.image).label)


def _per_class(judge: Judge, test: data.Dataset) -> np.ndarray:
    return labels.per_class(test.label, judge.read(test.image).label, judge.classes)


def _rounded(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(x) else float(f"{x:.5g}") for x in values]
