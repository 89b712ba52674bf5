"""How stored examples become what networks take, and back."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp


class Codec(NamedTuple):
    """A pair of pure functions.

    Attributes:
      encode: (stored examples [...], dtype) -> f[...], what networks take.
      decode: f[...], what networks make -> stored examples [...].
      bounded: whether what networks take lies in [-1, 1].
    """

    encode: Callable[[jax.Array, jax.typing.DTypeLike], jax.Array]
    decode: Callable[[jax.Array], jax.Array]
    bounded: bool = True


def _to_unit(image: jax.Array, dtype: jax.typing.DTypeLike) -> jax.Array:
    return image.astype(dtype) / 127.5 - 1


def _to_u8(image: jax.Array) -> jax.Array:
    return jnp.round((jnp.clip(image, -1, 1) + 1) * 127.5).astype(jnp.uint8)


PIXELS = Codec(_to_unit, jax.jit(_to_u8))
"""u8 in [0, 255] <-> f in [-1, 1]."""

NUMBERS = Codec(lambda x, dtype: x.astype(dtype), lambda x: x, bounded=False)
"""Numbers as they are."""
