"""Data sets larger than their budget: read from disk as they are used, by Grain's threads.

The order is that of `order.indices`, so a streamed run uses the same examples as one with the data in memory,
and the number of the step is all that a resumed run needs.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.data.order import Chosen, indices
from cwgan_jax.data.source import Source, check_labels, fit

_THREADS = 16
_SPARE = 16  # batches read ahead beyond those of the next call, one for each thread
_BUDGET = 512 * 2**20  # bytes in which those are read; the next call's are read whatever they need


class Examples(NamedTuple):
    """Examples with their conditions, as they are stored.

    Attributes:
      example: u8[..., H, W, D], images; or f[..., H, W, D].
      condition: i32[...], class numbers; or vectors f32[..., C].
    """

    example: Any
    condition: Any


class Images:
    """u8[N, H, W, D] of which only what is indexed is read.

    Attributes:
      shape: (N, H, W, D).
    """

    def __init__(self, source: Source, size: tuple[int, int], channels: int | None) -> None:
        self._source = source
        self.shape = (source.size, *size, channels or source.depth)

    def read(self, chosen: np.ndarray) -> Examples:
        """The examples of the numbers i[n]; raises DataError for one that cannot be read."""
        image, condition = np.empty((len(chosen), *self.shape[1:]), np.uint8), self._source.room(len(chosen))
        for i, (pixels, one) in enumerate(self._source.read(chosen.tolist())):
            image[i], condition[i] = fit(pixels, self.shape[1:3], self.shape[3]), one
        return Examples(image, condition)

    def room(self, *count: int) -> np.ndarray:
        """Room for the conditions of [count] images."""
        return self._source.room(*count)

    def __getitem__(self, chosen: np.ndarray) -> np.ndarray:
        """u8[n, H, W, D] of the numbers i[n]."""
        return self.read(np.asarray(chosen)).example


def all_conditions(source: Source) -> np.ndarray:
    """i32[N] or f32[N, C], see `dataset.Dataset`; raises DataError for a label that no class has."""
    found = source.conditions().astype(np.int32 if source.class_names else np.float32)
    check_labels(found, source)
    return found


def ahead(size: int, count: int) -> int:
    """How many batches are read before they are used: those of the next call, and more as far as they fit.

    Args:
      size: bytes of a batch.
      count: batches of a call.
    """
    return count + max(0, min(_SPARE, _BUDGET // size - count))


def bytes_ahead(shape: tuple[int, ...], count: int) -> int:
    """Bytes of the host's memory that `batches` needs at most: what is read ahead, and two calls.

    Args:
      shape: of a process's share of a batch, (b, H, W, D).
      count: batches of a call.
    """
    size = math.prod(shape)
    return (ahead(size, count) + 2 * count) * size  # the call in use, and the next being put together


def batches(
    images: Images,
    seed: int,
    *,
    first: int,
    stop: int,
    count: int,
    batch: int,
    share: slice,
    stream: int = 0,
    choose: Callable[..., np.ndarray | Chosen] | None = None,
) -> Iterator[Examples]:
    """Reads what a process needs, ahead of its use.

    Args:
      images: the data set.
      seed: of the run.
      first: number of the first batch.
      stop: number of the batch behind the last.
      count: batches in an item.
      batch: B, examples of a global batch.
      share: which places of it are this process's.
      stream: as in `order.permutation`.
      choose: (seed, first, count, batch, stream) -> which examples, see `dataset.Dataset.choose`; None: in
        the order of `order.indices`.

    Yields:
      Examples [count, share, ...] of the batches first .. first + count - 1, then of the next `count`; of the
      last ones as many as there are.
    """

    def read(number: int) -> Examples:
        if choose:
            return _read(images, choose(seed, number, 1, batch, stream), share)
        return _read(images, indices(seed, number, 1, images.shape[0], batch, stream), share)

    import grain

    shape = (len(range(batch)[share]), *images.shape[1:])
    buffer = ahead(math.prod(shape), count)
    options = grain.ReadOptions(num_threads=min(_THREADS, buffer), prefetch_buffer_size=buffer)
    each = iter(grain.MapDataset.range(first, stop).map(read).to_iter_dataset(options))
    for number in range(first, stop, count):
        image = np.empty((min(count, stop - number), *shape), np.uint8)
        condition = images.room(*image.shape[:2])
        for i in range(len(image)):
            image[i], condition[i] = next(each)
        yield Examples(image, condition)


def _read(images: Images, chosen: np.ndarray | Chosen, share: slice) -> Examples:
    """The examples of one batch, [1, B] of them chosen, of which this process has a share."""
    if isinstance(chosen, Chosen):
        return images.read(chosen.index[0, share])._replace(condition=chosen.condition[0, share])
    return images.read(chosen[0, share])
