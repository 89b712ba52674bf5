"""What the devices of a step exchange: each collective carries all leaves of a dtype together."""

import functools
from typing import Any

import jax
from jax import lax
from jax.flatten_util import ravel_pytree

from cwgan_jax.networks.layers.norms import Reduce


def over_devices(axis: str, replicas: int) -> Reduce:
    """The replicas of a mapped function, `axis` the name of its axis."""
    return Reduce(functools.partial(_mean, axis=axis), functools.partial(_gathered, axis=axis), replicas)


def _mean(tree: Any, axis: str) -> Any:
    flat, restore = ravel_pytree(tree)
    return restore(lax.pmean(flat, axis))


def _gathered(tree: Any, axis: str) -> Any:
    flat, restore = ravel_pytree(tree)
    return jax.vmap(restore)(lax.all_gather(flat, axis))
