"""What both sides take: random numbers and batches. Needs no PyTorch."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from conftest import make_batch

from cwgan_jax import random


@functools.partial(jax.jit, static_argnums=(1, 2))
def numbers(n, cfg, classes):
    """Latents, labels and mixing weights of draws 0 .. K of step n, on a leading axis."""
    dtype = jnp.dtype(cfg.model.dtype)
    slot = jnp.arange(cfg.train.batch_size)

    def one(k):
        def key(stream):
            return random.key(cfg.seed, stream, n, k)

        return (
            random.latents(key(random.Stream.LATENT), slot, cfg.model.latent, dtype),
            random.labels(key(random.Stream.LABEL), slot, max(classes, 1)),
            random.weights(key(random.Stream.WEIGHT), slot, dtype),
        )

    return jax.vmap(one)(jnp.arange(cfg.objective.critic_updates + 1))


def batch(cfg, dataset, n):
    """Batch n of a data set, R = 1 or K real batches of consecutive examples."""
    rounds = 1 if cfg.objective.schedule == "tutorial" else cfg.objective.critic_updates
    size = cfg.train.batch_size
    index = np.arange(n * rounds * size, (n + 1) * rounds * size).reshape(rounds, size) % len(dataset.label)
    return make_batch(dataset.image[index], dataset.label[index])
