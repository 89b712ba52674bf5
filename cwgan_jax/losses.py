"""The mathematics of the WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028), and nothing else."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

Critic = Callable[[jax.Array, jax.Array], jax.Array]


def wasserstein(real_score: jax.Array, fake_score: jax.Array) -> jax.Array:
    """The critic gap, mean D(real) - mean D(fake): its estimate of the Wasserstein distance.

    Args:
      real_score: f[B], the critic on real images.
      fake_score: f[B], the critic on generated images.

    Returns:
      f[], the negative of the first two terms of Eq. 3 (arXiv:1704.00028).
    """
    return real_score.mean() - fake_score.mean()


def generator_loss(fake_score: jax.Array) -> jax.Array:
    """-mean D(G(z)), line 12 of Algorithm 1 (arXiv:1704.00028): f[B] -> f[]."""
    return -fake_score.mean()


def interpolate(real: jax.Array, fake: jax.Array, weight: jax.Array) -> jax.Array:
    """Points on the lines between real and generated images, line 6 of Algorithm 1 (arXiv:1704.00028).

    Args:
      real: f[B, H, W, D].
      fake: f[B, H, W, D].
      weight: f[B] in [0, 1): one per example, the real image's share.

    Returns:
      f[B, H, W, D].
    """
    weight = weight.reshape(-1, *(1 for _ in real.shape[1:]))
    return weight * real + (1 - weight) * fake


def gradient_norm(critic: Critic, image: jax.Array, label: jax.Array) -> jax.Array:
    """Euclidean norm of the critic's gradient with respect to all pixels of each image.

    Args:
      critic: (image f[H, W, D], label i32[]) -> score f[]; a function of ONE example.
      image: f[B, H, W, D].
      label: i32[B].

    Returns:
      f[B]. Where a gradient is exactly zero the norm is 0 and so is the norm's own gradient (a subgradient;
      the plain square root would give NaN). No epsilon: it would shift every other norm.
    """
    gradient = jax.vmap(jax.grad(critic))(image, label)
    squared = jnp.square(gradient).sum(tuple(range(1, gradient.ndim)))
    positive = squared > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1)), 0)


def gradient_penalty(norm: jax.Array) -> jax.Array:
    """Mean over the examples of (norm - 1)^2, the last term of Eq. 3 without its weight: f[B] -> f[]."""
    return jnp.square(norm - 1).mean()
