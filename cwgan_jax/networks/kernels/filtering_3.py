"""Minimal filtering: convolutions of 3 taps, stride 1 and padding 1 with fewer products than taps.

Winograd's F(2, 3) (Lavin and Gray 2016, arXiv:1509.09308, Section 4.1): in one dimension, two outputs from
four inputs with four products where the direct form has six:

  y0 = d0 g0 + d1 g1 + d2 g2 = m0 + m1 + m2    m0 = (d0 - d2) g0    m1 = (d1 + d2) (g0 + g1 + g2) / 2
  y1 = d1 g0 + d2 g1 + d3 g2 = m1 - m2 - m3    m3 = (d1 - d3) g2    m2 = (d2 - d1) (g0 - g1 + g2) / 2

Axes are transformed one after the other, as in `filtering`: 16 products where the direct form has 36 in two
dimensions, 64 where it has 216 in three.
"""

import jax
from jax import lax

from cwgan_jax.networks.kernels import axes as axes_
from cwgan_jax.networks.kernels.axes import pad
from cwgan_jax.networks.kernels.filtering import along, halves, only, products, stacked, start
from cwgan_jax.networks.kernels.products import Multiply


def conv(x: jax.Array, kernel: jax.Array, multiply: Multiply) -> jax.Array:
    """f[..., *lengths, C] and f[3, ..., C, F] -> f[..., *lengths, F]; lengths are even."""
    axes = axes_.count(kernel)
    lead, lengths, channels = x.shape[: -1 - axes], x.shape[-1 - axes : -1], x.shape[-1]
    tiles, first = [length // 2 for length in lengths], len(lead)
    # Places 2t-1 .. 2t+2 of each axis: two pairs.
    parts = (size for n in tiles for size in (n + 1, 2))
    inputs = start(pad(x, *[(1, 1)] * axes).reshape(*lead, *parts, channels), axes)
    for axis in range(axes):
        inputs = along(inputs, axis, halves, first + 1 + axis)
    for axis in range(axes):
        inputs = along(inputs, axis, _differences, first + axis)
    weights = start(kernel, axes)
    for axis in range(axes):
        weights = along(weights, axis, _taps)
    outputs = products(inputs, weights, multiply)
    for axis in range(axes):
        outputs = along(outputs, axis, _pair)
    for axis in reversed(range(axes)):  # from the last axis on, each pair behind the tiles of its own
        outputs = along(outputs, axis, stacked, 2 * (axis - axes))
    return only(outputs).reshape(*lead, *lengths, -1)


def _differences(pairs: list[jax.Array], axis: int) -> list[jax.Array]:
    """d0 - d2, d1 + d2, d2 - d1, d1 - d3 of every tile, from even and odd places."""
    even, odd = pairs
    count = odd.shape[axis] - 1
    d0, d2 = (lax.slice_in_dim(even, i, i + count, axis=axis) for i in (0, 1))
    d1, d3 = (lax.slice_in_dim(odd, i, i + count, axis=axis) for i in (0, 1))
    return [d0 - d2, d1 + d2, d2 - d1, d1 - d3]


def _taps(one: list[jax.Array]) -> list[jax.Array]:
    """f[3, ...] -> g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2."""
    (kernel,) = one
    g0, g1, g2 = (part[0] for part in lax.split(kernel, (1, 1, 1), 0))
    outer = g0 + g2
    return [g0, (outer + g1) / 2, (outer - g1) / 2, g2]


def _pair(terms: list[jax.Array]) -> list[jax.Array]:
    """The two outputs of a tile."""
    m0, m1, m2, m3 = terms
    return [m0 + m1 + m2, m1 - m2 - m3]
