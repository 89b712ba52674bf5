"""The linear map between two sets of examples that brings them together best, found without pairs.

Wasserstein-Procrustes (Grave, Joulin and Berthet 2018, arXiv:1805.11222): an orthogonal map W and a matching
P of the examples are sought that minimise ||X W - P Y||^2, in turn: the best matching for W (exact
transport), and the best W for the matching (a singular value decomposition). Where that ends depends on where
it begins. Here it begins at matchings that need no W, since they compare the distances within one set with
those within the other (Gromov-Wasserstein; Alvarez-Melis and Jaakkola 2018, arXiv:1809.00013), of several
random subsets; the cheapest end counts.
"""

from typing import NamedTuple

import numpy as np

EXAMPLES = 1000  # of each set, at most; a matching of n takes n^3 operations
DIRECTIONS = 32  # principal directions that the map keeps
STARTS = 16
_SUBSET, _FEW, _ROUNDS, _BEST, _MORE = 200, 250, 4, 3, 15
_SMOOTHING, _OUTER, _INNER = 0.005, 40, 30  # of the soft matching: entropy, iterations, Sinkhorn's own


class Side(NamedTuple):
    """A set's mean f[D] and its first principal directions f[k, D], in order of their deviation."""

    mean: np.ndarray
    axes: np.ndarray

    def enter(self, flat: np.ndarray) -> np.ndarray:
        """Examples f[N, D] along the directions, f[N, k]."""
        return (flat - self.mean) @ self.axes.T

    def leave(self, reduced: np.ndarray) -> np.ndarray:
        """The other way, f[N, k] -> f[N, D]."""
        return reduced @ self.axes + self.mean


class Alignment(NamedTuple):
    """The map.

    Attributes:
      source: the set it maps from.
      target: the set it maps to.
      rotation: f[k, k], orthogonal.
      cost: mean squared distance of the matched examples, along the directions.
    """

    source: Side
    target: Side
    rotation: np.ndarray
    cost: float

    def forth(self, flat: np.ndarray) -> np.ndarray:
        """Examples f[N, D] of the source as examples of the target."""
        return self.target.leave(self.source.enter(flat) @ self.rotation)

    def back(self, flat: np.ndarray) -> np.ndarray:
        """Examples f[N, D] of the target as examples of the source."""
        return self.source.leave(self.target.enter(flat) @ self.rotation.T)


def align(source: np.ndarray, target: np.ndarray, draw: np.random.Generator) -> Alignment:
    """Finds the map between two sets of examples.

    Args:
      source: f[N, D], at least two.
      target: f[N, D], as many.
      draw: the subsets.

    Returns:
      The map. Where turning a set around gives the same set again, nothing says which way round is meant.
    """
    count = min(DIRECTIONS, len(source) - 1, source.shape[1])
    sides = _side(source, count), _side(target, count)
    # In float64, where no entry of a soft matching is rounded to zero: a column of zeros has no plan.
    x, y = (side.enter(flat).astype(np.float64) for side, flat in zip(sides, (source, target), strict=True))
    begun = []
    for _ in range(STARTS):
        some = x[draw.permutation(len(x))[:_SUBSET]]
        others = y[draw.permutation(len(y))[:_SUBSET]]
        start = _orthogonal(some.T @ _soft_matching(some, others) @ others)
        begun.append(_refined(x[:_FEW], y[:_FEW], start, _ROUNDS))
    begun.sort(key=lambda found: found[0])
    cost, rotation = min((_refined(x, y, w, _MORE) for _, w in begun[:_BEST]), key=lambda found: found[0])
    return Alignment(*sides, rotation, cost)


def _side(flat: np.ndarray, count: int) -> Side:
    mean = flat.mean(0)
    _, _, axes = np.linalg.svd(flat - mean, full_matrices=False)
    return Side(mean, axes[:count])


def _refined(x: np.ndarray, y: np.ndarray, rotation: np.ndarray, rounds: int) -> tuple[float, np.ndarray]:
    """The cost and the orthogonal map after so many rounds from this one."""
    for _ in range(rounds):
        _, matched = _matching(x @ rotation, y)
        rotation = _orthogonal(x.T @ y[matched])
    return _matching(x @ rotation, y)[0], rotation


def _matching(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """The cheapest matching of x to y: its mean squared distance, and the partner of each x."""
    from scipy.optimize import linear_sum_assignment  # slow to import

    distance = _squared(x, y)
    rows, columns = linear_sum_assignment(distance)
    return float(distance[rows, columns].mean()), columns


def _soft_matching(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """f[n, n], how much of each x goes to each y, by the distances within each set alone.

    Entropic Gromov-Wasserstein (Peyre, Cuturi and Solomon 2016), from a matching of those whose distances to
    the others of their set have the same quantiles; the entropy falls in the first half of the iterations.
    """
    within = [np.sqrt(np.maximum(_squared(z, z), 0)) for z in (x, y)]
    a, b = (each / (each.mean() or 1) for each in within)
    profiles = [np.quantile(each, np.linspace(0, 1, 32), axis=1).T for each in (a, b)]
    first = _squared(*profiles)
    plan = _sinkhorn(first / (first.mean() or 1), 0.05)
    constant = (a**2).mean(1)[:, None] + (b**2).mean(1)
    for i in range(_OUTER):
        plan = _sinkhorn(constant - 2 * a @ plan @ b, _SMOOTHING * max(1, 4 - 8 * i / _OUTER))
    return plan


def _sinkhorn(cost: np.ndarray, smoothing: float) -> np.ndarray:
    """The entropic transport plan between uniform weights (Cuturi 2013, arXiv:1306.0895)."""
    kernel = np.exp(-(cost - cost.min(1, keepdims=True)) / smoothing) + 1e-300
    left = np.ones(len(cost))
    for _ in range(_INNER):
        right = 1 / (kernel.T @ left)
        left = 1 / (kernel @ right)
    return left[:, None] * kernel * right / len(cost)


def _orthogonal(product: np.ndarray) -> np.ndarray:
    """The orthogonal matrix W that maximises the trace of W^T product."""
    u, _, v = np.linalg.svd(product)
    return u @ v


def _squared(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squared distances f[n, m]."""
    return (x**2).sum(1)[:, None] + (y**2).sum(1) - 2 * x @ y.T
