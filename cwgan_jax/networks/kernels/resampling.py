"""Maps of twice and of half the size, alone and together with the convolution beside them.

Arrays are `[..., H, W, C]`. Two steps that are linear are one convolution: a 3x3 convolution of maps whose
places were repeated is a transposed 4x4 convolution of stride 2, and a 3x3 convolution whose results are
averaged over 2x2 places is a 4x4 convolution of stride 2. The sums of taps are made once, of the kernel. That
takes 16 products for four places where the two steps take 36, and 9 with minimal filtering (`filtering`).
"""

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.axes import pad
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


def smoothly_doubled(x: jax.Array) -> jax.Array:
    """Twice the size by the filter [1, 3, 3, 1] / 4 along each axis, zeros outside.

    That is linear interpolation between the centres of the places, but for the border.

    Args:
      x: f[..., H, W, C].

    Returns:
      f[..., 2 H, 2 W, C].
    """
    for axis in _PLACES:
        before, behind = _neighbours(x, axis)
        pairs = jnp.stack([(before + 3 * x) / 4, (3 * x + behind) / 4], axis)
        shape = list(x.shape)
        shape[axis] *= 2
        x = pairs.reshape(shape)
    return x


def smoothly_halved(x: jax.Array) -> jax.Array:
    """Half the size by the filter [1, 3, 3, 1] / 8 along each axis, zeros outside.

    Args:
      x: f[..., H, W, C]; H and W are even.

    Returns:
      f[..., H / 2, W / 2, C].
    """
    for axis in _PLACES:
        shape = list(x.shape)
        shape[axis : axis + 1] = [shape[axis] // 2, 2]
        even, odd = (jnp.squeeze(half, axis) for half in lax.split(x.reshape(shape), (1, 1), axis))
        x = (_neighbours(odd, axis)[0] + 3 * (even + odd) + _neighbours(even, axis)[1]) / 8
    return x


def _overlapped(kernel: jax.Array) -> jax.Array:
    """f[3, 3, C, F] -> f[4, 4, C, F]: along each axis the sum of the taps and of the taps one place on."""
    for axis in (0, 1):
        edges = [[(0, 0)] * axis + [edge] + [(0, 0)] * (3 - axis) for edge in ((0, 1), (1, 0))]
        kernel = jnp.pad(kernel, edges[0]) + jnp.pad(kernel, edges[1])
    return kernel


def _neighbours(x: jax.Array, axis: int) -> tuple[jax.Array, jax.Array]:
    """What lies one place before, and one behind, along an axis (-3 or -2); zeros outside."""

    def moved(edge: tuple[int, int]) -> jax.Array:
        return pad(x, *(edge if each == axis else (0, 0) for each in _PLACES))

    return moved((1, -1)), moved((-1, 1))
