"""Distances between two sets of features, as distributions: Frechet and kernel."""

from typing import NamedTuple

import numpy as np

_BLOCK = 512  # rows of a kernel matrix in memory at a time


class Moments(NamedTuple):
    """What the Frechet distance takes of a set: of the real images it is computed once.

    Attributes:
      examples: N.
      mean: f64[F].
      covariance: f64[F, F], unbiased (divided by N - 1).
    """

    examples: int
    mean: np.ndarray
    covariance: np.ndarray


def features(x: np.ndarray, *, least: int = 1) -> np.ndarray:
    """Checks a set of features.

    Args:
      x: f[N, F].
      least: examples.

    Returns:
      f64[N, F].

    Raises:
      ValueError: not two axes, fewer examples than `least`, or a value that is not finite.
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError(f"features must be [N, F], not {list(x.shape)}")
    if len(x) < least:
        raise ValueError(f"at least {least} examples are needed, not {len(x)}")
    if not np.isfinite(x).all():
        raise ValueError("features must be finite")
    return x


def pair(a: np.ndarray, b: np.ndarray, *, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Checks two sets of features, see `features`; ValueError too where their F differs."""
    a, b = features(a, least=least), features(b, least=least)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"sets of {a.shape[1]} and {b.shape[1]} features cannot be compared")
    return a, b


def moments(x: np.ndarray) -> Moments:
    """Mean and covariance of a set: f[N, F], N >= 2. ValueError as for `features`."""
    x = features(x, least=2)
    return Moments(len(x), x.mean(0), np.cov(x, rowvar=False).reshape(x.shape[1], x.shape[1]))


def frechet_of(a: Moments, b: Moments) -> float:
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), Eq. 6 of Heusel et al. 2017 (arXiv:1706.08500).

    With C = S S^T for each set, the trace of (C_a C_b)^(1/2) is the sum of the singular values of S_a^T S_b.
    The roots S come from symmetric eigenvectors: they exist for singular covariances too, and stay real,
    where a general matrix root (sqrtm) can fail or come out complex.

    Args:
      a: moments of F features.
      b: likewise.

    Returns:
      At least 0, where rounding would leave it a little below: the squared Frechet (2-Wasserstein) distance
      of the two Gaussians with these moments.

    Raises:
      ValueError: F differs.
    """
    if a.mean.shape != b.mean.shape:
        raise ValueError(f"sets of {len(a.mean)} and {len(b.mean)} features cannot be compared")
    shift = np.square(a.mean - b.mean).sum()
    overlap = np.linalg.svd(_root(a.covariance).T @ _root(b.covariance), compute_uv=False).sum()
    return max(0.0, float(shift + np.trace(a.covariance) + np.trace(b.covariance) - 2 * overlap))


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Frechet distance of two sets of features: FID, where the features are those of Inception.

    Biased upwards at small N, the more the greater F, and differently for different generators (Binkowski et
    al. 2018, arXiv:1801.01401, Sec. 4): two samples of one distribution are not at distance 0. Compare at
    equal N only, and with the value of two real sets of that size. `kernel` has no bias.

    Args:
      a: f[N, F], N >= 2.
      b: f[M, F], M >= 2.

    Returns:
      At least 0, see `frechet_of`.

    Raises:
      ValueError: bad shapes, fewer than two examples, or values that are not finite.
    """
    a, b = pair(a, b, least=2)
    return frechet_of(moments(a), moments(b))


def kernel(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased squared MMD with k(x, y) = (x.y / F + 1)^3: KID, where the features are those of Inception.

    Binkowski et al. 2018 (arXiv:1801.01401, Eq. 4 and Sec. 4); Gretton et al. 2012, Eq. 3.

    Args:
      a: f[N, F], N >= 2.
      b: f[M, F], M >= 2.

    Returns:
      Its expectation is 0 for two independent samples of one distribution; a single value may be below 0.
      Sets of equally many images of each class are no such samples: theirs lies a little below 0, because
      pairs of one class are rarer within a set than between sets.

    Raises:
      ValueError: bad shapes, fewer than two examples, or values that are not finite.
    """
    a, b = pair(a, b, least=2)
    n, m = len(a), len(b)
    within_a = (_kernel_sum(a, a) - _kernel_diagonal(a).sum()) / (n * (n - 1))
    within_b = (_kernel_sum(b, b) - _kernel_diagonal(b).sum()) / (m * (m - 1))
    return float(within_a + within_b - 2 * _kernel_sum(a, b) / (n * m))


def _root(covariance: np.ndarray) -> np.ndarray:
    """S with S S^T = C."""
    value, vector = np.linalg.eigh(covariance)
    return vector * np.sqrt(np.maximum(value, 0))


def _kernel_sum(a: np.ndarray, b: np.ndarray) -> float:
    blocks = (a[i : i + _BLOCK] @ b.T / a.shape[1] + 1 for i in range(0, len(a), _BLOCK))
    # As a product: numpy's ** 3 takes several times as long.
    return sum(float((np.square(block) * block).sum()) for block in blocks)


def _kernel_diagonal(x: np.ndarray) -> np.ndarray:
    return (np.square(x).mean(1) + 1) ** 3
