"""What a step sees of the stored pictures: a random part of each, perhaps mirrored."""

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax import random


def cropped(key: jax.Array, image: jax.Array, slot: jax.Array, size: tuple[int, int]) -> jax.Array:
    """A part of each picture, every place being as likely.

    Args:
      key: of the draw.
      image: [b, H, W, D], at least as large as the parts.
      slot: i32[b], the pictures' places in the global batch.
      size: height and width of the parts.

    Returns:
      [b, *size, D].
    """
    room = jnp.array([image.shape[1] - size[0] + 1, image.shape[2] - size[1] + 1])
    if not any(image.shape[1 + axis] > size[axis] for axis in range(2)):
        return image

    def one(picture: jax.Array, slot: jax.Array) -> jax.Array:
        corner = jax.random.randint(jax.random.fold_in(key, slot), (2,), 0, room, jnp.int32)
        start = corner[0], corner[1], jnp.zeros_like(corner[0])
        return lax.dynamic_slice(picture, start, (*size, picture.shape[-1]))

    return jax.vmap(one)(image, slot)


def mirrored(key: jax.Array, image: jax.Array, slot: jax.Array) -> jax.Array:
    """The pictures [b, H, W, D], about half of them mirrored, left to right; arguments as in `cropped`."""
    return jnp.where(random.coins(key, slot)[:, None, None, None], image[:, :, ::-1], image)
