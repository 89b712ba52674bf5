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

# Every call of the generator has this many examples, so that none of them depends on how many are drawn.
CHUNK = 100
# Of translations there are fewer: examples take more memory than latents.
_TRANSLATED, _PIXELS = 16, 2**18


def latents(seed: int, label: int, count: int, *, size: int, dtype: jax.typing.DTypeLike) -> np.ndarray:
    """The first `count` latents of a class, f[count, size]: the same whatever else is drawn."""
    draw = jax.jit(random.latents, static_argnums=(2, 3))
    return np.asarray(
        draw(random.key(seed, random.Stream.SAMPLE, label), jnp.arange(count), size, np.dtype(dtype))
    )


@functools.partial(jax.jit, static_argnums=(3, 4))
def _each_latent(seed: Any, series: jax.Array, slot: jax.Array, size: int, dtype: np.dtype) -> jax.Array:
    def one(series: jax.Array, slot: jax.Array) -> jax.Array:
        return random.latents(random.key(seed, random.Stream.SAMPLE, series), slot[None], size, dtype)[0]

    return jax.vmap(one)(series, slot)


def each_latent(
    seed: int, series: np.ndarray, slot: np.ndarray, *, size: int, dtype: jax.typing.DTypeLike
) -> np.ndarray:
    """Any latents, f[N, size]: number slot i[N] of a series i[N], which is the class in `latents`."""
    places = jnp.asarray(series, jnp.int32), jnp.asarray(slot, jnp.int32)
    return np.asarray(_each_latent(np.uint32(seed), *places, size, np.dtype(dtype)))


def one_hot(label: Any, classes: int, dtype: jax.typing.DTypeLike) -> np.ndarray:
    """Class numbers i[...] as vectors f[..., C]; of no classes f[..., 0]."""
    label = np.asarray(label)
    return (label[..., None] == np.arange(classes)).astype(dtype)


@functools.partial(jax.jit, static_argnums=0)
def apply(module: Any, generator: Any, latent: jax.Array, condition: jax.Array) -> jax.Array:
    """Examples f[N, H, W, D], with the running statistics, so that none depends on its companions."""
    return module.apply(generator, latent, condition, train=False)


def sample(
    algorithm: Algorithm, state: State, request: Request, decode: Callable[[jax.Array], jax.Array]
) -> np.ndarray:
    """Draws examples from an algorithm in training.

    Args:
      algorithm: what trains.
      state: of the training, on the host.
      request: latents and conditions of N examples.
      decode: of the kind of data, see `codec.Codec`.

    Returns:
      Stored examples [N, H, W, D].
    """

    def draw(latent: np.ndarray, condition: np.ndarray, source: np.ndarray | None = None) -> jax.Array:
        return decode(algorithm.sample(state, Request(latent, condition, source)))

    source = () if request.source is None else (np.asarray(request.source),)
    return _in_chunks(draw, np.asarray(request.latent), np.asarray(request.condition), *source)


def translate(
    algorithm: Algorithm,
    state: State,
    source: np.ndarray,
    direction: str,
    decode: Callable[[jax.Array], jax.Array],
) -> np.ndarray:
    """Translates stored examples [N, H, W, D]; the other arguments as in `sample`."""

    def draw(some: np.ndarray) -> jax.Array:
        nothing = np.zeros((len(some), 0))
        return decode(algorithm.sample(state, Request(nothing, nothing, some, direction)))

    most = max(1, _PIXELS // (source.shape[1] * source.shape[2]))
    return _in_chunks(draw, source, chunk=min(_TRANSLATED, most))


def generate(
    networks: Networks,
    generator: Any,
    latent: np.ndarray,
    condition: np.ndarray,
    *,
    truncation: float = 1.0,
    decode: Callable[[jax.Array], jax.Array] = PIXELS.decode,
) -> np.ndarray:
    """Draws examples from a generator alone.

    Args:
      networks: holds the generator module.
      generator: its variables, see `player.variables`.
      latent: f[N, Z].
      condition: f[N, C].
      truncation: psi; 1: nothing is truncated. A generator with styles moves them towards their running mean
        (Karras et al. 2019, arXiv:1812.04948, Appendix B); of any other the latents are multiplied by psi.
      decode: of the kind of data, see `codec.Codec`.

    Returns:
      Stored examples [N, H, W, D], u8 where they are images.
    """
    if truncation != 1 and style_layers(networks):
        mixed = styles(networks, generator, latent, condition, truncation=truncation)
        return from_styles(networks, generator, mixed, decode=decode)
    if truncation != 1:
        latent = latent * np.asarray(truncation, latent.dtype)
    return _in_chunks(lambda *x: decode(apply(networks.generator, generator, *x)), latent, condition)


def style_layers(networks: Networks) -> int:
    """L, the number of layers of the generator that take a style each; 0: it has no styles.

    A generator with styles has what `networks.style.Generator` has: `layers`, `styles` and `draw`.
    """
    module = networks.generator
    return int(module.layers) if hasattr(module, "styles") else 0


def styles(
    networks: Networks, generator: Any, latent: np.ndarray, condition: np.ndarray, *, truncation: float = 1.0
) -> np.ndarray:
    """The styles of latents, f[N, L, Z], of a generator that has them; arguments as in `generate`."""
    draw = functools.partial(_styles, networks.generator, generator, np.asarray(truncation, latent.dtype))
    return _in_chunks(draw, latent, condition)


def from_styles(
    networks: Networks,
    generator: Any,
    mixed: np.ndarray,
    *,
    decode: Callable[[jax.Array], jax.Array] = PIXELS.decode,
) -> np.ndarray:
    """Stored examples [N, H, W, D] from a style for each layer, f[N, L, Z]; the rest as in `generate`."""
    return _in_chunks(lambda x: decode(_of_styles(networks.generator, generator, x)), mixed)


def _in_chunks(draw: Callable[..., jax.Array], *inputs: np.ndarray, chunk: int = CHUNK) -> np.ndarray:
    """Calls `draw` on `chunk` examples at a time; the last chunk is filled up with the first examples."""
    count = len(inputs[0])
    padded = -(-count // chunk) * chunk
    full = [np.resize(each, (padded, *each.shape[1:])) for each in inputs]
    chunks = [np.asarray(draw(*(each[i : i + chunk] for each in full))) for i in range(0, padded, chunk)]
    return np.concatenate(chunks)[:count]


@functools.partial(jax.jit, static_argnums=0)
def _styles(
    module: Any, generator: Any, truncation: jax.Array, latent: jax.Array, condition: jax.Array
) -> jax.Array:
    return module.apply(generator, latent, condition, truncation, method="styles")


@functools.partial(jax.jit, static_argnums=0)
def _of_styles(module: Any, generator: Any, mixed: jax.Array) -> jax.Array:
    return module.apply(generator, mixed, method="draw")
