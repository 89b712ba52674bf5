"""Maps of twice and of half the size, alone and together with the convolution beside them.

Arrays are `[..., H, W, C]`. Two steps that are linear are one convolution: a 3x3 convolution of maps whose
places were repeated is a transposed 4x4 convolution of stride 2, and a 3x3 convolution whose results are
averaged over 2x2 places is a 4x4 convolution of stride 2. The sums of taps are made once, of the kernel. That
takes 16 products for four places where the two steps take 36, and 9 with minimal filtering (`filtering`).
"""

import jax
import jax.numpy as jnp

from cwgan_jax.networks.kernels.convolutions import AUTO, Method, conv, conv_transpose

_PLACES = (-3, -2)


def repeated(x: jax.Array) -> jax.Array:
    """Nearest neighbours: f[..., H, W, C] -> f[..., 2 H, 2 W, C]."""
    for axis in _PLACES:
        x = jnp.repeat(x, 2, axis)
    return x


def averaged(x: jax.Array) -> jax.Array:
    """Means of 2x2 places: f[..., H, W, C] -> f[..., H / 2, W / 2, C]; H and W are even."""
    *lead, height, width, channels = x.shape
    return x.reshape(*lead, height // 2, 2, width // 2, 2, channels).mean((-4, -2))


def repeated_conv(x: jax.Array, kernel: jax.Array, *, method: Method = AUTO) -> jax.Array:
    """The 3x3 convolution, padding 1, of `repeated(x)`.

    Args:
      x: f[..., H, W, C].
      kernel: f[3, 3, C, F].
      method: see `convolutions`.

    Returns:
      f[..., 2 H, 2 W, F].
    """
    if method.chosen() == "xla":  # whose transposed convolutions are slow
        return conv(repeated(x), kernel, stride=1, padding=1, method=method)
    # Place i reaches the outputs 2i - 1 .. 2i + 2, through one tap or through two.
    taps = _overlapped(kernel[::-1, ::-1])
    return conv_transpose(x, taps, stride=2, padding=1, method=method)


def conv_averaged(x: jax.Array, kernel: jax.Array, *, method: Method = AUTO) -> jax.Array:
    """`averaged` of the 3x3 convolution, padding 1, of x.

    Args:
      x: f[..., H, W, C]; H and W are even.
      kernel: f[3, 3, C, F].
      method: see `convolutions`.

    Returns:
      f[..., H / 2, W / 2, F].
    """
    if method.chosen() == "xla":
        return averaged(conv(x, kernel, stride=1, padding=1, method=method))
    return conv(x, _overlapped(kernel) / 4, stride=2, padding=1, method=method)


def _overlapped(kernel: jax.Array) -> jax.Array:
    """f[3, 3, C, F] -> f[4, 4, C, F]: along each axis the sum of the taps and of the taps one place on."""
    for axis in (0, 1):
        edges = [[(0, 0)] * axis + [edge] + [(0, 0)] * (3 - axis) for edge in ((0, 1), (1, 0))]
        kernel = jnp.pad(kernel, edges[0]) + jnp.pad(kernel, edges[1])
    return kernel
