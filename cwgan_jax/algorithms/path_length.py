"""The penalty on the generator's path length in an adversarial step; see `objectives.path_length`."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax import random
from cwgan_jax.algorithms.algorithm import State
from cwgan_jax.algorithms.critic import Metrics, Setting
from cwgan_jax.algorithms.draws import Draw
from cwgan_jax.algorithms.player import Player, applied
from cwgan_jax.algorithms.ramp import number
from cwgan_jax.networks.layers.norms import Reduce
from cwgan_jax.objectives import path_length as objective


class Context(NamedTuple):
    """What the penalty reads besides parameters and random numbers.

    Attributes:
      setting: of the run.
      generator: before its update.
      state: at n.
      slot: i32[b], this replica's places in the global batch.
      reduce: averages over the replicas.
    """

    setting: Setting
    generator: Player
    state: State
    slot: jax.Array
    reduce: Reduce


def add(
    context: Context, gradient: Any, controllers: dict[str, Any], draw: Draw
) -> tuple[Any, dict[str, Any], Metrics]:
    """The generator's gradient with that of the penalty, where the config has one.

    Args:
      context: see there.
      gradient: of its loss with respect to its parameters, on this replica's examples.
      controllers: the running mean among them.
      draw: the latents and conditions; the penalty takes a share of them, evenly.

    Returns:
      The gradient, the controllers, and the metrics, which are averages over all replicas already. They and
      the running mean stay as they are where no penalty is due.
    """
    config = context.setting.config
    section = config.objective.path_length
    if not section.weight:
        return gradient, controllers, {}
    memory = controllers[objective.NAME]

    def compute() -> tuple[Any, dict[str, Any]]:
        differentiate = jax.grad(lambda params: _penalty(context, params, memory["mean"], draw), has_aux=True)
        return differentiate(context.generator.params)

    if section.every == 1:
        own, memory = compute()
    else:
        due = context.state.step % section.every == 0
        own, memory = lax.cond(due, compute, lambda: (jax.tree.map(jnp.zeros_like, gradient), memory))
    weight = section.every * number(config, "objective.path_length.weight", context.state.step)
    gradient = jax.tree.map(lambda x, y: x + weight * y, gradient, own)
    metrics = {metric.name: memory[metric.name] for metric in objective.METRICS}
    return gradient, {**controllers, objective.NAME: memory}, metrics


def _penalty(context: Context, params: Any, mean: jax.Array, draw: Draw) -> tuple[jax.Array, dict[str, Any]]:
    """The penalty f[], and what is kept of it."""
    networks, reduce = context.setting.networks, context.reduce
    section = context.setting.config.objective.path_length
    # Evenly over the global batch, so that they are the same examples on any number of devices.
    some = jax.tree.map(lambda x: x[:: section.share], (draw.latent, draw.fake_condition, draw.key))
    latent, condition, key = some
    variables = {"params": applied(context.generator, params), "batch_stats": context.generator.stats}
    styles = networks.styles(variables, latent, condition, key)
    # One draw behind the last of the step, so its key is that of nothing else.
    stream = random.key(context.state.seed, random.Stream.NOISE, context.state.step, draw.number + 1)
    shape = context.setting.spec.form.shape
    picture = random.normals(stream, context.slot[:: section.share], shape, latent.dtype)
    length = objective.lengths(lambda w: networks.draw(variables, w, key), styles, picture)
    value, moved = objective.penalty(length, mean, section.decay, reduce.mean)
    kept = {"mean": moved, "path_length": length.mean(), "path_length_penalty": value}
    return value, reduce.mean(lax.stop_gradient(kept))
