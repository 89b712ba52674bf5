"""Modulated convolutions (Karras et al. 2020, arXiv:1912.04958, Section 2.2).

A style gives each input channel of each example a scale, and demodulation brings the kernels so scaled back
to unit length. That can be done to the kernels, which are then different ones for each example, or to the
activations: the inputs times the scales, one kernel for all, and the outputs times the demodulation, which is
the same thing, and done here. For 32 examples of 32x32 and 16 to 64 channels a matrix product for each
example takes as long on a CPU, 0.8 to 1.4 times, but at 512 channels it would have 300 MB of kernels a layer;
a grouped convolution of XLA's takes fifty times as long (`benchmarks/modulated.py`, two busy cores).
"""

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.convolutions import AUTO, Method, conv, conv_transpose
from cwgan_jax.networks.kernels.products import matmul
from cwgan_jax.networks.kernels.smoothing import blur

_TINY = 1e-8


def modulated_conv(
    x: jax.Array, kernel: jax.Array, scale: jax.Array, *, demodulate: bool = True, method: Method = AUTO
) -> jax.Array:
    """Convolves each example with a kernel of its own, without changing the size.

    Args:
      x: f[B, H, W, C].
      kernel: f[k, k, C, F], k odd.
      scale: f[B, C], each example's scales of its input channels (Eq. 1).
      demodulate: whether the scaled kernel of each output is divided by its length (Eq. 3).
      method: see `kernels.convolutions`.

    Returns:
      f[B, H, W, F].
    """
    padding = kernel.shape[0] // 2
    y = conv(_scaled(x, scale), kernel, stride=1, padding=padding, method=method)
    return _scaled(y, demodulation(kernel, scale)) if demodulate else y


def modulated_upsampling(
    x: jax.Array, kernel: jax.Array, scale: jax.Array, lengths: tuple[int, ...], *, method: Method = AUTO
) -> jax.Array:
    """As `modulated_conv` with demodulation, to maps twice as large, or by a place more.

    Args:
      x: f[B, H, W, C].
      kernel: f[3, 3, C, F]; each place of x is spread over it, as in a transposed convolution.
      scale: f[B, C].
      lengths: of the result's axes.
      method: see `kernels.convolutions`.

    Returns:
      f[B, *lengths, F].
    """
    y = doubled(_scaled(x, scale), kernel, lengths, method=method)
    return _scaled(y, demodulation(kernel, scale))


def doubled(x: jax.Array, kernel: jax.Array, lengths: tuple[int, ...], *, method: Method = AUTO) -> jax.Array:
    """Upsampling and a 3x3 convolution in one, then the filter [1, 3, 3, 1]: f[..., *lengths, F]."""
    y = conv_transpose(x, kernel, stride=2, padding=0, method=method)  # 2 H + 1
    behind = 1 + max(length % 2 for length in lengths)
    y = blur(y, (1, behind), gain=2)
    return y[..., : lengths[0], : lengths[1], :]


def demodulation(kernel: jax.Array, scale: jax.Array) -> jax.Array:
    """One over the length of each output's scaled kernel, f[B, F]; the arguments of `modulated_conv`."""
    squares = jnp.square(kernel).sum((0, 1))
    return lax.rsqrt(matmul(jnp.square(scale), squares) + _TINY)


def _scaled(x: jax.Array, scale: jax.Array) -> jax.Array:
    """Each channel of each example times its scale: f[B, H, W, C], f[B, C]."""
    return x * jnp.broadcast_to(scale[:, None, None], x.shape)
