"""Figures of generated signals against held-out real ones."""

import numpy as np

from cwgan_jax.metrics import spectra
from cwgan_jax.metrics.figure import Figure

FIGURES = {
    "spectrum": Figure(
        "distance of the spectra, dB", "near floor", "log spectral distance of the mean power spectra"
    ),
    "autocorrelation": Figure(
        "distance of the autocorrelations",
        "near floor",
        "root mean square over the steps, correlations in [-1, 1]",
    ),
    "values": Figure(
        "distance of the values (W1)", "near floor", "mean over the channels, in standard deviations"
    ),
    "channels": Figure(
        "difference of the channels' correlations",
        "near floor",
        "mean over the pairs, correlations in [-1, 1]",
    ),
    "nearest": Figure(
        "distance to training signals", "near floor", "median to the nearest, over held-out ones'; 0: copies"
    ),
}


def light(real: np.ndarray, generated: np.ndarray) -> dict[str, float]:
    """The figures that take little time.

    Args:
      real: standardised signals f[N, L, D].
      generated: as many or more or fewer, f[M, L, D].

    Returns:
      By the names of `FIGURES`; `channels` only where there are several.

    Raises:
      ValueError: shapes that do not fit, or values that are not finite.
    """
    lags = spectra.autocorrelation(real) - spectra.autocorrelation(generated)
    values = {
        "spectrum": spectra.spectral_distance(spectra.power(real), spectra.power(generated)),
        "autocorrelation": float(np.sqrt(np.square(lags).mean())),
        "values": spectra.value_distance(real, generated),
        "channels": spectra.channel_gap(real, generated),
    }
    return {name: value for name, value in values.items() if np.isfinite(value)}


def figures(train: np.ndarray, test: np.ndarray, generated: np.ndarray) -> dict[str, float]:
    """All figures of generated signals; the floor is that of training signals in their place.

    Args:
      train: standardised real signals f[N, L, D] that the generator was trained on.
      test: held-out real ones.
      generated: generated ones, or, for the floor, `train` itself.

    Returns:
      As `light`, against the held-out ones; `nearest` is left out where `generated` is `train`.
    """
    values = light(test, generated)
    if generated is not train:
        values["nearest"] = spectra.nearness(train, test, generated)
    return values
