"""Labelled images, in memory or streamed: where they come from, and in which order they are used."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import counts, digits, folder, idx, mixtures, stacked_mnist, tfds
from cwgan_jax.data.order import indices
from cwgan_jax.data.source import Source, to_arrays
from cwgan_jax.data.stream import Examples, Images, batches, bytes_ahead, labels

__all__ = [
    "DATASETS",
    "Dataset",
    "Examples",
    "Fingerprint",
    "Images",
    "Split",
    "at_hand",
    "batches",
    "bytes_ahead",
    "described",
    "fingerprint",
    "indices",
    "load",
    "same",
]

Split = Literal["train", "test"]

_SAMPLED = 1000  # images in the fingerprint of a streamed set


class Dataset(NamedTuple):
    """One split of a data set.

    Attributes:
      image: u8[N, H, W, D]; of a set larger than its budget an object that reads what is indexed; of points
        f32[N, 1, 1, D].
      label: i32[N] in [0, C).
      class_names: C names, each as `names.checked` has it, or of our own making.
      summary: lines about what was read, for people, as (key, text).
      warnings: lines about what is probably not as it was meant.
      kind: of the data, key of `kinds.KINDS`.
    """

    image: np.ndarray | Images
    label: np.ndarray
    class_names: tuple[str, ...]
    summary: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    kind: str = "images"

    @property
    def size(self) -> int:
        """N, the number of examples."""
        return len(self.label)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(H, W, D) of an example."""
        height, width, depth = self.image.shape[1:]
        return height, width, depth

    @property
    def stored(self) -> Examples:
        """All examples with their conditions."""
        return Examples(self.image, self.label)

    @property
    def resident(self) -> bool:
        """Whether all images are in memory."""
        return isinstance(self.image, np.ndarray)


def load(data: config.Data, split: Split) -> Dataset:
    """Reads one split into memory, in the form the networks take; one above `resident_mib` stays on disk.

    A data set is prepared first if need be, see `tfds.py`.

    Args:
      data: the config's section.
      split: which part.

    Raises:
      DataError: the data are missing, unreachable or broken; one line that names the file.
    """
    source = DATASETS.get(data.name, _published)(data, split)
    if isinstance(source, Dataset):
        return source
    image: np.ndarray | Images
    if source.size * data.size**2 * (data.channels or source.depth) > data.resident_mib * 2**20:
        image, label = Images(source, data.size, data.channels), labels(source)
    else:
        image, label = to_arrays(source, data.size, data.channels)
    summary = (*source.summary, ("classes", counts.summary(label, source.class_names)))
    warnings = (*source.warnings, *counts.warnings(image, label, source.class_names))
    return Dataset(image, label, source.class_names, summary, warnings)


def _points(data: config.Data, split: Split) -> Dataset:
    return Dataset(*mixtures.draw(data.name, split), kind="points")


def _published(data: config.Data, split: str) -> Source:
    """Opens MNIST-format files if there are any, else a TFDS data set."""
    return idx.source(data, split) if idx.found(data) else tfds.source(data, split)


# Data sets with a name of their own; any other name is MNIST-format files or a TFDS data set. A source of
# images is brought to its final form by `load`, a `Dataset` has it already.
DATASETS: dict[str, Callable[[config.Data, Split], Source | Dataset]] = {
    "digits": digits.source,
    "folder": folder.source,
    "stacked_mnist": lambda data, split: stacked_mnist.source(data, split, _published),
    **dict.fromkeys(mixtures.MIXTURES, _points),
}


def at_hand(data: config.Data) -> Source | None:
    """The training split of a data set that lies on this machine as it is.

    Args:
      data: the config's section.

    Returns:
      None where there is none in `data.dir`, or it would have to be fetched or prepared first.
    """
    if data.name not in ("digits", "folder") and not idx.found(data):
        return None
    try:
        source = DATASETS.get(data.name, _published)(data, "train")
    except DataError:
        return None
    return source if isinstance(source, Source) else None


class Fingerprint(NamedTuple):
    """SHA-256, in hexadecimal, of shape, labels, class names and images.

    Attributes:
      sample: with a thousand images, spread evenly.
      whole: with all of them; None of a streamed set.
    """

    sample: str
    whole: str | None


def fingerprint(dataset: Dataset) -> Fingerprint:
    """What tells one data set from another."""
    digest = hashlib.sha256(json.dumps([dataset.image.shape, dataset.class_names]).encode())
    digest.update(np.ascontiguousarray(dataset.label, "<i4"))
    count = len(dataset.label)
    chosen = np.unique(np.linspace(0, count - 1, min(count, _SAMPLED)).astype(int))
    sample = digest.copy()
    sample.update(np.ascontiguousarray(dataset.image[chosen]))
    if not isinstance(dataset.image, np.ndarray):
        return Fingerprint(sample.hexdigest(), None)
    digest.update(np.ascontiguousarray(dataset.image))
    return Fingerprint(sample.hexdigest(), digest.hexdigest())


def described(dataset: Dataset) -> dict[str, Any]:
    """What a checkpoint says of the data, as JSON: enough to rebuild the networks without them."""
    return {
        "kind": dataset.kind,
        "shape": list(dataset.shape),
        "class_names": list(dataset.class_names),
        "fingerprint": list(fingerprint(dataset)),
    }


def same(a: Sequence[str | None], b: Sequence[str | None]) -> bool:
    """Whether two fingerprints are of the same data; of a streamed set, as far as its sample tells."""
    return all(x == y for x, y in zip(a, b, strict=True) if x and y)
