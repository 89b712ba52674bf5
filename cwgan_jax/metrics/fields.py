"""Figures of generated fields (two axes of space) and volumes (three) against held-out real ones."""

import numpy as np

from cwgan_jax.metrics import signals, spectra
from cwgan_jax.metrics.figure import Figure

FIGURES = {
    "spectrum": Figure(
        "distance of the spectra, dB",
        "near floor",
        "log spectral distance of the radially averaged power spectra",
    ),
    **{name: signals.FIGURES[name] for name in ("values", "channels")},
    "nearest": Figure(
        "distance to training fields", "near floor", "median to the nearest, over held-out ones'; 0: copies"
    ),
}


def light(real: np.ndarray, generated: np.ndarray) -> dict[str, float]:
    """The figures that take little time.

    Args:
      real: standardised fields f[N, H, W, D], or volumes f[N, X, Y, Z, D].
      generated: as many or more or fewer.

    Returns:
      By the names of `FIGURES`; `channels` only where there are several.

    Raises:
      ValueError: shapes that do not fit, or values that are not finite.
    """
    values = {
        "spectrum": spectra.spectral_distance(spectra.power(real), spectra.power(generated)),
        "values": spectra.value_distance(real, generated),
        "channels": spectra.channel_gap(real, generated),
    }
    return {name: value for name, value in values.items() if np.isfinite(value)}


def figures(train: np.ndarray, test: np.ndarray, generated: np.ndarray) -> dict[str, float]:
    """All figures of generated fields; see `signals.figures`."""
    values = light(test, generated)
    if generated is not train:
        values["nearest"] = spectra.nearness(train, test, generated)
    return values
