"""From a generator to images: latents addressed by (seed, class, number), walks between them, truncation."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax import random
from cwgan_jax.networks import Networks, style
from cwgan_jax.networks.layers import spectral

# Every call of the generator has this many examples: no picture depends on how many were asked for.
CHUNK = 100


def variables(state: Any) -> dict[str, Any]:
    """The generator to draw from: its moving average where the state keeps one, else the generator itself."""
    if state.average is not None:
        vectors = state.spectral.generator
        return state.average | {"params": spectral.normalised(state.average["params"], vectors)}
    return {"params": state.weights(), "batch_stats": state.batch_stats}


def latents(seed: int, label: int, count: int, *, size: int, dtype: jnp.dtype) -> np.ndarray:
    """The first `count` latents of a class, f[count, size]: the same whatever else is drawn."""
    draw = jax.jit(random.latents, static_argnums=(2, 3))
    return np.asarray(draw(random.key(seed, random.Stream.SAMPLE, label), jnp.arange(count), size, dtype))


def generate(
    networks: Networks, generator: Any, latent: np.ndarray, label: np.ndarray, *, truncation: float = 1.0
) -> np.ndarray:
    """Draws images with the running statistics, so that no picture depends on its companions.

    Args:
      networks: holds the generator module.
      generator: its variables, see `variables`.
      latent: f[N, Z].
      label: i32[N] in [0, C).
      truncation: psi; 1: nothing is truncated. The style generator's w are drawn towards their running mean
        (Karras et al. 2019, arXiv:1812.04948, Appendix B); for others the latents are multiplied by it.

    Returns:
      u8[N, H, W, D].
    """
    if truncation != 1 and isinstance(networks.generator, style.Generator):
        return from_styles(
            networks, generator, styles(networks, generator, latent, label, truncation=truncation)
        )
    if truncation != 1:
        latent = latent * np.asarray(truncation, latent.dtype)
    draw = functools.partial(_images, networks.generator, generator)
    return _in_chunks(draw, latent, np.asarray(label, np.int32))


def styles(
    networks: Networks, generator: Any, latent: np.ndarray, label: np.ndarray, *, truncation: float = 1.0
) -> np.ndarray:
    """What a style generator makes of latents: f[N, L, Z]; arguments as in `generate`."""
    draw = functools.partial(_styles, networks.generator, generator, np.asarray(truncation, latent.dtype))
    return _in_chunks(draw, latent, np.asarray(label, np.int32))


def from_styles(networks: Networks, generator: Any, mixed: np.ndarray) -> np.ndarray:
    """Images u8[N, H, W, D] of a style generator, from a style for each of its layers, f[N, L, Z]."""
    return _in_chunks(functools.partial(_of_styles, networks.generator, generator), mixed)


def rows(
    networks: Networks, generator: Any, *, seed: int, classes: list[int], columns: int, size: int
) -> np.ndarray:
    """One class a row: u8[len(classes), columns, H, W, D], the first `columns` latents of each class.

    Args:
      networks: holds the generator module.
      generator: its variables.
      seed: of the latents.
      classes: labels; for an unconditional generator they only number the rows.
      columns: images per row.
      size: Z.
    """
    dtype = jax.tree.leaves(generator)[0].dtype
    latent = np.concatenate([latents(seed, label, columns, size=size, dtype=dtype) for label in classes])
    image = generate(networks, generator, latent, np.repeat(classes, columns))
    return image.reshape(len(classes), columns, *image.shape[1:])


def line(start: np.ndarray, end: np.ndarray, frames: int) -> np.ndarray:
    """Straight line between two latents; arguments and result as in `walk`."""
    share = np.linspace(0, 1, frames, dtype=start.dtype)[:, None]
    return (1 - share) * start + share * end


def walk(start: np.ndarray, end: np.ndarray, frames: int) -> np.ndarray:
    """Spherical interpolation between two latents (Shoemake 1985; White 2016, arXiv:1609.04468, Section 2.1).

    A straight line between Gaussian latents passes closer to the origin than the generator ever saw.

    Args:
      start: f[Z].
      end: f[Z].
      frames: how many latents, both ends included; one: the start.

    Returns:
      f[frames, Z].
    """
    cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-6:
        return line(start, end, frames)
    share = np.linspace(0, 1, frames, dtype=start.dtype)[:, None]
    path = (np.sin((1 - share) * angle) * start + np.sin(share * angle) * end) / np.sin(angle)
    path[-1] = end  # to the bit: the ends are pictures of the grid
    path[0] = start
    return path


INTERPOLATIONS = {"spherical": walk, "linear": line}


def plane(corners: np.ndarray, side: int, *, interpolation: str = "spherical") -> np.ndarray:
    """A square of latents between four: down both sides, then from side to side.

    Args:
      corners: f[4, Z]: top left, top right, bottom left, bottom right.
      side: how many latents in a row and in a column.
      interpolation: key of `INTERPOLATIONS`.

    Returns:
      f[side, side, Z].
    """
    between = INTERPOLATIONS[interpolation]
    left, right = (between(corners[i], corners[i + 2], side) for i in range(2))
    return np.stack([between(*ends, side) for ends in zip(left, right, strict=True)])


def _in_chunks(draw: Callable[..., jax.Array], *inputs: np.ndarray) -> np.ndarray:
    """Calls `draw` on CHUNK examples at a time; the last chunk is filled up with the first examples."""
    count = len(inputs[0])
    padded = -(-count // CHUNK) * CHUNK
    full = [np.resize(each, (padded, *each.shape[1:])) for each in inputs]
    made = [np.asarray(draw(*(each[i : i + CHUNK] for each in full))) for i in range(0, padded, CHUNK)]
    return np.concatenate(made)[:count]


@functools.partial(jax.jit, static_argnums=0)
def _images(module: Any, generator: Any, latent: jax.Array, label: jax.Array) -> jax.Array:
    return _to_u8(module.apply(generator, latent, label, train=False))


@functools.partial(jax.jit, static_argnums=0)
def _styles(
    module: Any, generator: Any, truncation: jax.Array, latent: jax.Array, label: jax.Array
) -> jax.Array:
    return module.apply(generator, latent, label, truncation, method="styles")


@functools.partial(jax.jit, static_argnums=0)
def _of_styles(module: Any, generator: Any, mixed: jax.Array) -> jax.Array:
    return _to_u8(module.apply(generator, mixed, method="draw"))


def _to_u8(image: jax.Array) -> jax.Array:
    return jnp.round((jnp.clip(image, -1, 1) + 1) * 127.5).astype(jnp.uint8)
