"""The order in which examples are used, as a pure function of the seed and the batch number."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

_TURNS = 64  # of which the orders are drawn together
_OF_TURNS, _OF_MEMBERS = 2 << 32, 3 << 32  # beside the seed, which is below 2^32


class Chosen(NamedTuple):
    """Examples that are used with conditions other than their own.

    Attributes:
      index: i32[...], which examples.
      condition: f32[..., C], with which conditions.
    """

    index: Any
    condition: Any


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
    kept = _kept(seed, size, stream)
    order = kept.get(epoch)
    if order is None:
        order = _shuffled(seed + (stream << 40), epoch, size)
        order.flags.writeable = False
        for old in sorted(kept)[:-1]:  # a call may reach from one epoch into the next
            kept.pop(old, None)
        kept[epoch] = order
    return order


@functools.lru_cache(maxsize=2048)
def _kept(seed: int, size: int, stream: int) -> dict[int, np.ndarray]:
    """The orders of the latest epochs; of many seeds, since runs of several may train side by side."""
    return {}


def _shuffled(key: int, counter: int, *shape: int) -> np.ndarray:
    """i32[*shape], along the last axis the numbers below its length in an order of their own."""
    words = np.random.Philox(key=np.array([key, counter], np.uint64)).random_raw(shape)
    return np.argsort(words, axis=-1, kind="stable").astype(np.int32)


class Groups:
    """Examples in groups of which every one is used equally often, however large it is.

    Turn t takes one example of every group, the groups in a fresh order each time. Within a group the
    examples come in freshly shuffled epochs of its own, so that all of them are used equally often too. An
    epoch of the data is still N examples: N / C of each of C groups.

    Attributes:
      members: of each group its examples, i32[n], n >= 1.
    """

    def __init__(self, members: Sequence[np.ndarray]) -> None:
        self.members = tuple(members)
        self._latest: dict[tuple[int, int], tuple[int, np.ndarray]] = {}  # only saves time

    @classmethod
    def of(cls, number: np.ndarray) -> "Groups":
        """Those of i[N], the number of each example's group; numbers that do not occur are no groups."""
        order = np.argsort(number, kind="stable").astype(np.int32)
        return cls(np.split(order, np.flatnonzero(np.diff(number[order])) + 1))

    def chosen(self, seed: int, position: np.ndarray, stream: int) -> np.ndarray:
        """The examples i32[P] at positions i64[P] of the endless sequence."""
        key, count = seed + (stream << 40), len(self.members)
        turn, place = np.divmod(position, count)
        which, chosen = np.empty(position.shape, np.int32), np.empty(position.shape, np.int32)
        for block in np.unique(turn // _TURNS).tolist():
            here = turn // _TURNS == block
            orders = _shuffled(key + _OF_TURNS, block, _TURNS, count)
            which[here] = orders[turn[here] % _TURNS, place[here]]
        for group in np.unique(which).tolist():
            members = self.members[group]
            of_group = np.flatnonzero(which == group)
            epoch, at = np.divmod(turn[of_group], len(members))
            for number in np.unique(epoch).tolist():
                here = epoch == number
                order = self._order(key + _OF_MEMBERS, group, number)
                chosen[of_group[here]] = members[order[at[here]]]
        return chosen

    def _order(self, key: int, group: int, epoch: int) -> np.ndarray:
        latest = self._latest.get((key, group))
        if latest is None or latest[0] != epoch:
            latest = epoch, _shuffled(key, epoch + (group << 40), len(self.members[group]))
            self._latest[key, group] = latest
        return latest[1]


def indices(
    seed: int,
    first: int,
    count: int,
    size: int,
    batch: int,
    stream: int = 0,
    groups: Groups | None = None,
) -> np.ndarray:
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
      groups: of the examples, each of which is then used equally often; None: each example is.

    Returns:
      i32[count, B] in [0, N).
    """
    position = np.arange(first * batch, (first + count) * batch, dtype=np.int64)
    if groups:
        return groups.chosen(seed, position, stream).reshape(count, batch)
    epoch, place = np.divmod(position, size)
    chosen = np.empty(position.shape, np.int32)
    for number in np.unique(epoch):
        here = epoch == number
        chosen[here] = permutation(seed, int(number), size, stream)[place[here]]
    return chosen.reshape(count, batch)
