"""The random numbers of a step: latents, labels, mixing weights and which real batch goes with them."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from cwgan_jax import random
from cwgan_jax.algorithms.state import Batch, State
from cwgan_jax.config import Config


class Draw(NamedTuple):
    """The random numbers and the real batch of draw k; stacked on a leading axis for all draws of a step.

    Attributes:
      latent: f[b, Z].
      fake_label: i32[b], what the fakes are made for.
      weight: f[b] in [0, 1), the real images' shares of the interpolates.
      real: i32[], which of the batch's R real batches.
    """

    latent: jax.Array
    fake_label: jax.Array
    weight: jax.Array
    real: jax.Array


def draw(state: State, batch: Batch, config: Config, classes: int, count: int) -> Draw:
    """Draws 0 .. count-1 of step n, `count` the number of forward passes of the generator."""
    dtype = jnp.dtype(config.model.dtype)

    def one(k: jax.Array) -> Draw:
        def key(stream: random.Stream) -> jax.Array:
            return random.key(state.seed, stream, state.step, k)

        real = jnp.minimum(k, batch.label.shape[0] - 1)
        label = batch.label[real]
        if classes and config.objective.fake_labels == "uniform":
            label = random.labels(key(random.Stream.LABEL), batch.slot, classes)
        latent = random.latents(key(random.Stream.LATENT), batch.slot, config.model.latent, dtype)
        return Draw(latent, label, random.weights(key(random.Stream.WEIGHT), batch.slot, dtype), real)

    return jax.vmap(one)(jnp.arange(count))
