"""The order in which examples are used, as a pure function of the seed and the batch number."""

import functools
from typing import Any, NamedTuple

import numpy as np


class Chosen(NamedTuple):
    """Examples that are used with conditions other than their own.

    Attributes:
      index: i32[...], which examples.
      condition: f32[..., C], with which conditions.
    """

    index: Any
    condition: Any


@functools.lru_cache(maxsize=4)
def permutation(seed: int, epoch: int, size: int, stream: int = 0) -> np.ndarray:
    """Shuffles the numbers 0 to size - 1 for one epoch.

    NumPy promises that the raw stream of a bit generator never changes, but not so the methods of
    `Generator`; hence a stable sort of raw words, which gives the same order with every version.

    Args:
      seed: of the run, in [0, 2^64).
      epoch: number of the pass over the data, in [0, 2^64).
      size: N >= 1, number of examples.
      stream: of several that a run takes examples from, each in an order of its own; in [0, 2^20).

    Returns:
      i32[N], read-only.
    """
    words = np.random.Philox(key=np.array([seed + (stream << 40), epoch], np.uint64)).random_raw(size)
    order = np.argsort(words, kind="stable").astype(np.int32)
    order.flags.writeable = False
    return order


def indices(seed: int, first: int, count: int, size: int, batch: int, stream: int = 0) -> np.ndarray:
    """Says which examples `count` consecutive batches use.

    Batch n takes positions [n * batch, (n + 1) * batch) of the endless sequence of freshly shuffled
    epochs. So each example is used exactly once per epoch, none is ever dropped, and a batch may
    reach from one epoch into the next.

    Args:
      seed: of the run, in [0, 2^32).
      first: number of the first batch, >= 0.
      count: how many batches, >= 0.
      size: N >= 1, number of examples in the data set.
      batch: B >= 1, examples per batch.
      stream: as in `permutation`.

    Returns:
      i32[count, B] in [0, N).
    """
    position = np.arange(first * batch, (first + count) * batch, dtype=np.int64)
    epoch, place = np.divmod(position, size)
    chosen = np.empty(position.shape, np.int32)
    for number in np.unique(epoch):
        here = epoch == number
        chosen[here] = permutation(seed, int(number), size, stream)[place[here]]
    return chosen.reshape(count, batch)
