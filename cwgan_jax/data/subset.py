"""Fewer training examples than there are: always the same ones, and fewer of them are among more."""

from collections.abc import Iterable, Sequence

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.dataset import Dataset
from cwgan_jax.data.source import Example, Source


def chosen(size: int, count: int) -> np.ndarray:
    """Which of `size` examples are used, i64[count] in increasing order: the first of a fixed shuffle.

    Raises:
      DataError: there are not so many.
    """
    if count > size:
        raise DataError(
            f"config.data.examples={count}: there are only {size} training examples; it must be at most that,"
            " or none"
        )
    return np.sort(np.random.default_rng(0).permutation(size)[:count])


def subset(data: Source | Dataset, count: int) -> Source | Dataset:
    """So many of the examples, or of the images of a source, which are still read on demand."""
    number = chosen(data.size, count)
    summary = (*data.summary, ("examples", f"{count:,} of {data.size:,}"))
    if isinstance(data, Dataset):
        return data._replace(example=data.example[number], condition=data.condition[number], summary=summary)

    def read(numbers: Sequence[int]) -> Iterable[Example]:
        return data.read(number[np.asarray(numbers, int)].tolist())

    return data._replace(size=count, read=read, conditions=lambda: data.conditions()[number], summary=summary)
