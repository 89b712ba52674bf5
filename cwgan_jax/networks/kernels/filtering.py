"""Minimal filtering: 4x4 convolutions of stride 2 and padding 1 with 9 products where the direct form has 16.

After space-to-depth such a convolution has 2x2 taps and stride 1, and Winograd's F(2x2, 2x2) applies (Lavin
and Gray 2016, arXiv:1509.09308). In one dimension, two outputs from three inputs with three products:

  y0 = d0 g0 + d1 g1 = m0 + m1    m0 = (d0 - d1) g0
  y1 = d1 g0 + d2 g1 = m1 + m2    m1 = d1 (g0 + g1)
                                  m2 = (d2 - d1) g1

Nothing but sums and differences, so float32 loses no more than in the direct form, and every derivative is of
the same kind. In two dimensions the rows are transformed, then the columns. The transposed convolution is the
transpose, written out, so that its inputs and weights are read in the order in which they lie.
"""

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.products import Multiply


def conv(x: jax.Array, kernel: jax.Array, multiply: Multiply) -> jax.Array:
    """f[..., H, W, C] and f[4, 4, C, F] -> f[..., H/2, W/2, F]; H and W multiples of 4."""
    *lead, height, width, channels = x.shape
    features = kernel.shape[-1]
    tall, wide, axis = height // 4, width // 4, len(lead)
    # Pixels 4t-1 .. 4t+2 of each axis: an even and an odd pair.
    blocks = pad(x, (1, 3), (1, 3)).reshape(*lead, tall + 1, 2, 2, wide + 1, 2, 2, channels)

    def pairs(row: int, column: int) -> jax.Array:
        """The even (0) or odd (1) pairs of rows and of columns, pixels as channels."""
        part = jnp.swapaxes(phases[row][column], -4, -3)[..., : tall + 1 - row, : wide + 1 - column, :, :, :]
        return part.reshape(*part.shape[:-3], 4 * channels)

    phases = [_halves(rows, axis + 3) for rows in _halves(blocks, axis + 1)]
    by_row = zip(*(_differences(pairs(0, c), pairs(1, c), axis) for c in (0, 1)), strict=True)
    inputs = [_differences(even, odd, axis + 1) for even, odd in by_row]
    weights = _kernels(grouped(kernel, 2).reshape(2, 2, 4 * channels, features))
    outputs = [
        [multiply(x, w) for x, w in zip(*row, strict=True)] for row in zip(inputs, weights, strict=True)
    ]
    columns = [_pair_sums(list(column)) for column in zip(*outputs, strict=True)]
    pixels = [jnp.stack(_pair_sums([column[i] for column in columns]), -2) for i in (0, 1)]
    return jnp.stack(pixels, -4).reshape(*lead, height // 2, width // 2, features)


def conv_transpose(x: jax.Array, kernel: jax.Array, multiply: Multiply) -> jax.Array:
    """f[..., H, W, C] and f[4, 4, C, F] -> f[..., 2H, 2W, F]; H and W even."""
    *lead, height, width, channels = x.shape
    features = kernel.shape[-1]
    tall, wide, axis = height // 2, width // 2, len(lead)
    tiles = x.reshape(*lead, tall, 2, wide, 2, channels)
    even, odd = (_halves(rows, axis + 2) for rows in _halves(tiles, axis + 1))
    by_row = zip(*(_with_sum(*pair) for pair in zip(even, odd, strict=True)), strict=True)
    inputs = [_with_sum(even, odd) for even, odd in by_row]
    taps = jnp.swapaxes(grouped(kernel, 2), 2, 3).reshape(2, 2, channels, 4 * features)
    outputs = [
        [multiply(x, w) for x, w in zip(*row, strict=True)]
        for row in zip(inputs, _kernels(taps), strict=True)
    ]
    columns = [_spread(row, axis + 1) for row in outputs]  # (even, odd) pairs of columns for each row
    pairs = [_spread([column[c] for column in columns], axis) for c in (0, 1)]
    block = (*lead, tall + 1, wide + 1, 2, 2, features)
    rows = [jnp.stack([pairs[c][r].reshape(block) for c in (0, 1)], axis + 2) for r in (0, 1)]
    blocks = jnp.moveaxis(jnp.stack(rows, axis + 1), -3, axis + 2)
    full = blocks.reshape(*lead, 4 * (tall + 1), 4 * (wide + 1), features)
    return full[..., 1 : 1 + 2 * height, 1 : 1 + 2 * width, :]


def _halves(x: jax.Array, axis: int) -> list[jax.Array]:
    """The two slices of an axis of length 2; indexing would give a gradient padded with zeros for each."""
    return [jnp.squeeze(half, axis) for half in lax.split(x, (1, 1), axis)]


def _differences(even: jax.Array, odd: jax.Array, axis: int) -> list[jax.Array]:
    """d0 - d1, d1, d2 - d1 of every tile: d0 and d2 neighbouring even pairs, d1 the odd one between."""
    count = odd.shape[axis]
    before, behind = (lax.slice_in_dim(even, i, i + count, axis=axis) for i in (0, 1))
    return [before - odd, odd, behind - odd]


def _with_sum(first: jax.Array, second: jax.Array) -> list[jax.Array]:
    return [first, first + second, second]


def _pair_sums(terms: list[jax.Array]) -> list[jax.Array]:
    """The two outputs of a tile."""
    return [terms[0] + terms[1], terms[1] + terms[2]]


def _spread(terms: list[jax.Array], axis: int) -> tuple[jax.Array, jax.Array]:
    """The transpose of `_differences`: even and odd pairs, one more along `axis` (the last odd one zero)."""
    first, middle, last = terms
    return _shift(first, axis, 0) + _shift(last, axis, 1), _shift(middle - first - last, axis, 0)


def _shift(x: jax.Array, axis: int, place: int) -> jax.Array:
    """One longer along `axis`, from `place` on."""
    edges = [(0, 0, 0)] * x.ndim
    edges[axis] = (place, 1 - place, 0)
    return lax.pad(x, jnp.zeros((), x.dtype), edges)


def _kernels(taps: jax.Array) -> list[list[jax.Array]]:
    """f[2, 2, K, N] -> the 3x3 matrices f[K, N]: g0, g0 + g1, g1 in each direction."""
    first, second = (_halves(row, 0) for row in _halves(taps, 0))
    rows = zip(*(_with_sum(*pair) for pair in zip(first, second, strict=True)), strict=True)
    return [_with_sum(*row) for row in rows]


def pad(x: jax.Array, rows: tuple[int, int], columns: tuple[int, int]) -> jax.Array:
    """Pads (or, where negative, crops) height and width of `[..., H, W, C]` with zeros."""
    edges = [(0, 0, 0)] * (x.ndim - 3) + [(*rows, 0), (*columns, 0), (0, 0, 0)]
    return lax.pad(x, jnp.zeros((), x.dtype), edges)


def grouped(kernel: jax.Array, stride: int) -> jax.Array:
    """f[k, k, C, F] -> f[taps, taps, stride * stride, C, F], zeros filling up the last taps."""
    size, _, channels, features = kernel.shape
    taps = -(-size // stride)
    missing = taps * stride - size
    kernel = jnp.pad(kernel, ((0, missing), (0, missing), (0, 0), (0, 0)))
    kernel = kernel.reshape(taps, stride, taps, stride, channels, features)
    return jnp.swapaxes(kernel, 1, 2).reshape(taps, taps, stride * stride, channels, features)
