"""Which examples lie near a target: a sorted list for one number, a tree for several."""

from typing import NamedTuple, Protocol

import numpy as np


class Found(NamedTuple):
    """Those near each of n targets: `members[start[i]:stop[i]]`.

    Attributes:
      members: numbers of examples.
      start: i[n].
      stop: i[n].
    """

    members: np.ndarray
    start: np.ndarray
    stop: np.ndarray


class Near(Protocol):
    """Finds the examples of a target's group whose places are at most `reach` from it."""

    def within(self, group: np.ndarray, target: np.ndarray, reach: float) -> Found:
        """All of them, for groups i[n] and targets f64[n, D]."""
        ...

    def any(self, group: np.ndarray, target: np.ndarray, reach: float) -> np.ndarray:
        """bool[n], whether there are any."""
        ...


class Line:
    """Places of one coordinate, sorted within each group: two binary searches, for all targets at once."""

    def __init__(self, place: np.ndarray, group: np.ndarray) -> None:
        """Sorts places f64[N, 1] of groups i[N], which are numbered from 0."""
        self._order = np.lexsort((place[:, 0], group))
        self._value = place[self._order, 0]
        self._ends = np.concatenate([[0], np.cumsum(np.bincount(group))])

    def within(self, group: np.ndarray, target: np.ndarray, reach: float) -> Found:
        """See `Near`."""
        ends, x = (self._ends[group], self._ends[group + 1]), target[:, 0]
        return Found(self._order, self._first(x - reach, *ends), self._first(x + reach, *ends, beyond=True))

    def any(self, group: np.ndarray, target: np.ndarray, reach: float) -> np.ndarray:
        """See `Near`."""
        _, start, stop = self.within(group, target, reach)
        return start < stop

    def _first(
        self, bound: np.ndarray, low: np.ndarray, high: np.ndarray, *, beyond: bool = False
    ) -> np.ndarray:
        """The first positions in [low, high) whose values are at least the bound, or beyond it; else high."""
        low, high = low.copy(), high.copy()
        while len(unsure := np.flatnonzero(low < high)):
            middle = (low[unsure] + high[unsure]) // 2
            value, limit = self._value[middle], bound[unsure]
            found = value > limit if beyond else value >= limit
            high[unsure[found]] = middle[found]
            low[unsure[~found]] = middle[~found] + 1
        return low


class Space:
    """Places of several coordinates, in a tree; a further one keeps the groups apart.

    The time to search it grows quickly with the number of coordinates: it is for a handful.
    """

    def __init__(self, place: np.ndarray, group: np.ndarray) -> None:
        """Plants a tree of places f64[N, D] of groups i[N], which are numbered from 0."""
        from scipy.spatial import cKDTree

        self._apart = 1 + 4 * float(np.abs(place).max(initial=0)) * place.shape[1]
        self._tree = cKDTree(self._with_group(group, place))

    def _with_group(self, group: np.ndarray, place: np.ndarray) -> np.ndarray:
        return np.concatenate([self._apart * group[:, None], place], 1)

    def within(self, group: np.ndarray, target: np.ndarray, reach: float) -> Found:
        """See `Near`."""
        reach = min(reach, self._apart / 2)  # all of a group are nearer than that
        lists = self._tree.query_ball_point(self._with_group(group, target), reach, return_sorted=True)
        stop = np.cumsum([len(each) for each in lists], dtype=np.int64)
        members = np.concatenate([np.empty(0, np.int64), *lists]).astype(np.int64)
        return Found(members, np.concatenate([[0], stop[:-1]]), stop)

    def any(self, group: np.ndarray, target: np.ndarray, reach: float) -> np.ndarray:
        """See `Near`."""
        distance, _ = self._tree.query(self._with_group(group, target))
        return np.asarray(distance <= min(reach, self._apart / 2))


def neighbour_distance(place: np.ndarray, group: np.ndarray, share: float) -> float:
    """The distance within which so many of the distinct places have another one of their group.

    Args:
      place: f64[N, D].
      group: i[N].
      share: in [0, 1].

    Returns:
      A quantile of the distances to the nearest other place; 0 where no group has two.
    """
    from scipy.spatial import cKDTree

    apart = 1 + 4 * float(np.abs(place).max(initial=0)) * place.shape[1]
    distinct = np.unique(np.concatenate([apart * group[:, None], place], 1), axis=0)
    if len(distinct) < 2:
        return 0.0
    distance = cKDTree(distinct).query(distinct, k=2)[0][:, 1]
    inside = distance[distance < apart / 2]
    return float(np.quantile(inside, share)) if len(inside) else 0.0
