"""Filters from wavelets, as matrices: what a picture's edges do is part of the matrix.

A picture goes on beyond its edges as in a mirror that stands on the outermost pixels, without repeating them
(period 2 (N - 1)), at any distance. Filtering along an axis is then a product with a constant matrix, fast
and exactly differentiable, and its transpose is another one.
"""

import functools

import numpy as np
from numpy.typing import ArrayLike

Matrix = np.ndarray

# Symlets, Daubechies 1992, Table 8.3 (https://wavelets.pybytes.com): orthonormal low-pass filters.
SYM6 = np.array(
    [
        *(0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633),
        *(0.4910559419267466, 0.787641141030194, 0.3379294217276218, -0.07263752278646252),
        *(-0.021060292512300564, 0.04472490177066578, 0.0017677118642428036, -0.007800708325034148),
    ]
)
SYM2 = np.array([-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025])
PAD = len(SYM6) // 4  # pixels beyond each edge that `down` reads, Hz_pad in the paper's code
BANDS = 4


def mirrored(place: ArrayLike, length: int) -> np.ndarray:
    """The places i[...] in [0, length) that stand for places anywhere."""
    last = max(length - 1, 1)
    return np.minimum(last - np.abs(np.mod(place, 2 * last) - last), length - 1)


@functools.cache
def up(length: int) -> Matrix:
    """f64[4 (N - 1), N]: one period of the picture without end, twice as fine, through sym6.

    Row n is at the place n / 2: sum_j sqrt(2) h_j z_(n + 5 - j), where z_(2 m) is pixel m and the places
    between are zero. A whole period, as sym6 is not symmetric: the mirrored half is none of the other's.
    """
    period = 4 * (length - 1)
    matrix = np.zeros((period, length))
    for j, tap in enumerate(SYM6):
        rows = np.arange((j + 1) % 2, period, 2)
        matrix[rows, mirrored((rows + 5 - j) // 2, length)] += np.sqrt(2) * tap
    return matrix


@functools.cache
def down(length: int) -> Matrix:
    """f64[N, 2 N + 12]: back to N pixels, with the same filter.

    Column q is at the place q / 2 - 3, so that three pixels beyond each edge are read. After `up` it gives
    the pixels themselves: sym6 is orthonormal.
    """
    matrix = np.zeros((length, 2 * length + 4 * PAD))
    for m in range(length):
        matrix[m, 2 * m + 1 : 2 * m + 1 + len(SYM6)] = SYM6 / np.sqrt(2)
    return matrix


def bands() -> np.ndarray:
    """f64[4, 43]: taps of four neighbouring frequency bands, the lowest first, which add up to a picture.

    With L(z) = H(z) H(1/z) / 2 of sym2 and L(z) + L(-z) = 1, the bands are L(z) L(z^2) L(z^4),
    L(z) L(z^2) L(-z^4), L(z) L(-z^2) and L(-z).
    """
    low = np.convolve(SYM2, SYM2[::-1]) / 2
    high = low * (-1.0) ** np.arange(-3, 4)
    high[3] = low[3]  # of the two centres' sum of 1, one half each
    result, before = [], np.ones(1)
    for level in range(BANDS - 1):
        result.append(np.convolve(before, _spread(high, 2**level)))
        before = np.convolve(before, _spread(low, 2**level))
    taps = [before, *result[::-1]]
    longest = len(before)
    return np.array([np.pad(each, (longest - len(each)) // 2) for each in taps])


@functools.cache
def band_matrices(length: int) -> np.ndarray:
    """f64[4, N, N]: each band along an axis of N pixels, the edges mirrored; their sum is the identity."""
    taps = bands()
    matrices, half = np.zeros((BANDS, length, length)), taps.shape[1] // 2
    for n in range(length):
        for j in range(taps.shape[1]):
            matrices[:, n, mirrored(n + j - half, length)] += taps[:, j]
    return matrices


def _spread(taps: np.ndarray, step: int) -> np.ndarray:
    """The taps of a filter of z^step: zeros between them."""
    spread = np.zeros(step * (len(taps) - 1) + 1)
    spread[::step] = taps
    return spread
