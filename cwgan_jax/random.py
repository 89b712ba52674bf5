"""Every random number of a run, as a function of (seed, stream, n, k, example slot).

A slot is an example's place in the global batch, so a device draws the same numbers whichever topology
holds the example, and a resumed run draws what the uninterrupted one would have drawn.
"""

import enum

import flax
import jax
import jax.numpy as jnp

IMPLEMENTATION = "threefry2x32"
# What the environment could change, and with it the numbers that a run draws or computes: jax's own defaults.
_PINNED = {
    "jax_default_prng_impl": IMPLEMENTATION,
    "jax_threefry_partitionable": True,
    "jax_random_seed_offset": 0,
    "jax_default_matmul_precision": None,  # config.model.precision says it
    "jax_numpy_dtype_promotion": "standard",
}


class Stream(enum.IntEnum):
    """Independent streams; a number, once given, keeps its meaning."""

    GENERATOR_INIT = 0
    CRITIC_INIT = 1
    LATENT = 2
    WEIGHT = 3
    LABEL = 4
    SAMPLE = 5
    SPECTRAL = 6
    PENALTY = 7
    MIRROR = 8
    AUGMENT = 10
    NOISE = 9
    POOL = 11
    CROP = 12


def pin() -> None:
    """Sets those of jax's and Flax's flags that change numbers, whatever the environment says.

    For the commands, when they start. docs/runs.md says what of the environment remains.
    """
    for name, value in _PINNED.items():
        jax.config.update(name, value)
    flax.config.update("flax_fix_rng_separator", False)  # from which names the initial weights are drawn


def start(seed: int | jax.Array) -> jax.Array:
    """The key that a seed stands for, a whole number in [0, 2^32)."""
    return jax.random.key(jnp.uint32(seed), impl=IMPLEMENTATION)


def key(seed: int | jax.Array, stream: Stream, *counters: int | jax.Array) -> jax.Array:
    """The key of one draw: the seed, then the stream, then each counter folded in."""
    result = jax.random.fold_in(start(seed), stream)
    for counter in counters:
        result = jax.random.fold_in(result, counter)
    return result


def latents(key: jax.Array, slot: jax.Array, size: int, dtype: jnp.dtype) -> jax.Array:
    """Standard normal latents f[b, size], one per slot i32[b]."""
    return normals(key, slot, (size,), dtype)


def normals(key: jax.Array, slot: jax.Array, shape: tuple[int, ...], dtype: jnp.dtype) -> jax.Array:
    """Standard normal numbers f[b, *shape], those of an example from its slot i32[b]."""
    return jax.vmap(lambda s: jax.random.normal(jax.random.fold_in(key, s), shape, dtype))(slot)


def weights(key: jax.Array, slot: jax.Array, dtype: jnp.dtype) -> jax.Array:
    """Mixing weights of the interpolates, f[b] uniform in [0, 1), one per slot i32[b]."""
    return uniforms(key, slot, (), dtype)


def uniforms(key: jax.Array, slot: jax.Array, shape: tuple[int, ...], dtype: jnp.dtype) -> jax.Array:
    """Numbers f[b, *shape] uniform in [0, 1), those of an example from its slot i32[b]."""
    return jax.vmap(lambda s: jax.random.uniform(jax.random.fold_in(key, s), shape, dtype))(slot)


def coins(key: jax.Array, slot: jax.Array) -> jax.Array:
    """True or false, bool[b], each as often, one per slot i32[b]."""
    return jax.vmap(lambda s: jax.random.bernoulli(jax.random.fold_in(key, s)))(slot)


def labels(key: jax.Array, slot: jax.Array, classes: int) -> jax.Array:
    """Labels i32[b] uniform in [0, classes), one per slot i32[b]."""
    draw = lambda s: jax.random.randint(jax.random.fold_in(key, s), (), 0, classes, jnp.int32)  # noqa: E731
    return jax.vmap(draw)(slot)


def keys(key: jax.Array, slot: jax.Array) -> jax.Array:
    """A key for each example, key[b], from its slot i32[b]: what a generator draws in training."""
    return jax.vmap(lambda s: jax.random.fold_in(key, s))(slot)


def own(key: jax.Array, count: int, dtype: jnp.dtype) -> tuple[jax.Array, jax.Array]:
    """What a generator draws for each example, in two calls, which compile faster than many.

    Args:
      key: key[b].
      count: how many normal numbers it needs.
      dtype: of all of them.

    Returns:
      f[b, count], standard normal, and f[b], uniform in [0, 1).
    """

    def one(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        first, second = (jax.random.fold_in(key, i) for i in (0, 1))
        return jax.random.normal(first, (count,), dtype), jax.random.uniform(second, (), dtype)

    return jax.vmap(one)(key)
