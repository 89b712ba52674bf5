"""From a generator to examples: latents addressed by (seed, class, number), truncation, styles."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax import random
from cwgan_jax.algorithms.algorithm import Algorithm, Request, State
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.networks import Networks

# Every call of the generator has this many examples: no picture depends on how many were asked for.
CHUNK = 100


def latents(seed: int, label: int, count: int, *, size: int, dtype: jnp.dtype) -> np.ndarray:
    """The first `count` latents of a class, f[count, size]: the same whatever else is drawn."""
    draw = jax.jit(random.latents, static_argnums=(2, 3))
    return np.asarray(draw(random.key(seed, random.Stream.SAMPLE, label), jnp.arange(count), size, dtype))


def one_hot(label: Any, classes: int, dtype: jax.typing.DTypeLike) -> np.ndarray:
    """Class numbers i[...] as vectors f[..., C]; of no classes f[..., 0]."""
    label = np.asarray(label)
    return (label[..., None] == np.arange(classes)).astype(dtype)


@functools.partial(jax.jit, static_argnums=0)
def apply(module: Any, generator: Any, latent: jax.Array, condition: jax.Array) -> jax.Array:
    """What a generator makes, with the running statistics: no example depends on its companions."""
    return module.apply(generator, latent, condition, train=False)


def sample(
    algorithm: Algorithm, state: State, request: Request, decode: Callable[[jax.Array], jax.Array]
) -> np.ndarray:
    """What an algorithm makes in the state, as it is stored.

    Args:
      algorithm: what trains.
      state: on the host.
      request: of N examples.
      decode: of the kind of data.

    Returns:
      [N, H, W, D].
    """

    def draw(latent: np.ndarray, condition: np.ndarray, *source: np.ndarray) -> jax.Array:
        return decode(algorithm.sample(state, Request(latent, condition, *source)))

    source = () if request.source is None else (np.asarray(request.source),)
    return _in_chunks(draw, np.asarray(request.latent), np.asarray(request.condition), *source)


def generate(
    networks: Networks,
    generator: Any,
    latent: np.ndarray,
    condition: np.ndarray,
    *,
    truncation: float = 1.0,
    decode: Callable[[jax.Array], jax.Array] = PIXELS.decode,
) -> np.ndarray:
    """Draws examples with the running statistics, so that none depends on its companions.

    Args:
      networks: holds the generator module.
      generator: its variables, see `player.variables`.
      latent: f[N, Z].
      condition: f[N, C].
      truncation: psi; 1: nothing is truncated. The style generator's w are drawn towards their running mean
        (Karras et al. 2019, arXiv:1812.04948, Appendix B); for others the latents are multiplied by it.
      decode: of the kind of data.

    Returns:
      Stored examples, u8[N, H, W, D] of images.
    """
    if truncation != 1 and hasattr(networks.generator, "styles"):
        return from_styles(
            networks, generator, styles(networks, generator, latent, condition, truncation=truncation)
        )
    if truncation != 1:
        latent = latent * np.asarray(truncation, latent.dtype)
    return _in_chunks(lambda *x: decode(apply(networks.generator, generator, *x)), latent, condition)


def styles(
    networks: Networks, generator: Any, latent: np.ndarray, condition: np.ndarray, *, truncation: float = 1.0
) -> np.ndarray:
    """What a style generator makes of latents: f[N, L, Z]; arguments as in `generate`."""
    draw = functools.partial(_styles, networks.generator, generator, np.asarray(truncation, latent.dtype))
    return _in_chunks(draw, latent, condition)


def from_styles(networks: Networks, generator: Any, mixed: np.ndarray) -> np.ndarray:
    """Images u8[N, H, W, D] of a style generator, from a style for each of its layers, f[N, L, Z]."""
    return _in_chunks(functools.partial(_of_styles, networks.generator, generator), mixed)


def _in_chunks(draw: Callable[..., jax.Array], *inputs: np.ndarray) -> np.ndarray:
    """Calls `draw` on CHUNK examples at a time; the last chunk is filled up with the first examples."""
    count = len(inputs[0])
    padded = -(-count // CHUNK) * CHUNK
    full = [np.resize(each, (padded, *each.shape[1:])) for each in inputs]
    made = [np.asarray(draw(*(each[i : i + CHUNK] for each in full))) for i in range(0, padded, CHUNK)]
    return np.concatenate(made)[:count]


@functools.partial(jax.jit, static_argnums=0)
def _styles(
    module: Any, generator: Any, truncation: jax.Array, latent: jax.Array, condition: jax.Array
) -> jax.Array:
    return module.apply(generator, latent, condition, truncation, method="styles")


@functools.partial(jax.jit, static_argnums=0)
def _of_styles(module: Any, generator: Any, mixed: jax.Array) -> jax.Array:
    return PIXELS.decode(module.apply(generator, mixed, method="draw"))
