"""Every random number of a run, as a function of (seed, stream, n, k, example slot).

A slot is an example's place in the global batch, so a device draws the same numbers whichever topology
holds the example, and a resumed run draws what the uninterrupted one would have drawn.
"""

import enum

import jax
import jax.numpy as jnp


class Stream(enum.IntEnum):
    """Independent streams; a number, once given, keeps its meaning."""

    GENERATOR_INIT = 0
    CRITIC_INIT = 1
    LATENT = 2
    WEIGHT = 3
    LABEL = 4
    SAMPLE = 5
    SPECTRAL = 6


def key(seed: int | jax.Array, stream: Stream, *counters: int | jax.Array) -> jax.Array:
    """The key of one draw: the seed, then the stream, then each counter folded in."""
    result = jax.random.fold_in(jax.random.key(jnp.uint32(seed)), stream)
    for counter in counters:
        result = jax.random.fold_in(result, counter)
    return result


def latents(key: jax.Array, slot: jax.Array, size: int, dtype: jnp.dtype) -> jax.Array:
    """Standard normal latents f[b, size], one per slot i32[b]."""
    return jax.vmap(lambda s: jax.random.normal(jax.random.fold_in(key, s), (size,), dtype))(slot)


def weights(key: jax.Array, slot: jax.Array, dtype: jnp.dtype) -> jax.Array:
    """Mixing weights of the interpolates, f[b] uniform in [0, 1), one per slot i32[b]."""
    return jax.vmap(lambda s: jax.random.uniform(jax.random.fold_in(key, s), (), dtype))(slot)


def labels(key: jax.Array, slot: jax.Array, classes: int) -> jax.Array:
    """Labels i32[b] uniform in [0, classes), one per slot i32[b]."""
    draw = lambda s: jax.random.randint(jax.random.fold_in(key, s), (), 0, classes, jnp.int32)  # noqa: E731
    return jax.vmap(draw)(slot)
