"""The random numbers of an adversarial step: latents, conditions, mixing weights, and the real batches."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from cwgan_jax import random
from cwgan_jax.algorithms import augmented
from cwgan_jax.algorithms.algorithm import Batch, State
from cwgan_jax.config import Config
from cwgan_jax.networks.condition import Condition
from cwgan_jax.objectives.augment import Numbers

REAL = "real"  # the stream of real examples


class Draw(NamedTuple):
    """The random numbers and the real batch of draw k; stacked on a leading axis for all draws of a step.

    Attributes:
      latent: f[b, Z].
      condition: f[b, C], of the real batch.
      fake_condition: f[b, C], what the fakes are made for.
      weight: f[b] in [0, 1), the real examples' shares of the interpolates.
      real: i32[], which of the R real batches.
      number: i32[], k.
      numbers: [b, places], of the augmentation, see `augmented.numbers`; None: nothing is augmented.
      key: key[b], of what the generator draws itself; None: it draws nothing.
    """

    latent: jax.Array
    condition: jax.Array
    fake_condition: jax.Array
    weight: jax.Array
    real: jax.Array
    number: jax.Array
    numbers: Numbers | None = None
    key: jax.Array | None = None


def draw(
    state: State, batch: Batch, config: Config, condition: Condition, count: int, *, keys: bool = False
) -> Draw:
    """Draws 0 .. count-1 of step n.

    Args:
      state: at n.
      batch: this replica's examples.
      config: of the run.
      condition: of the data.
      count: of forward passes of the generator.
      keys: whether the generator draws random numbers itself.
    """
    dtype, stored = jnp.dtype(config.model.dtype), batch.streams[REAL].condition

    def one(k: jax.Array) -> Draw:
        def key(stream: random.Stream) -> jax.Array:
            return random.key(state.seed, stream, state.step, k)

        real = jnp.minimum(k, len(stored) - 1)
        own = fake = condition.encode(stored[real], dtype)
        if condition.width and condition.draw and config.objective.fake_labels == "uniform":
            fake = condition.encode(condition.draw(key(random.Stream.LABEL), batch.slot), dtype)
        latent = random.latents(key(random.Stream.LATENT), batch.slot, config.model.latent, dtype)
        weight = random.weights(key(random.Stream.WEIGHT), batch.slot, dtype)
        numbers = augmented.numbers(config, key(random.Stream.AUGMENT), batch.slot, dtype)
        own_keys = random.keys(key(random.Stream.NOISE), batch.slot) if keys else None
        return Draw(latent, own, fake, weight, real, k, numbers, own_keys)

    return jax.vmap(one)(jnp.arange(count))


def mirrored(state: State, batch: Batch) -> Batch:
    """The batch with about half of its real images mirrored, left to right.

    Whether one is is a function of (seed, n, r, slot), r the number of the real batch.
    """
    real = batch.streams[REAL]

    def one(number: jax.Array, image: jax.Array) -> jax.Array:
        coin = random.coins(random.key(state.seed, random.Stream.MIRROR, state.step, number), batch.slot)
        return jnp.where(coin[:, None, None, None], image[:, :, ::-1], image)

    example = jax.vmap(one)(jnp.arange(len(real.example)), real.example)
    return batch._replace(streams={**batch.streams, REAL: real._replace(example=example)})
