"""From images to figures: generated images against real ones, by what the judge reads in both."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cwgan_jax import data
from cwgan_jax.algorithms import Request, generation
from cwgan_jax.evaluation.judge import Judge, Reading
from cwgan_jax.evaluation.stacked_judge import StackedJudge
from cwgan_jax.metrics import distances, labels, neighbours

# The images of a class are all alike if their mean distance falls below this share of the real ones'.
ALARM = 0.5
SAMPLE = 10_000  # real images that generated ones are compared with
_FEW = 10  # images of a class, below which its diversity says nothing
_ALIKE = 1e-6  # of the mean distance of all: real images nearer to each other are all the same picture


class Reference(NamedTuple):
    """Real training images, read once, that everything is measured against.

    Attributes:
      judge: what reads.
      class_names: C names.
      chosen: i32[M], which training images, in random order.
      features: f32[M, F], of these.
      label: i32[M].
      share: f64[C], of the classes, among all training images.
      moments: of the features of the first 10,000, with which everything but copies is compared.
      diversity: f64[C], the mean distance between their features in a class; nan where there are too few, or
        all are the same picture.
    """

    judge: Judge | StackedJudge
    class_names: tuple[str, ...]
    chosen: np.ndarray
    features: np.ndarray
    label: np.ndarray
    share: np.ndarray
    moments: distances.Moments
    diversity: np.ndarray

    @property
    def sample(self) -> np.ndarray:
        """f32[<= 10,000, F], the features that are compared with."""
        return self.features[:SAMPLE]


class Set(NamedTuple):
    """Images to be measured.

    Attributes:
      image: u8[N, H, W, D].
      target: i32[N], the labels they were made for, or have; None if without classes.
      reading: the judge's.
    """

    image: np.ndarray
    target: np.ndarray | None
    reading: Reading

    @property
    def label(self) -> np.ndarray:
        """i[N], the class of each image: the one asked for, else the one read."""
        return self.reading.label if self.target is None else self.target


def reference(judge: Judge | StackedJudge, dataset: data.Dataset, count: int = SAMPLE) -> Reference:
    """Reads `count` training images, or all if there are fewer, chosen at random, always the same ones."""
    chosen = data.indices(0, 0, 1, len(dataset.label), min(count, len(dataset.label)))[0]
    features, label = judge.read(dataset.image, chosen).features, dataset.label[chosen]
    share = np.bincount(dataset.label, minlength=judge.classes) / len(dataset.label)
    spread = _diversity(features[:SAMPLE], label[:SAMPLE], judge.classes)
    spread[spread <= _ALIKE * neighbours.diversity(features[:SAMPLE])] = np.nan  # nothing to be compared with
    moments = distances.moments(features[:SAMPLE])
    return Reference(judge, dataset.class_names, chosen, features, label, share, moments, spread)


def generated(
    draw: Callable[[Request], np.ndarray],
    *,
    latent: tuple[int, np.dtype],
    conditional: bool,
    seed: int,
    share: np.ndarray,
    count: int,
    judge: Judge | StackedJudge,
) -> Set:
    """Draws images of each class in the proportions in which real images have them, and reads them.

    Args:
      draw: the generator, to stored images u8[N, H, W, D].
      latent: Z, and the latents' dtype.
      conditional: whether it sees the classes.
      seed: of the latents.
      share: f[C], of the classes in real data.
      count: N.
      judge: what reads.
    """
    size, dtype = latent
    counts = _counts(share, count) if conditional else np.array([count])
    latents = [generation.latents(seed, c, n, size=size, dtype=dtype) for c, n in enumerate(counts) if n]
    target = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    condition = generation.one_hot(target, len(counts) if conditional else 0, dtype)
    image = draw(Request(np.concatenate(latents), condition))
    return Set(image, target if conditional else None, judge.read(image))


def light(reference: Reference, images: Set) -> dict[str, float]:
    """What can be measured often: a second for 1,000 images.

    Returns:
      agreement: share of images read as the class asked for; left out without classes.
      frechet: Frechet distance to the reference's features.
      diversity: mean distance between images of a class, over that of real ones; mean over the classes. Left
        out, as the next, where all real images are the same picture.
      least_diversity: the same of the class with the least.
      class_entropy: of the classes read, in nats.
    """
    values = {}
    if images.target is not None:
        values["agreement"] = labels.agreement(images.target, images.reading.label)
    ratio = diversity(reference, images)
    values["frechet"] = distances.frechet_of(distances.moments(images.reading.features), reference.moments)
    if not np.isnan(ratio).all():
        values |= {"diversity": float(np.nanmean(ratio)), "least_diversity": float(np.nanmin(ratio))}
    values["class_entropy"] = labels.class_entropy(images.reading.label, reference.judge.classes)
    return values


def diversity(reference: Reference, images: Set) -> np.ndarray:
    """f64[C]: the mean distance between features of a class, over that of the real ones.

    nan where the real ones of a class are the same picture. Where most images are of such classes, or of
    classes with too few of them on either side, as with a thousand classes, a single number: that of all
    images together, nan where all real ones are the same picture.
    """
    ratio = _diversity(images.reading.features, images.label, reference.judge.classes) / reference.diversity
    if np.isnan(ratio)[images.label].mean() > 0.5:
        ours, real = (neighbours.diversity(x) for x in (images.reading.features, reference.sample))
        ratio = np.array([ours / real if real else np.nan])
    return ratio


def collapsed(reference: Reference, images: Set) -> list[str]:
    """Names of the classes whose images are nearly alike: diversity below half of the real one."""
    ratio = diversity(reference, images)
    if len(ratio) == 1:
        return ["all classes"] if ratio[0] < ALARM else []
    return [name for name, share in zip(reference.class_names, ratio, strict=True) if share < ALARM]


def listed(names: Sequence[str]) -> str:
    """Names of classes for one line: the first ten, and how many more there are."""
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def rounded(values: np.ndarray) -> list[float | None]:
    """Numbers for JSON, to five digits; None for what is not finite."""
    return [float(f"{x:.5g}") if np.isfinite(x) else None for x in values]


def _diversity(features: np.ndarray, label: np.ndarray, classes: int) -> np.ndarray:
    """Of each class; nan where there are too few images."""
    enough = np.bincount(label, minlength=classes) >= _FEW
    chosen = enough[label]
    spread = np.full(classes, np.nan)
    if chosen.any():
        spread[enough] = neighbours.class_diversity(features[chosen], label[chosen], classes)[enough]
    return spread


def _counts(share: np.ndarray, count: int) -> np.ndarray:
    """Whole numbers i64[C] in the proportions of `share`, `count` in all (largest remainders)."""
    exact = share / share.sum() * count
    counts = np.floor(exact).astype(int)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: count - counts.sum()]] += 1
    return counts
