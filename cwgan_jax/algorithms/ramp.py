"""The numbers of a config at step n: those that `config.ramp` moves on their way."""

import jax
import jax.numpy as jnp

from cwgan_jax.config import Config
from cwgan_jax.config import ramp as ramp_


def number(config: Config, key: str, step: jax.Array) -> float | jax.Array:
    """The number at a dotted key, as it is at step n.

    Args:
      config: of the run.
      key: one of `config.ramp.MOVABLE`.
      step: i32[], n.

    Returns:
      The config's own number where it does not move, so that programs without a ramp have constants; else
      f[] in the precision of the run.
    """
    value = ramp_.value(config, key)
    if (last := ramp_.targets(config).get(key)) is None:
        return value
    return value + (last - value) * share(config, step)


def share(config: Config, step: jax.Array) -> jax.Array:
    """How much of the way is done at step n, f[] in [0, 1]."""
    ramp = config.ramp
    assert ramp.end is not None
    done = jnp.clip((step.astype(float) - ramp.start) / (ramp.end - ramp.start), 0, 1)
    return done if ramp.shape == "linear" else (1 - jnp.cos(jnp.pi * done)) / 2
