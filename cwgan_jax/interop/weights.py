"""The weights of a whole state as PyTorch state dicts, and a state from them."""

import functools
from typing import NamedTuple

import jax
import numpy as np

from cwgan_jax.algorithms import State, adversarial, initial
from cwgan_jax.algorithms.critic import Setting
from cwgan_jax.interop import layout
from cwgan_jax.interop.layout import Arrays, Shape


class Weights(NamedTuple):
    """State dicts as arrays by PyTorch name; the generator's with running statistics.

    Attributes:
      generator: its state dict.
      critic: its state dict; None: a new critic is drawn from the config's seed.
      average: a moving average of the generator; None: it starts as the generator.
    """

    generator: Arrays
    critic: Arrays | None = None
    average: Arrays | None = None


def assemble(setting: Setting, weights: Weights, n: int = 0) -> State:
    """Makes the state of a run from PyTorch's weights; the optimizers start afresh.

    Args:
      setting: of the run.
      weights: with the names and shapes of its networks.
      n: completed generator updates.
    """
    seed, shape, players = setting.config.seed, setting.spec.form.shape, _abstract(setting).players
    generator = layout.from_torch(weights.generator, players["generator"].params, shape)
    if weights.critic is None:
        new = initial(adversarial.make(setting.config, setting.spec), seed).players["critic"]
        critic = new.params, new.stats
    else:
        critic = layout.from_torch(weights.critic, players["critic"].params, shape)
    average = None
    if weights.average is not None:
        params, stats = layout.from_torch(weights.average, players["generator"].params, shape)
        average = {"params": params, "stats": stats}
    return adversarial.begin(setting, seed, {"generator": generator, "critic": critic}, average, step=n)


def state_dicts(state: State, shape: Shape, batches: int) -> dict[str, Arrays]:
    """The state dicts of generator and critic, and of the generator's moving average where there is one.

    Args:
      state: of a run.
      shape: (H, W, D) of an image.
      batches: the generator's forward passes in training mode so far.
    """
    generator, critic = state.players["generator"], state.players["critic"]
    dicts = {
        "generator": layout.to_torch(generator.params, generator.stats, shape, batches=batches),
        "critic": layout.to_torch(critic.params, critic.stats, shape),
    }
    if generator.average is not None:
        dicts["average"] = layout.to_torch(**generator.average, shape=shape, batches=batches)
    return dicts


def expected(setting: Setting) -> dict[str, Arrays]:
    """What `state_dicts` gives for these networks, with zeros that take no memory as the values."""
    zeros = jax.tree.map(lambda x: np.broadcast_to(np.zeros((), x.dtype), x.shape), _abstract(setting))
    return state_dicts(zeros, setting.spec.form.shape, 0)


def _abstract(setting: Setting) -> State:
    return jax.eval_shape(functools.partial(adversarial.init, setting), np.uint32(0))
