"""Compiled steps, and the parts of a state, for tests of the adversarial algorithm."""

import functools

import jax
import jax.numpy as jnp
from conftest import make_setting

from cwgan_jax.algorithms import adversarial, generation


def compiled(function, setting):
    """`function`, which takes the setting first, compiled once for all equal settings."""
    spec = setting.spec
    return _compiled(function, setting.config, spec.form.shape, spec.condition.width, spec.kind)


@functools.cache
def _compiled(function, cfg, shape, classes, kind):
    setting = make_setting(cfg, max(classes, 1), shape=shape, kind=kind)  # 0: not conditional
    return jax.jit(functools.partial(function, setting))


def initial(setting):
    """The state at n = 0, of the config's seed."""
    return compiled(adversarial.init, setting)(setting.config.seed)


def take(setting, state, batch):
    """One step: the next state and the metrics."""
    return compiled(adversarial.train_step, setting)(state, batch)


def one_hot(setting, label):
    """Class numbers as the condition vectors of a setting."""
    return jnp.asarray(generation.one_hot(label, setting.spec.condition.width, setting.config.model.dtype))


def with_player(state, name, **changes):
    """The state with these fields of a player changed."""
    player = state.players[name]._replace(**changes)
    return state._replace(players={**state.players, name: player})
