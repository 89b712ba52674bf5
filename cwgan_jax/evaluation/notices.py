"""What to read before the figures: alarms about the images, and cautions about the figures."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cwgan_jax.evaluation import measure
from cwgan_jax.evaluation.measure import Reference, Set
from cwgan_jax.metrics import labels, neighbours

_WEAK = 0.9  # share of real images read correctly, below which a judge's word for a class counts little
_FEW = 100  # held-out images, below which shares and floors of all of them are rough
_FEW_OF_A_CLASS = 20
_NOISE = 1000  # images of noise of either kind
_AT_ONCE = 50  # of them: spectra are in float64, 7 MiB for an image of 256x256 in colour
_FLATTERED = 0.5  # of the precision of real images, which noise must not have


def alarms(reference: Reference, held_out: Set, pooled: Set, values: Sequence[dict[str, float]]) -> list[str]:
    """What is wrong with generated images.

    Args:
      reference: real training images.
      held_out: real images that no network was trained on.
      pooled: the generated ones of all seeds.
      values: the figures of each seed.
    """
    lines = []
    if collapsed := measure.collapsed(reference, pooled):
        lines.append(f"collapse: images of the same class are nearly alike: {measure.listed(collapsed)}")
    missing = ~labels.present(pooled.reading.label, reference.share)
    missing &= labels.present(held_out.reading.label, reference.share)
    if missing.any():
        names = [reference.class_names[c] for c in np.flatnonzero(missing)]
        lines.append(f"dropped classes, hardly ever read: {measure.listed(names)}")
    near = np.median([x.get("nearest", 1) for x in values])
    if near < measure.ALARM:
        lines.append(f"copies: {near:.2f} times as far from training images as held-out real ones are")
    return lines


def cautions(reference: Reference, held_out: Set, floor: dict[str, float], noise: float) -> list[str]:
    """Which figures are not to be relied on with these data and this judge, and which are.

    Args:
      reference: real training images.
      held_out: real images that no network was trained on, with their labels.
      floor: their figures.
      noise: what `noise_precision` gives.
    """
    right = float((held_out.reading.label == held_out.target).mean())
    lines = []
    if right < _WEAK:
        lines.append(
            f"weak judge: it reads {right:.0%} of the held-out real images correctly; do not rely on label"
            " agreement, classes read, the Inception-style score, precision and recall, but on the Frechet"
            " and the kernel distance, beside those of real images"
        )
    counts = np.bincount(held_out.label, minlength=len(reference.class_names))
    few = [name for name, n in zip(reference.class_names, counts, strict=True) if n < _FEW_OF_A_CLASS]
    if len(held_out.image) < _FEW:
        lines.append(
            f"few real images: {len(held_out.image)} held-out ones; every share and the figures of real"
            " images are rough; rely on the kernel distance and on the pictures themselves"
        )
    elif few:
        lines.append(
            f"few real images of some classes: fewer than {_FEW_OF_A_CLASS} held-out ones of"
            f" {measure.listed(few)}; do not rely on the figures of these classes, but on those of all"
        )
    if noise > _FLATTERED * floor.get("precision", 1):
        lines.append(
            f"precision flatters: even noise has {noise:.2f} with this judge, real images"
            f" {floor['precision']:.2f}; do not rely on precision and density, but on the Frechet and the"
            " kernel distance"
        )
    return lines


def noise_precision(reference: Reference, held_out: Set) -> float:
    """The precision of images that show nothing, in [0, 1]: near 0 if the judge tells them from real ones.

    Held-out images, up to a thousand, as noise of two kinds: their pixels in random order, and noise of the
    same spectrum in each channel (random phases). The greater precision of the two.
    """
    image, draw = held_out.image[:_NOISE], np.random.default_rng(0)
    parts = [image[i : i + _AT_ONCE] for i in range(0, len(image), _AT_ONCE)]

    def precision(noise: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> float:
        features = [reference.judge.read(noise(part, draw)).features for part in parts]
        return neighbours.prdc(reference.sample, np.concatenate(features)).precision

    return max(precision(_shuffled), precision(_random_phases))


def first(quality: dict[str, Any]) -> list[str]:
    """The lines before the figures of a measured checkpoint, on the page and in the terminal alike."""
    return [f"alarm: {line}" for line in quality.get("alarms") or []] + [
        f"warning: {line}" for line in quality.get("cautions") or []
    ]


def before(entries: dict[str, dict[str, Any]]) -> list[str]:
    """`first` of several entries by their names; lines that all of them have stand there once."""
    lines = {name: first(entry) for name, entry in entries.items()}
    said = {
        line
        if all(line in others for others in lines.values())
        else line.replace(": ", f": {name}: ", 1): None
        for name, own in lines.items()
        for line in own
    }
    return list(said)


def _shuffled(image: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    pixels = image.reshape(len(image), -1, image.shape[-1])
    order = np.argsort(draw.random(pixels.shape[:2]), axis=1)
    return np.take_along_axis(pixels, order[..., None], 1).reshape(image.shape)


def _random_phases(image: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    size = np.abs(np.fft.rfft2(image, axes=(1, 2)))
    other = np.fft.rfft2(draw.standard_normal(image.shape), axes=(1, 2))
    other[:, 0, 0] = 1  # the mean stays
    mixed = np.fft.irfft2(size * other / np.abs(other), s=image.shape[1:3], axes=(1, 2))
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
