"""Labelled images, in memory or streamed: where they come from, and in which order they are used."""

import dataclasses
import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import arrays, conditions, counts, folder, idx, tfds
from cwgan_jax.data.dataset import (
    DOMAINS,
    Dataset,
    Fingerprint,
    class_names,
    described,
    description,
    fingerprint,
    same,
)
from cwgan_jax.data.order import Chosen, Groups, indices
from cwgan_jax.data.sets import (
    appliances,
    coloured_digits,
    digits,
    letters,
    mixtures,
    package_tables,
    rotated_digits,
    stacked_mnist,
)
from cwgan_jax.data.source import Source, to_arrays
from cwgan_jax.data.stream import Examples, Images, all_conditions, batches, bytes_ahead
from cwgan_jax.data.subset import subset

__all__ = [
    "DATASETS",
    "DOMAINS",
    "Chosen",
    "Dataset",
    "Examples",
    "Fingerprint",
    "Groups",
    "Images",
    "Split",
    "at_hand",
    "batches",
    "bytes_ahead",
    "class_names",
    "described",
    "description",
    "fingerprint",
    "indices",
    "load",
    "load_domains",
    "same",
]

Split = Literal["train", "test"]


def load(data: config.Data, split: Split) -> Dataset:
    """Reads one split into memory, in the form the networks take; one above `resident_mib` stays on disk.

    A data set is prepared first if need be, see `data.tfds`.

    Args:
      data: the config's section.
      split: which part.

    Raises:
      DataError: the data are missing, unreachable or broken; one line that names the file.
    """
    source = DATASETS.get(data.name, _published)(data, split)
    if split == "train" and data.examples is not None:
        source = subset(source, data.examples)
    return _balanced(source if isinstance(source, Dataset) else _of_images(source, data), data)


def _balanced(dataset: Dataset, data: config.Data) -> Dataset:
    """The data set, with its classes as groups if the config asks for that."""
    if not data.balanced:
        return dataset
    if not dataset.class_names:
        raise DataError("config.data.balanced=true: it needs one class for each example; use false")
    return dataset._replace(groups=Groups.of(dataset.label))


def load_domains(data: config.Data, split: Split) -> dict[str, Dataset]:
    """Reads one split of both sets of `data.domains`, by domain; arguments and errors as in `load`.

    Both have as many channels: where one is in colour and the config does not say, so are both.
    """
    if data.dtype != "uint8":
        raise DataError(
            f"config.data.dtype={data.dtype}: not for config.data.domains, whose pictures have 8 bits; use"
            " uint8, to which those of 16 bits are scaled"
        )
    section = dataclasses.replace(data, domains="", size=data.resize or data.size)
    if data.domains == "folder":
        section = dataclasses.replace(section, name="folder")
        found = {domain: folder.source(section, split, domain) for domain in DOMAINS}
    else:
        names = dict(zip(DOMAINS, data.pair, strict=True))
        sections = {domain: dataclasses.replace(section, name=name) for domain, name in names.items()}
        found = {domain: _of_domain(data, one, split) for domain, one in sections.items()}
    sources = {domain: source for domain, source in found.items() if isinstance(source, Source)}
    if others := found.keys() - sources.keys():
        raise DataError(f"config.data.domains={data.domains}: {', '.join(sorted(others))} has no pictures")
    if split == "train" and data.examples is not None:
        fewer = {domain: subset(source, data.examples) for domain, source in sources.items()}
        sources = {domain: source for domain, source in fewer.items() if isinstance(source, Source)}
    depth = data.channels or max(source.depth for source in sources.values())
    section = dataclasses.replace(section, channels=depth)
    return {domain: _balanced(_of_images(source, section), data) for domain, source in sources.items()}


def _of_domain(data: config.Data, section: config.Data, split: Split) -> Source | Dataset:
    """One of two data sets; errors name the key that the user wrote."""
    try:
        return DATASETS.get(section.name, _published)(section, split)
    except DataError as error:
        why = str(error).removeprefix("config.data.name=")
        raise DataError(f"config.data.domains={data.domains}: {why}") from error


def _of_images(source: Source, data: config.Data) -> Dataset:
    """Brings images to their final form, in memory or on demand."""
    image: np.ndarray | Images
    if data.dtype != "uint8":
        raise DataError(f"config.data.dtype={data.dtype}: only for folder; {source.name} holds uint8")
    if data.channels == 4 and source.depth != 4:
        raise DataError(
            f"config.data.channels=4: {source.name} holds no transparent pictures; use 1, 3 or none"
        )
    size = data.height_width
    if math.prod((source.size, *size, data.channels or source.depth)) > data.resident_mib * 2**20:
        image, condition = Images(source, size, data.channels), all_conditions(source)
    else:
        image, condition = to_arrays(source, size, data.channels)
    summary, warnings = source.summary, source.warnings
    if source.class_names:
        summary = (*summary, ("classes", counts.summary(condition, source.class_names)))
        warnings = (*warnings, *counts.missing(condition, source.class_names))
    return Dataset(image, condition, source.schema, summary, (*warnings, *counts.dark(image)))


def _points(data: config.Data, split: Split) -> Dataset:
    point, number, names = mixtures.draw(data.name, split)
    return Dataset(point, number, conditions.of_classes(names), kind="points")


def _published(data: config.Data, split: str) -> Source:
    """Opens MNIST-format files if there are any, else a TFDS data set."""
    return idx.source(data, split) if idx.found(data) else tfds.source(data, split)


# Data sets with a name of their own; any other name is MNIST-format files or a TFDS data set. A source of
# images is brought to its final form by `load`, a `Dataset` has it already.
DATASETS: dict[str, Callable[[config.Data, Split], Source | Dataset]] = {
    "appliances": appliances.load,
    "arrays": arrays.load,
    "digits": digits.source,
    "rotated_digits": rotated_digits.source,
    "coloured_digits": coloured_digits.source,
    "turned_digits": digits.turned,
    "sans_letters": letters.source,
    "serif_letters": letters.source,
    "folder": folder.source,
    "stacked_mnist": lambda data, split: stacked_mnist.source(data, split, _published),
    **dict.fromkeys(mixtures.MIXTURES, _points),
    **dict.fromkeys(package_tables.TABLES, package_tables.load),
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
