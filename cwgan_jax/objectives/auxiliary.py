"""The auxiliary classifier's loss (Odena et al. 2017, arXiv:1610.09585): how badly conditions are read."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp


def _softmax(outputs: jax.Array, condition: jax.Array) -> jax.Array:
    return -(condition * jax.nn.log_softmax(outputs)).sum(-1)


def _linear(outputs: jax.Array, condition: jax.Array) -> jax.Array:
    return jnp.square(outputs - condition).sum(-1) / 2


def _sigmoid(outputs: jax.Array, condition: jax.Array) -> jax.Array:
    return (jax.nn.softplus(outputs) - condition * outputs).sum(-1)


LOSSES: dict[str, Callable[[jax.Array, jax.Array], jax.Array]] = {
    "softmax": _softmax,
    "sigmoid": _sigmoid,
    "linear": _linear,
}
"""By the kind of the block: (outputs f[..., W], condition f[..., W]) -> f[...], minus the log-likelihood; of
numbers that of a normal distribution with variance 1, without its constant."""


def misread(outputs: jax.Array, condition: jax.Array, blocks: Sequence[tuple[str, int]]) -> jax.Array:
    """Minus the log-likelihood of conditions, the sum over their blocks.

    Args:
      outputs: f[..., C], logits or numbers, of the auxiliary classifier.
      condition: f[..., C].
      blocks: kind and width of each part of C, see `networks.Block`.

    Returns:
      f[...], at least 0.
    """
    total, place = jnp.zeros(outputs.shape[:-1], outputs.dtype), 0
    for kind, width in blocks:
        span = slice(place, place := place + width)
        total += LOSSES[kind](outputs[..., span], condition[..., span])
    return total
