"""The spatial axes of arrays `[..., *axes, C]`: padding them, and cutting them into blocks."""

import jax
import jax.numpy as jnp
from jax import lax


def count(kernel: jax.Array) -> int:
    """The number of spatial axes that a kernel f[*sizes, C, F] runs over."""
    return kernel.ndim - 2


def pad(x: jax.Array, *edges: tuple[int, int]) -> jax.Array:
    """Pads (or, where negative, crops) the spatial axes with zeros: (before, behind) of each."""
    every = [(0, 0, 0)] * (x.ndim - 1 - len(edges)) + [(*edge, 0) for edge in edges] + [(0, 0, 0)]
    return lax.pad(x, jnp.zeros((), x.dtype), every)


def apart(x: jax.Array, axes: int, behind: int = 1) -> jax.Array:
    """Counts before places: f[..., n, s, m, t, *] -> f[..., n, m, s, t, *], `behind` axes at the end stay."""
    first = x.ndim - behind - 2 * axes
    pairs = range(first, first + 2 * axes)
    return jnp.transpose(x, (*range(first), *pairs[::2], *pairs[1::2], *range(x.ndim - behind, x.ndim)))


def together(x: jax.Array, axes: int) -> jax.Array:
    """The inverse of `apart`: f[..., n, m, s, t, C] -> f[..., n, s, m, t, C]."""
    first = x.ndim - 1 - 2 * axes
    order = (place for axis in range(first, first + axes) for place in (axis, axis + axes))
    return jnp.transpose(x, (*range(first), *order, x.ndim - 1))


def blocks(x: jax.Array, counts: tuple[int, ...], stride: int, padding: int) -> jax.Array:
    """Space-to-depth: f[..., *lengths, C] -> f[..., *counts, stride ** axes * C], padded to fit.

    Args:
      x: the array.
      counts: blocks along each axis.
      stride: length of a block.
      padding: zeros before the first place of each axis.
    """
    axes = len(counts)
    *lead, channels = x.shape[: -1 - axes] + x.shape[-1:]
    lengths = x.shape[-1 - axes : -1]
    edges = ((padding, n * stride - length - padding) for n, length in zip(counts, lengths, strict=True))
    pairs = (size for n in counts for size in (n, stride))
    split = apart(pad(x, *edges).reshape(*lead, *pairs, channels), axes)
    return split.reshape(*lead, *counts, stride**axes * channels)


def grouped(kernel: jax.Array, stride: int) -> jax.Array:
    """f[*sizes, C, F] -> f[*taps, stride ** axes, C, F], zeros filling up the last taps."""
    axes, (*sizes, channels, features) = count(kernel), kernel.shape
    taps = [-(-size // stride) for size in sizes]
    missing = [(0, n * stride - size) for n, size in zip(taps, sizes, strict=True)]
    kernel = jnp.pad(kernel, (*missing, (0, 0), (0, 0)))
    pairs = (size for n in taps for size in (n, stride))
    split = apart(kernel.reshape(*pairs, channels, features), axes, behind=2)
    return split.reshape(*taps, stride**axes, channels, features)
