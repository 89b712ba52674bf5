"""Maps blurred, halved and doubled with the filter [1, 3, 3, 1], of Karras et al. 2020 (arXiv:1912.04958).

Arrays are f[..., H, W, C]. Beyond the border there are zeros, as in StyleGAN2's own code.
"""

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.axes import pad

_AXES = (-3, -2)


def blur(x: jax.Array, padding: tuple[int, int], *, gain: float = 1.0) -> jax.Array:
    """Convolves both axes with [1, 3, 3, 1] / 8.

    Args:
      x: f[..., H, W, C].
      padding: zeros before the first place of each axis and behind the last one.
      gain: of each axis; 2 where every other place holds a zero that upsampling has put there.

    Returns:
      f[..., H + sum(padding) - 3, W + sum(padding) - 3, C].
    """
    x = pad(x, padding, padding)
    for axis in _AXES:
        length = x.shape[axis] - 3
        outer, inner = (
            lax.slice_in_dim(x, i, i + length, axis=axis) + lax.slice_in_dim(x, j, j + length, axis=axis)
            for i, j in ((0, 3), (1, 2))
        )
        x = gain / 8 * outer + 3 * gain / 8 * inner
    return x


def downsample(x: jax.Array) -> jax.Array:
    """Half as large, the filter's middle between the two places of a pair: f[..., H // 2, W // 2, C]."""
    for axis in _AXES:
        half, full = x.shape[axis] // 2, _padded(x, axis, (1, 2))
        first, second, third, last = (
            lax.slice_in_dim(full, i, i + 2 * half - 1, stride=2, axis=axis) for i in range(4)
        )
        x = (first + last) / 8 + (second + third) * 3 / 8
    return x


def upsample(x: jax.Array, lengths: tuple[int, ...]) -> jax.Array:
    """Twice as large, or by a place more: f[..., H, W, C] -> f[..., *lengths, C].

    Zeros between the places and the filter with a gain of 2 make every new place 3/4 of the nearest old one
    and 1/4 of the next.
    """
    for axis, length in zip(_AXES, lengths, strict=True):
        count, full = x.shape[axis], _padded(x, axis, (1, 1))
        before, behind = (lax.slice_in_dim(full, i, i + count, axis=axis) for i in (0, 2))
        pairs = jnp.stack([before / 4 + x * 3 / 4, x * 3 / 4 + behind / 4], axis)  # behind the old axis
        shape = [*x.shape[:axis], 2 * count, *x.shape[axis + 1 :]]
        further = lax.slice_in_dim(x, count - 1, count, axis=axis) / 4  # how far the last place reaches
        x = pairs.reshape(shape)
        if length > 2 * count:
            x = jnp.concatenate([x, further], axis)
    return x


def _padded(x: jax.Array, axis: int, edges: tuple[int, int]) -> jax.Array:
    """Zeros before the first place of one axis and behind the last one."""
    return pad(x, *(edges if other == axis else (0, 0) for other in _AXES))
