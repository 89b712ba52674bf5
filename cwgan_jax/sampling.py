"""From a generator to images: latents addressed by (seed, class, number), walks between them."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax import rng
from cwgan_jax.models import Networks, spectral

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
    draw = jax.jit(rng.latents, static_argnums=(2, 3))
    return np.asarray(draw(rng.key(seed, rng.Stream.SAMPLE, label), jnp.arange(count), size, dtype))


def generate(networks: Networks, generator: Any, latent: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Draws images with the running statistics, so that no picture depends on its companions.

    Args:
      networks: holds the generator module.
      generator: its variables, see `variables`.
      latent: f[N, Z].
      label: i32[N] in [0, C).

    Returns:
      u8[N, H, W, D].
    """
    count = len(label)
    padded = -(-count // CHUNK) * CHUNK
    latent = np.resize(latent, (padded, latent.shape[1]))
    label = np.resize(np.asarray(label, np.int32), padded)
    images = [
        np.asarray(_images(networks.generator, generator, latent[i : i + CHUNK], label[i : i + CHUNK]))
        for i in range(0, padded, CHUNK)
    ]
    return np.concatenate(images)[:count]


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


def walk(start: np.ndarray, end: np.ndarray, frames: int) -> np.ndarray:
    """Spherical interpolation between two latents (Shoemake 1985; White 2016, arXiv:1609.04468, Section 2.1).

    A straight line between Gaussian latents passes closer to the origin than the generator ever saw.

    Args:
      start: f[Z].
      end: f[Z].
      frames: how many latents, both ends included.

    Returns:
      f[frames, Z].
    """
    cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    share = np.linspace(0, 1, frames, dtype=start.dtype)[:, None]
    if np.sin(angle) < 1e-6:
        return (1 - share) * start + share * end
    return (np.sin((1 - share) * angle) * start + np.sin(share * angle) * end) / np.sin(angle)


@functools.partial(jax.jit, static_argnums=0)
def _images(module: Any, generator: Any, latent: jax.Array, label: jax.Array) -> jax.Array:
    image = module.apply(generator, latent, label, train=False)
    return jnp.round((jnp.clip(image, -1, 1) + 1) * 127.5).astype(jnp.uint8)
