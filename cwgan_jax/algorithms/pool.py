"""A pool of earlier generated examples, which the critic sees in place of some of the newest.

Shrivastava et al. 2017, arXiv:1612.07828, Section 2.3; as CycleGAN has it (arXiv:1703.10593, Section 4).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.layers.norms import Reduce


class Pool(NamedTuple):
    """Earlier examples; part of the state, and the same on every replica.

    Attributes:
      example: f[P, ...], those from place `filled` on are empty.
      filled: i32[], how many are kept.
    """

    example: jax.Array
    filled: jax.Array


def empty(size: int, shape: tuple[int, ...], dtype: jax.typing.DTypeLike) -> Pool:
    """A pool for `size` examples of a shape."""
    return Pool(jnp.zeros((size, *shape), dtype), jnp.zeros((), jnp.int32))


def exchange(
    pool: Pool, example: jax.Array, slot: jax.Array, key: jax.Array, reduce: Reduce
) -> tuple[Pool, jax.Array]:
    """Puts new examples into the pool, and gives as many to train with.

    The global batch goes through the pool one example after the other, in the order of the slots, as it
    would on one device. While there is room, an example is kept and given. Once the pool is full, with
    probability 1/2 it takes the place of a random one that is kept, which is given instead; otherwise it is
    given itself, and not kept.

    Args:
      pool: before.
      example: f[b, ...], this replica's.
      slot: i32[b], their places in the global batch.
      key: of the step; each slot draws numbers of its own.
      reduce: gathers the global batch, of which every replica then makes the same pool.

    Returns:
      The pool after the batch, and f[b, ...] for this replica's slots.
    """
    size = len(pool.example)
    if not size:
        return pool, example
    flat = lambda x: x.reshape(-1, *x.shape[2:])  # noqa: E731
    every, slots = flat(reduce.gather(example)), flat(reduce.gather(slot))
    order = jnp.argsort(slots)

    def one(pool: Pool, inputs: tuple[jax.Array, jax.Array]) -> tuple[Pool, jax.Array]:
        new, slot = inputs
        swaps, place = draw(key, slot, size)
        full = pool.filled == size
        place = jnp.where(full, place, pool.filled)
        old = lax.dynamic_index_in_dim(pool.example, place, keepdims=False)
        kept = jnp.where(full & ~swaps, old, new)
        given = jnp.where(full & swaps, old, new)
        every = lax.dynamic_update_index_in_dim(pool.example, kept, place, 0)
        return Pool(every, jnp.where(full, pool.filled, pool.filled + 1)), given

    pool, given = lax.scan(one, pool, (every[order], slots[order]))
    return pool, given[slot]  # the slots of a global batch are 0 .. B - 1


def draw(key: jax.Array, slot: jax.Array, size: int) -> tuple[jax.Array, jax.Array]:
    """What a slot draws: whether it exchanges, bool[], and with which place, i32[] in [0, size)."""
    coin, place = jax.random.split(jax.random.fold_in(key, slot))
    return jax.random.bernoulli(coin), jax.random.randint(place, (), 0, size, jnp.int32)
