"""What examples on a regular grid have in common: power spectra, autocorrelations, the values they take.

For one axis of space or time (signals), two (fields) or three (volumes), before the axis of channels.
"""

import math

import numpy as np

from cwgan_jax.metrics.neighbours import nearest

MOST = 2_000  # examples of either side that are compared
_BLOCK = 2**24  # numbers that are transformed at a time
_VALUES = 500_000  # values of a channel, from which its distribution is taken
_FLOOR = 1e-6  # of the mean power: 60 dB below it, a spectrum counts as empty


def grid(x: np.ndarray) -> np.ndarray:
    """Checks examples [N, ..., D]: at most 2,000 of them, evenly chosen, as f64.

    Raises:
      ValueError: there are none, they have no axis of space or time, or they are not finite.
    """
    if x.ndim < 3 or not x.size:
        raise ValueError(f"examples must be [N, ..., D] with at least one axis between, not {list(x.shape)}")
    chosen = np.linspace(0, len(x) - 1, min(len(x), MOST)).astype(int)
    x = np.asarray(x[chosen], np.float64)
    if not np.isfinite(x).all():
        raise ValueError("examples must be finite")
    return x


def power(x: np.ndarray) -> np.ndarray:
    """The mean power spectral density, averaged over all directions.

    Each example, less its mean, is multiplied by a Hann window along each axis, so that what does not meet at
    the ends does not spread over the spectrum. In one dimension this is the two-sided periodogram of
    `scipy.signal.periodogram(window="hann", detrend="constant")`; in more the powers are averaged over rings
    (shells) of the frequency's absolute value, one cycle along the longest axis wide.

    Args:
      x: f[N, ..., D].

    Returns:
      f64[K, D]: of 1, 2, ... K cycles along the longest axis, up to half a cycle a step. White noise of
      variance 1 has 1 everywhere.
    """
    x, shape = grid(x), x.shape[1:-1]
    axes = tuple(range(1, 1 + len(shape)))
    window = np.ones(1)
    for length in shape:  # as scipy's: periodic
        window = window[..., None] * np.hanning(length + 1)[:-1] if length > 1 else window[..., None]
    window = window.reshape(*shape, 1)
    total = np.zeros((*shape, x.shape[-1]))
    for block in np.array_split(x, max(1, math.ceil(x.size / _BLOCK))):
        centred = (block - block.mean(axes, keepdims=True)) * window
        total += np.square(np.abs(np.fft.fftn(centred, axes=axes))).sum(0)
    return _rings(total / (len(x) * np.square(window).sum()), shape)


def _rings(density: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """f64[..., D] of every frequency -> its means f64[K, D] over those of nearly the same absolute value."""
    longest = max(shape)
    squares = [np.square(np.fft.fftfreq(length)) for length in shape]
    radius = np.sqrt(sum(np.meshgrid(*squares, indexing="ij"))).ravel()
    ring = np.rint(radius * longest).astype(int)
    flat, count = density.reshape(-1, density.shape[-1]), longest // 2
    members = np.bincount(ring, minlength=count + 1)[1 : count + 1]
    sums = [np.bincount(ring, channel, minlength=count + 1)[1 : count + 1] for channel in flat.T]
    return np.stack(sums, 1) / members[:, None]


def spectral_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The log spectral distance of two densities f64[K, D], in dB.

    The root of the mean square difference of their logarithms (Gray and Markel 1976), over all frequencies
    and channels. What lies 60 dB below the mean power of `a`, or more, counts as that.
    """
    least = _FLOOR * a.mean(0)
    ratio = np.log10(np.maximum(a, least)) - np.log10(np.maximum(b, least))
    return float(10 * np.sqrt(np.square(ratio).mean()))


def autocorrelation(x: np.ndarray) -> np.ndarray:
    """Of signals f[N, L, D]: how alike a signal and itself are some steps later.

    Returns:
      f64[L // 2, D] for 1, 2, ... steps: sum_t x_t x_(t+s) over sum_t x_t^2, each summed over all signals
      less their means; in [-1, 1]. (The biased estimate, which goes to zero at long lags.)
    """
    x = grid(x)
    length = x.shape[1]
    centred = x - x.mean(1, keepdims=True)
    spectrum = np.square(np.abs(np.fft.rfft(centred, 2 * length, axis=1))).sum(0)
    products = np.fft.irfft(spectrum, axis=0)[: length // 2 + 1]
    return products[1:] / np.maximum(products[0], np.finfo(float).tiny)


def value_distance(a: np.ndarray, b: np.ndarray) -> float:
    """W1 between the values that two sets f[N, ..., D] take, mean over the channels.

    In their unit; of at most 500,000 values of each channel and set, chosen at random, always the same ones.
    """
    from scipy import stats  # slow to import

    def some(x: np.ndarray, channel: int) -> np.ndarray:
        values = x[..., channel].ravel()
        if len(values) <= _VALUES:
            return values
        return values[np.random.default_rng(0).integers(0, len(values), _VALUES)]

    a, b = grid(a), grid(b)
    each = [stats.wasserstein_distance(some(a, i), some(b, i)) for i in range(a.shape[-1])]
    return float(np.mean(each))


def channel_gap(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference of the correlations between channels, in [0, 2]; NaN of a single channel.

    Channels that are constant are correlated with none.
    """
    channels = a.shape[-1]
    if channels < 2:
        return math.nan
    pairs = np.triu_indices(channels, 1)
    matrices = [_correlations(grid(x).reshape(-1, channels))[pairs] for x in (a, b)]
    return float(np.abs(matrices[0] - matrices[1]).mean())


def _correlations(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(0)
    deviation = np.sqrt(np.square(centred).mean(0))
    scaled = centred / np.where(deviation > 0, deviation, 1)
    return scaled.T @ scaled / len(x)


def nearness(train: np.ndarray, test: np.ndarray, generated: np.ndarray) -> float:
    """How near examples lie to the training examples, as a share of how near held-out ones lie.

    The median distance to the nearest training example, over the same median of held-out examples: about 1
    where nothing is copied, 0 where all are copies.
    """
    sides = [grid(x).reshape(min(len(x), MOST), -1) for x in (generated, test)]
    points = np.asarray(train, np.float64).reshape(len(train), -1)
    own, real = (float(np.median(nearest(x, points)[1])) for x in sides)
    return own / real if real > 0 else math.nan
