"""A generator against a critic: K critic updates, then one generator update, as a pure function."""

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp

from cwgan_jax import random
from cwgan_jax.algorithms import augmented, generation, path_length
from cwgan_jax.algorithms import generator as generator_
from cwgan_jax.algorithms import player as player_
from cwgan_jax.algorithms.adversarial_metrics import alarms, metrics_of, penalty_memory
from cwgan_jax.algorithms.algorithm import Algorithm, Batch, Request, Spec, State
from cwgan_jax.algorithms.checks import check_data
from cwgan_jax.algorithms.critic import Setting, memory_of, reads, update_all
from cwgan_jax.algorithms.draws import REAL, Draw, draw, mirrored
from cwgan_jax.algorithms.player import Rule
from cwgan_jax.config import Config, lazy_intervals
from cwgan_jax.networks import Networks, build
from cwgan_jax.networks.layers import spectral
from cwgan_jax.networks.layers.norms import SINGLE, Reduce
from cwgan_jax.objectives import losses, penalties
from cwgan_jax.objectives import path_length as objective_
from cwgan_jax.objectives.augment.controller import adaptive


def make(config: Config, spec: Spec) -> Algorithm:
    """The algorithm that a config asks for."""
    setting = settle(config, spec)
    section = config.objective
    tutorial, critic = section.schedule == "tutorial", losses.name_of(section.loss)
    return Algorithm(
        init=functools.partial(init, setting),
        step=functools.partial(train_step, setting),
        inputs={REAL: 1 if tutorial else section.critic_updates},
        sample=functools.partial(sample, setting),
        metrics=metrics_of(setting),
        alarms=alarms(config),
        score=functools.partial(score, setting),
        group=math.lcm(
            setting.networks.group, section.path_length.share if section.path_length.weight else 1
        ),
        titles={"generator": "generator", "critic": critic},
        summary=(("updates", f"{section.critic_updates} of the {critic}, then one of the generator"),),
    )


def settle(config: Config, spec: Spec) -> Setting:
    """What stays the same throughout a run."""
    section = config.objective
    check_data(config, spec)
    intervals = lazy_intervals(config)
    rules = {
        "generator": Rule(
            player_.optimizer(config, "generator_learning_rate", lazy=intervals["generator"]),
            average=player_.averaging(config),
            spectral_norm=section.generator_spectral_norm,
        ),
        "critic": Rule(
            player_.optimizer(config, "critic_learning_rate", lazy=intervals["critic"]),
            spectral_norm=section.critic_spectral_norm,
            clip=section.clip,
        ),
    }
    controllers = {name: one(section) for name, one in losses.OBJECTIVES[section.loss].controllers.items()}
    # Whatever their weight and kind: these may change during a run, the form of the state may not.
    lazy = (place for place in penalties.PLACES if getattr(section.penalties, place).every > 1)
    controllers |= {memory_of(place): penalty_memory(place) for place in lazy}
    if augmented.active(config):
        controllers[augmented.STRENGTH] = adaptive(config.augment, config.train.batch_size)
    if section.path_length.weight:
        controllers[objective_.NAME] = objective_.memory()
    return Setting(config, spec, build(config.model, spec.form), rules, controllers)


def init(setting: Setting, seed: Any) -> State:
    """The state at n = 0, a function of the seed."""
    config, networks = setting.config, setting.networks
    # In float32 whatever the config says, so that both precisions start from the same numbers.
    latent = jnp.zeros((1, config.model.latent), jnp.float32)
    condition = jnp.zeros((1, setting.spec.condition.width), jnp.float32)
    example = jnp.zeros((1, *setting.spec.form.shape), jnp.float32)
    generator_key = random.key(seed, random.Stream.GENERATOR_INIT)
    critic_key = random.key(seed, random.Stream.CRITIC_INIT)
    variables = networks.generator.init(generator_key, latent, condition, train=True)
    more: dict[str, Any] = {"reads": count} if (count := reads(setting)) else {}
    critic = networks.critic.init(critic_key, example, condition, **more)["params"]
    weights = {
        "generator": (variables["params"], variables.get("batch_stats", {})),
        "critic": (critic, {}),
    }
    return begin(setting, seed, jax.tree.map(lambda leaf: leaf.astype(config.model.dtype), weights))


def begin(
    setting: Setting,
    seed: Any,
    weights: dict[str, tuple[Any, Any]],
    average: Any = None,
    *,
    step: int = 0,
) -> State:
    """A state with these weights, and everything else as at the start of a run.

    Args:
      setting: of the run.
      seed: of the run.
      weights: parameters and running statistics of each player.
      average: the generator's moving average; None: it starts at the weights.
      step: n.
    """
    players = {
        name: player_.start(
            setting.rules[name],
            *weights[name],
            functools.partial(random.key, seed, random.Stream.SPECTRAL, number),
            average if name == "generator" else None,
        )
        for number, name in enumerate(("generator", "critic"))
    }
    dtype = jnp.dtype(setting.config.model.dtype)
    return State(
        seed=jnp.asarray(seed, jnp.uint32),
        step=jnp.asarray(step, jnp.int32),
        players=players,
        controllers={name: one.init(dtype) for name, one in setting.controllers.items()},
    )


def train_step(
    setting: Setting, state: State, batch: Batch, reduce: Reduce = SINGLE
) -> tuple[State, dict[str, jax.Array]]:
    """K critic updates, then one generator update (Algorithm 1 of arXiv:1704.00028, or a variant of it).

    All fakes are made first, since the generator does not change until the end: draw k = 0 .. K-1 for critic
    update k. In the tutorial schedule the generator is then scored on the fakes of draw K-1, whose forward
    pass so serves both; in the paper schedule on fakes of a draw K of its own.

    Args:
      setting: of the run; read while tracing.
      state: the state at n.
      batch: this replica's share of the real examples.
      reduce: averages gradients, batch statistics and metrics over the replicas.

    Returns:
      The state at n + 1, and the metrics of the step.
    """
    config, networks = setting.config, setting.networks
    batch = mirrored(state, batch) if config.data.mirror else batch
    tutorial = config.objective.schedule == "tutorial"
    count = config.objective.critic_updates + (not tutorial)
    draws = draw(state, batch, config, setting.spec.condition, count, keys=networks.draws)
    first, last = jax.tree.map(lambda x: x[:-1], draws), jax.tree.map(lambda x: x[-1], draws)
    generator = player_.advance(state.players["generator"])

    def generate(params: Any, stats: Any, draw: Draw) -> tuple[jax.Array, Any]:
        params = spectral.normalised(params, generator.spectral)
        own = draw.latent, draw.fake_condition
        return networks.generate(params, stats, *own, reduce=reduce, key=draw.key)

    stats, fakes = generator_.every(functools.partial(generate, generator.params), generator, first, reduce)
    fake, pull_back, stats = jax.vjp(lambda p: generate(p, stats, last), generator.params, has_aux=True)
    if tutorial:
        fakes, first = jnp.concatenate([fakes, fake[None]]), draws

    critic, controllers, metrics = update_all(setting, state, batch, fakes, first, reduce)
    real = batch.streams[REAL].example[last.real]
    more, towards = generator_.towards(setting, critic, controllers, state.step, (real, fake), last, reduce)
    context = path_length.Context(setting, generator, state, batch.slot, reduce)
    gradient, controllers, own = path_length.add(context, pull_back(towards)[0], controllers, last)
    gradient, more = reduce.mean((gradient, more))
    generator = player_.update(generator, gradient, state.step, setting.rules["generator"], stats=stats)
    players = {"generator": generator, "critic": critic}
    moved = State(state.seed, state.step + 1, players, controllers)
    return moved, metrics | more | own


def sample(setting: Setting, state: State, request: Request) -> jax.Array:
    """Draws with the running statistics, so that no example depends on its companions: f[N, H, W, D]."""
    variables = player_.variables(state.players["generator"])
    return generation.apply(setting.networks.generator, variables, request.latent, request.condition)


def score(setting: Setting, state: State, example: jax.Array, condition: jax.Array) -> jax.Array:
    """The critic's scores f[N] of examples f[N, H, W, D] under conditions f[N, C]."""
    return _score(setting.networks, player_.applied(state.players["critic"]), example, condition)


@functools.partial(jax.jit, static_argnums=0)
def _score(networks: Networks, params: Any, example: jax.Array, condition: jax.Array) -> jax.Array:
    return networks.score(params, example, condition)
