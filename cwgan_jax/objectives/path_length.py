"""Path length regularisation of a generator with styles (Karras et al. 2020, arXiv:1912.04958, Eq. 4).

The constants and the running mean are those of the public code of StyleGAN2-ADA.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp

from cwgan_jax.common.metric import Metric
from cwgan_jax.objectives.controllers import Controller

NAME = "path_length"  # of the controller
METRICS = (
    Metric("path_length", "path length", "path length", short="path length"),
    Metric("path_length_penalty", "penalty on the path length", "penalties", short="path length penalty"),
)


def lengths(draw: Callable[[jax.Array], jax.Array], styles: jax.Array, picture: jax.Array) -> jax.Array:
    """How far each example moves with its styles, along a random picture.

    Args:
      draw: styles f[b, L, Z] -> examples f[b, *shape]; no example depends on another one's styles.
      styles: f[b, L, Z].
      picture: f[b, *shape], standard normal.

    Returns:
      f[b], the root of the mean over the layers of the square of the gradient's length.
    """
    places = math.prod(picture.shape[1:-1])
    gradient = jax.grad(lambda w: (draw(w) * picture).sum())(styles) / math.sqrt(places)
    return jnp.sqrt(jnp.square(gradient).sum(-1).mean(-1))


def penalty(
    length: jax.Array, mean: jax.Array, decay: float, average: Callable[[jax.Array], jax.Array]
) -> tuple[jax.Array, jax.Array]:
    """The penalty of a batch, and the running mean after it.

    The mean moves first, and the penalty's gradient passes through it, as in the public code.

    Args:
      length: f[b].
      mean: f[], the running mean before.
      decay: how far it moves.
      average: the mean of a number over all replicas.

    Returns:
      f[], of these examples, without its weight, and the new mean f[].
    """
    moved = mean + decay * (average(length.mean()) - mean)
    return jnp.square(length - jnp.broadcast_to(moved, length.shape)).mean(), moved


def memory() -> Controller:
    """Keeps the running mean of the lengths, and the metrics between two computations of the penalty."""
    names = ("mean", *(metric.name for metric in METRICS))
    return Controller(
        lambda dtype: {name: jnp.zeros((), dtype) for name in names},
        lambda value, observed: (value, {}),  # the generator's side moves it
        METRICS,
    )
