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


class Transform(NamedTuple):
    """A transformation of pictures at random.

    Attributes:
      draw: (key of the example, strength p f[], shape (H, W, D), dtype) -> what is to be done with it.
      apply: (values, example f[H, W, D]) -> f[H, W, D]; of the example it is linear or at least smooth.
    """

    draw: Callable[[jax.Array, jax.Array, Shape, jnp.dtype], Drawn]
    apply: Callable[[Any, jax.Array], jax.Array]


class Dice(NamedTuple):
    """Random numbers of one transformation of one example, taken in turn.

    Attributes:
      uniform: f[n] in [0, 1).
      normal: f[m], standard normal.
    """

    uniform: list[jax.Array]
    normal: list[jax.Array]

    @classmethod
    def of(cls, key: jax.Array, uniform: int, normal: int, dtype: jnp.dtype) -> "Dice":
        """So many of each from a key."""
        one, other = jax.random.split(key)
        flat = jax.random.uniform(one, (uniform,), dtype)
        bell = jax.random.normal(other, (normal,), dtype) if normal else jnp.zeros(0, dtype)
        return cls([*flat], [*bell])

    def happens(self, p: jax.Array) -> jax.Array:
        """bool[], true with probability p."""
        return self.uniform.pop() < p

    def between(self, low: float, high: float) -> jax.Array:
        """f[], uniform in [low, high)."""
        return low + (high - low) * self.uniform.pop()

    def whole(self, low: int, count: int) -> jax.Array:
        """i32[], one of low, low + 1 .. low + count - 1."""
        return low + jnp.minimum(jnp.floor(self.uniform.pop() * count), count - 1).astype(jnp.int32)

    def bell(self, deviation: float) -> jax.Array:
        """f[], normal with mean 0."""
        return deviation * self.normal.pop()


def colours(example: jax.Array, change: Callable[[jax.Array], jax.Array]) -> jax.Array:
    """Changes the colours of an example f[H, W, D], or its grey, and leaves how opaque it is."""
    if example.shape[-1] <= COLOURS:
        return change(example)
    return jnp.concatenate([change(example[..., :COLOURS]), example[..., COLOURS:]], -1)
