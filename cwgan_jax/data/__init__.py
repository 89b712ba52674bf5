"""Labelled images in memory: where they come from, and in which order they are used."""

import hashlib
import json
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from cwgan_jax import config
from cwgan_jax.data import digits, folder, idx, tfds
from cwgan_jax.data.order import indices
from cwgan_jax.data.source import Source, to_arrays

__all__ = ["DATASETS", "Dataset", "Split", "fingerprint", "indices", "load"]

Split = Literal["train", "test"]

# Sources with a name of their own; any other name is MNIST-format files or a TFDS data set.
DATASETS: dict[str, Callable[[config.Data, Split], Source]] = {
    "digits": digits.source,
    "folder": folder.source,
}


class Dataset(NamedTuple):
    """One split of a data set.

    Attributes:
      image: u8[N, H, W, D].
      label: i32[N] in [0, C).
      class_names: C names.
    """

    image: np.ndarray
    label: np.ndarray
    class_names: tuple[str, ...]


def load(data: config.Data, split: Split) -> Dataset:
    """Reads one split into memory, in the form the networks take.

    A data set is prepared first if need be, see `tfds.py`: in a run of several processes let one of
    them load before the others.

    Args:
      data: the config's section.
      split: which part.

    Raises:
      DataError: the data are missing, unreachable or broken; one line that names the file.
    """
    if data.name in DATASETS:
        source = DATASETS[data.name](data, split)
    elif idx.found(data.dir):
        source = idx.source(data, split)
    else:
        source = tfds.source(data, split)
    image, label = to_arrays(source, data.size, data.channels)
    return Dataset(image, label, source.class_names)


def fingerprint(dataset: Dataset) -> str:
    """Returns the sha256, in hexadecimal, of the shape, images, labels and class names."""
    digest = hashlib.sha256(json.dumps([dataset.image.shape, dataset.class_names]).encode())
    digest.update(np.ascontiguousarray(dataset.image, np.uint8))
    digest.update(np.ascontiguousarray(dataset.label, "<i4"))
    return digest.hexdigest()
