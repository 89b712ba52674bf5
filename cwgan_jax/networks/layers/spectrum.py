"""The short-time power spectrum of signals as a product with a matrix, which has derivatives of any order."""

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax.networks.kernels.convolutions import Method, conv

# Power that counts as silence; white noise of variance 1, as standardised signals have it, has power 1. Below
# it the logarithm is nearly linear in the power, so that no derivative is infinite where there is silence:
# that of `log_spectrum` by a frame's amplitude is at most 1 / sqrt(SILENCE) / log1p(1 / SILENCE) = 4.6.
SILENCE = 1e-3


def log_spectrum(signal: jax.Array, hop: int) -> jax.Array:
    """The logarithm of the power of each frequency in overlapping frames.

    Frames of 2 hop samples under a Hann window, every hop samples, the first one half outside of the signal:
    what `torch.stft` gives with `center=False` for a signal padded with hop / 2 zeros on both sides.

    Args:
      signal: f[..., L, D].
      hop: an even number, at most L.

    Returns:
      f[..., L // hop, D (hop + 1)], each channel's frequencies from 0 to a half: log1p(power / SILENCE) over
      log1p(1 / SILENCE), so 0 for silence and about 1 for white noise of variance 1.
    """
    matrix = jnp.asarray(_fourier(2 * hop)[:, None], signal.dtype)
    alone = jnp.moveaxis(signal, -1, -2)[..., None]  # each channel a signal of its own
    both = conv(alone, matrix, stride=hop, padding=hop // 2, method=Method("matmul"))
    real, imaginary = jnp.split(both, 2, -1)
    power = jnp.square(real) + jnp.square(imaginary)
    level = jnp.log1p(power / SILENCE) / np.log1p(1 / SILENCE)
    level = jnp.moveaxis(level, -3, -2)
    return level.reshape(*level.shape[:-2], -1)


def _fourier(window: int) -> np.ndarray:
    """f64[window, 2 (window / 2 + 1)]: cosines, then sines, under a Hann window of length 1."""
    place = np.arange(window)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * place / window)
    # The phase modulo one turn first: exact, where the product alone loses digits.
    turns = np.outer(place, np.arange(window // 2 + 1)) % window
    angle = 2 * np.pi * turns / window
    return np.concatenate([np.cos(angle), -np.sin(angle)], 1) * (hann / np.linalg.norm(hann))[:, None]
