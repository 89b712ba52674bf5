"""Translators that begin with what can be known of both sets together: the map of `alignment`.

A translation of CycleGAN's that takes every three for an eight, and every eight for a three, has the same
losses as the right one, and where the sets look different, training from new weights finds one of the wrong
ones. It keeps what it begins with, though.
"""

import functools
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from cwgan_jax.algorithms import alignment
from cwgan_jax.algorithms import player as player_
from cwgan_jax.algorithms.algorithm import State
from cwgan_jax.algorithms.cyclegan_setting import DIRECTIONS, DOMAINS, Setting
from cwgan_jax.data import Examples

_PICTURES, _BATCH, _RATE = 9600, 32, 1e-3  # of learning the map, by Adam; in smaller batches if the run's are


def prepare(
    setting: Setting, state: State, streams: Mapping[str, Examples]
) -> tuple[State, dict[str, float]]:
    """A new state whose translators have learnt the map between both sets.

    Args:
      setting: of the run.
      state: at n = 0.
      streams: the stored pictures of each domain.

    Returns:
      The state, and of the map: how many pictures of each set it was found with, the mean squared distance of
      those that were matched, and the mean absolute difference of each translator from it, in [-1, 1].
    """
    draw = np.random.default_rng([int(state.seed), len(DOMAINS)])
    count = min(alignment.EXAMPLES, *(len(each.condition) for each in streams.values()))
    images = {domain: _some(setting, streams[domain].example, count, draw) for domain in DOMAINS}
    flat = [images[domain].reshape(count, -1) for domain in DOMAINS]
    found = alignment.align(flat[0], flat[1], draw)
    wanted = dict(zip(DIRECTIONS, (found.forth(flat[0]), found.back(flat[1])), strict=True))
    players, errors = dict(state.players), {}
    for way, (source, _) in DIRECTIONS.items():
        aim = np.clip(wanted[way], -1, 1).reshape(images[source].shape).astype(images[source].dtype)
        params, errors[f"{way}_error"] = _learnt(
            setting, state.players[way].params, images[source], aim, draw
        )
        players[way] = player_.with_weights(state.players[way], params, {})
    told = {"pictures": count, "distance": found.cost, **errors}
    return jax.device_get(state._replace(players=players)), told


def _some(setting: Setting, stored: Any, count: int, draw: np.random.Generator) -> np.ndarray:
    """The middle of some pictures, as networks take them f[count, H, W, D], in random order."""
    chosen = np.sort(draw.choice(stored.shape[0], count, replace=False))
    image = np.asarray(stored[chosen])[draw.permutation(count)]
    top, left = ((have - want) // 2 for have, want in zip(image.shape[1:3], setting.shape[:2], strict=True))
    image = image[:, top : top + setting.shape[0], left : left + setting.shape[1]]
    return np.asarray(setting.spec.encode(jnp.asarray(image), setting.config.model.dtype))


def _learnt(
    setting: Setting, params: Any, image: np.ndarray, aim: np.ndarray, draw: np.random.Generator
) -> tuple[Any, float]:
    """A translator's parameters after some steps towards the map, and what it still misses."""
    optimizer = optax.adam(_RATE)

    def loss(params: Any, image: jax.Array, aim: jax.Array) -> jax.Array:
        made: Any = setting.networks.generator.apply({"params": params}, image)
        return jnp.abs(made - aim).mean()

    @functools.partial(jax.jit, donate_argnums=1)
    def step(params: Any, moments: Any, image: jax.Array, aim: jax.Array) -> tuple[Any, Any, jax.Array]:
        value, gradient = jax.value_and_grad(loss)(params, image, aim)
        change, moments = optimizer.update(gradient, moments)
        return optax.apply_updates(params, change), moments, value

    moments = optimizer.init(params)
    values = []
    batch = min(_BATCH, setting.config.train.batch_size)
    for _ in range(_PICTURES // batch):
        chosen = draw.integers(0, len(image), batch)
        params, moments, value = step(params, moments, image[chosen], aim[chosen])
        values.append(value)
    return params, float(np.mean(values[-10:]))
