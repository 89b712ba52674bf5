"""Metrics of nearest neighbours: fidelity and variety of generated examples, and whether they are copies.

Distances are Euclidean, between features of any kind, in float64. They come block by block from a matrix
product, |a|^2 + |b|^2 - 2 a.b, which leaves an error of about 1e-8 of the features' scale: memory is bounded,
and the time is that of the product.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cwgan_jax.metrics.distances import features, pair

_BLOCK = 256  # rows of the distance matrix in memory at a time
_SLACK = 1e-12  # of the largest squared norm: above the rounding of a squared distance


class Prdc(NamedTuple):
    """How generated examples lie among real ones, see `prdc`.

    Attributes:
      precision: share of the generated examples that look real, in [0, 1].
      recall: share of the real examples that the generator could have made, in [0, 1].
      density: precision that counts in how many real neighbourhoods an example lies; about 1 is real, above
        1 is possible (examples crowd where the real ones are densest).
      coverage: share of the real examples with a generated one in their neighbourhood, in [0, 1].
    """

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(real: np.ndarray, fake: np.ndarray, *, k: int = 3, density_k: int = 5, block: int = _BLOCK) -> Prdc:
    """Precision, recall, density and coverage, from one set of distances.

    Precision and recall: Kynkaanniemi et al. 2019 (arXiv:1904.06991, Eqs. 1 and 2). Density and coverage:
    Naeem et al. 2020 (arXiv:2002.09797, Sec. 3). An example's neighbourhood is the ball around it to
    its k-th nearest neighbour of its own set, itself not counted, surface included.

    For two samples of one distribution with N = M large the density is about 1 and the coverage about
    1 - 2^-k; precision and recall depend on the data, so compare with those of two real sets. All four
    depend on N and M.

    Args:
      real: f[N, F], N > max(k, density_k).
      fake: f[M, F], M > k.
      k: neighbours for precision and recall.
      density_k: neighbours for density and coverage.
      block: rows of the distance matrix in memory at a time; no part of the result.

    Returns:
      The four values.

    Raises:
      ValueError: bad shapes, too few examples for k, or values that are not finite.
    """
    if min(k, density_k) < 1:
        raise ValueError(f"k and density_k must be at least 1, not {k} and {density_k}")
    real, fake = pair(real, fake, least=k + 1)
    small, large = _radii(features(real, least=max(k, density_k) + 1), (k, density_k), block)
    fake_radius = _radii(fake, (k,), block)[0]
    precise = np.zeros(len(fake), bool)
    recalled, covered, inside = 0, 0, 0
    for rows, squared in _squared(real, fake, block):
        precise |= (squared <= small[rows, None]).any(0)
        recalled += int((squared <= fake_radius).any(1).sum())
        ball = squared <= large[rows, None]
        inside += int(ball.sum())
        covered += int(ball.any(1).sum())
    return Prdc(
        precision=float(precise.mean()),
        recall=recalled / len(real),
        density=inside / (density_k * len(fake)),
        coverage=covered / len(real),
    )


def nearest(queries: np.ndarray, points: np.ndarray, *, block: int = _BLOCK) -> tuple[np.ndarray, np.ndarray]:
    """The nearest point of each query.

    Args:
      queries: f[N, F].
      points: f[M, F].
      block: rows of the distance matrix in memory at a time; no part of the result.

    Returns:
      Its index, i64[N] in [0, M), and its distance, f64[N], computed from the difference of the two: 0 for a
      copy. Points at nearly equal distance (1e-8 of the features' scale) may stand for each other.

    Raises:
      ValueError: bad shapes, no examples, or values that are not finite.
    """
    queries, points = pair(queries, points)
    index = np.concatenate([squared.argmin(1) for _, squared in _squared(queries, points, block)])
    return index, np.linalg.norm(queries - points[index], axis=1)


def diversity(x: np.ndarray, *, most: int = 10_000, seed: int = 0, block: int = _BLOCK) -> float:
    """The mean distance between two distinct examples: 0 where all are the same.

    Args:
      x: f[N, F], N >= 2.
      most: examples; of a larger set a random subset of as many is taken, and all its pairs.
      seed: of the subset.
      block: rows of the distance matrix in memory at a time; no part of the result.

    Returns:
      At least 0, in the unit of the features: compare with that of real examples.

    Raises:
      ValueError: bad shapes, fewer than two examples, `most` below two, or values that are not finite.
    """
    if most < 2:
        raise ValueError(f"most must be at least 2, not {most}")
    x = features(x, least=2)
    if len(x) > most:
        x = x[np.random.default_rng(seed).choice(len(x), most, replace=False)]
    total = sum(float(np.sqrt(squared).sum()) for _, squared in _squared(x, x, block, itself=0))
    return total / (len(x) * (len(x) - 1))


def class_diversity(x: np.ndarray, label: np.ndarray, classes: int) -> np.ndarray:
    """`diversity` class by class: a class that has collapsed onto one image stands out.

    Args:
      x: f[N, F].
      label: i[N] in [0, C).
      classes: C.

    Returns:
      f64[C], at least 0; nan where a class has fewer than two examples.

    Raises:
      ValueError: bad shapes, no examples, not one label an example, or values that are not finite.
    """
    x, label = features(x), np.asarray(label)
    if label.shape != (len(x),):
        raise ValueError(f"labels must be [{len(x)}], one for each example, not {list(label.shape)}")
    parts = [x[label == c] for c in range(classes)]
    return np.array([diversity(part) if len(part) > 1 else np.nan for part in parts])


class Memorisation(NamedTuple):
    """Whether generated examples are copies of training examples, see `memorised`.

    Attributes:
      ratio: about 1 where they are as far from the training set as held-out real ones, near 0 for copies.
      copies: share of the generated examples that are as near to a training example as few held-out ones
        are; about `quantile` where nothing is copied, in [0, 1].
    """

    ratio: float
    copies: float


def memorised(
    generated: np.ndarray, train: np.ndarray, held_out: np.ndarray, *, quantile: float = 0.01
) -> Memorisation:
    """Compares distances to the nearest training example, of generated and of held-out real examples.

    The `ratio` is that of the two medians: some wild examples on either side do not move it, and neither do
    copies that are fewer than half. Those are seen by `copies`: the share of generated examples within the
    `quantile` of the held-out distances. Both in the spirit of Meehan et al. 2020 (arXiv:2004.05675). Low
    values need a look at the pairs (`nearest`): a collapse onto typical examples lowers them too.

    Args:
      generated: f[N, F].
      train: f[M, F], what the generator was trained on.
      held_out: f[T, F], real examples it has not seen; 1 / quantile or more, or the smallest decides.
      quantile: in (0, 1).

    Returns:
      The two values.

    Raises:
      ValueError: bad shapes, no examples, values that are not finite, `quantile` not in (0, 1), or half of
        the held-out examples are in the training set.
    """
    if not 0 < quantile < 1:
        raise ValueError(f"quantile must be in (0, 1), not {quantile}")
    distance, usual = nearest(generated, train)[1], nearest(held_out, train)[1]
    middle = float(np.median(usual))
    if not middle > 0:
        raise ValueError("half of the held-out examples are in the training set")
    copies = (distance <= np.quantile(usual, quantile)).mean()
    return Memorisation(ratio=float(np.median(distance)) / middle, copies=float(copies))


def _squared(
    a: np.ndarray, b: np.ndarray, block: int, *, itself: float | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """Squared distances: rows of `a` and f64[rows, M]. `itself` replaces the diagonal, where b is a."""
    centre = b.mean(0)  # what is far from the origin would lose its digits in the difference
    a, b = a - centre, b - centre
    norm_a, norm_b = np.square(a).sum(1), np.square(b).sum(1)
    for start in range(0, len(a), block):
        rows = slice(start, min(start + block, len(a)))
        squared = (-2 * a[rows]) @ b.T
        squared += norm_a[rows, None]
        squared += norm_b
        np.maximum(squared, 0, out=squared)
        if itself is not None:
            squared[np.arange(len(squared)), np.arange(rows.start, rows.stop)] = itself
        yield rows, squared


def _radii(x: np.ndarray, k: tuple[int, ...], block: int) -> list[np.ndarray]:
    """Squared distances to the k-th neighbours, one f64[N] for each k, with room for rounding."""
    parts = []
    for _, squared in _squared(x, x, block, itself=np.inf):
        parts.append(np.partition(squared, [n - 1 for n in k], axis=1)[:, [n - 1 for n in k]])
    slack = _SLACK * np.square(x - x.mean(0)).sum(1).max()
    return list(np.concatenate(parts).T + slack)
