"""What an augmentation is made of."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

Shape = tuple[int, ...]
COLOURS = 3  # channels of these are colours; a fourth one is how opaque a pixel is


class Drawn(NamedTuple):
    """What was drawn for a transformation of one example.

    Attributes:
      active: bool[], whether anything is done; if not, the example stays as it is, to the bit.
      values: of the transformation.
    """

    active: jax.Array
    values: Any


class Numbers(NamedTuple):
    """The random numbers of one example, for all transformations of a pipeline.

    Made in one go, as each call of the generator of random numbers takes long to compile.

    Attributes:
      uniform: f[n] in [0, 1).
      normal: f[m], standard normal.
      key: of numbers as many as pixels.
    """

    uniform: jax.Array
    normal: jax.Array
    key: jax.Array


class Dice:
    """Random numbers taken in turn."""

    def __init__(self, numbers: Numbers) -> None:
        """Starts with the first of each."""
        self._uniform, self._normal = iter(numbers.uniform), iter(numbers.normal)
        self._key, self.dtype = numbers.key, numbers.uniform.dtype

    def happens(self, p: jax.Array) -> jax.Array:
        """True with probability p, bool[]."""
        return next(self._uniform) < p

    def between(self, low: float, high: float) -> jax.Array:
        """f[], uniform in [low, high)."""
        return low + (high - low) * next(self._uniform)

    def whole(self, low: int, count: int) -> jax.Array:
        """i32[], one of low, low + 1 .. low + count - 1."""
        return low + jnp.minimum(jnp.floor(next(self._uniform) * count), count - 1).astype(jnp.int32)

    def bell(self, deviation: float) -> jax.Array:
        """f[], normal with mean 0."""
        return deviation * next(self._normal)

    def noise(self, shape: Shape) -> jax.Array:
        """Standard normal numbers f[*shape], the same at every call."""
        return jax.random.normal(self._key, shape, self.dtype)


class Transform(NamedTuple):
    """A transformation of pictures at random.

    Attributes:
      draw: (random numbers, strength p f[], shape (H, W, D)) -> what is to be done with one example.
      apply: (values, example f[H, W, D]) -> f[H, W, D], a smooth function of the example.
      uniform: how many uniform numbers `draw` takes, at most.
      normal: how many normal ones.
    """

    draw: Callable[[Dice, jax.Array, Shape], Drawn]
    apply: Callable[[Any, jax.Array], jax.Array]
    uniform: int
    normal: int = 0


def colours(example: jax.Array, change: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """Changes the colours of an example f[H, W, D], or its grey, and leaves how opaque it is."""
    if example.shape[-1] <= COLOURS:
        return change(example)
    return jnp.concatenate([change(example[..., :COLOURS]), example[..., COLOURS:]], -1)
