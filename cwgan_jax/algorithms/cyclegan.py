"""CycleGAN: two translators between two domains, without pairs (Zhu et al. 2017, arXiv:1703.10593).

What comes back of a picture, A to B to A, is to be the picture; each translator also has a critic that tells
its translations from pictures of the target domain. Order and constants are those of the published code: the
translators are updated first, then both critics, on translations of the same batch that have gone through a
pool. Its one optimizer for both translators, and one for both critics, is the same as one for each network.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp

from cwgan_jax import random
from cwgan_jax.algorithms import cyclegan_start, ramp, views
from cwgan_jax.algorithms import player as player_
from cwgan_jax.algorithms import pool as pool_
from cwgan_jax.algorithms.algorithm import Algorithm, Batch, Request, Spec, State
from cwgan_jax.algorithms.cyclegan_setting import DIRECTIONS, DOMAINS, Setting, critic_of, metrics_of, settle
from cwgan_jax.algorithms.player import Player
from cwgan_jax.config import Config
from cwgan_jax.networks.layers.norms import SINGLE, Reduce
from cwgan_jax.objectives import losses

Metrics = dict[str, jax.Array]
Images = dict[str, jax.Array]
"""By domain."""


def make(config: Config, spec: Spec) -> Algorithm:
    """The algorithm that a config asks for."""
    setting = settle(config, spec)
    name, section = losses.name_of(config.objective.loss), config.translation
    kept = f"which see translations from a pool of {section.pool}" if section.pool else "one after the other"
    return Algorithm(
        init=functools.partial(init, setting),
        step=functools.partial(train_step, setting),
        inputs=dict.fromkeys(DOMAINS, 1),
        sample=functools.partial(sample, setting),
        metrics=metrics_of(config),
        prepare=functools.partial(cyclegan_start.prepare, setting) if section.aligned_start else None,
        translates=True,
        directions=tuple(DIRECTIONS),
        titles={**{way: way for way in DIRECTIONS}, **{critic_of(x): f"{name} of {x}" for x in DOMAINS}},
        summary=(("updates", f"one of both translators, then one of both {name}s, {kept}"),),
    )


def init(setting: Setting, seed: Any) -> State:
    """The state at n = 0, a function of the seed."""
    # In float32 whatever the config says, so that both precisions start from the same numbers.
    image, dtype = jnp.zeros((1, *setting.shape), jnp.float32), setting.config.model.dtype
    weights = {}
    for i, way in enumerate(DIRECTIONS):
        weights[way] = setting.networks.generator.init(
            random.key(seed, random.Stream.GENERATOR_INIT, i), image
        )["params"]
    for i, domain in enumerate(DOMAINS):
        weights[critic_of(domain)] = setting.networks.critic.init(
            random.key(seed, random.Stream.CRITIC_INIT, i), image
        )["params"]
    return begin(setting, seed, jax.tree.map(lambda leaf: leaf.astype(dtype), weights))


def begin(
    setting: Setting,
    seed: Any,
    weights: dict[str, Any],
    averages: dict[str, Any] | None = None,
    *,
    step: int = 0,
) -> State:
    """A state with these parameters of the players, and everything else as at the start of a run.

    Args:
      setting: of the run.
      seed: of the run.
      weights: parameters of each player.
      averages: moving averages to go on from, by player; of others they start at the weights.
      step: n.
    """
    players = {
        name: player_.start(
            setting.rules[name],
            params,
            {},
            functools.partial(random.key, seed, random.Stream.SPECTRAL, number),
            (averages or {}).get(name),
        )
        for number, (name, params) in enumerate(weights.items())
    }
    size, dtype = setting.config.translation.pool, jnp.dtype(setting.config.model.dtype)
    pools = {f"pool_{domain}": pool_.empty(size, setting.shape, dtype) for domain in DOMAINS if size}
    return State(jnp.asarray(seed, jnp.uint32), jnp.asarray(step, jnp.int32), players, pools)


def train_step(
    setting: Setting, state: State, batch: Batch, reduce: Reduce = SINGLE
) -> tuple[State, Metrics]:
    """One update of both translators and of both critics, all from the networks as they are at n.

    Args:
      setting: of the run; read while tracing.
      state: the state at n.
      batch: this replica's share of the pictures of both domains.
      reduce: averages gradients and metrics over the replicas, and gathers translations for the pools.

    Returns:
      The state at n + 1, and the metrics of the step.
    """
    real = {domain: _seen(setting, state, batch, domain, number) for number, domain in enumerate(DOMAINS)}
    players = {name: player_.advance(each) for name, each in state.players.items()}
    loss = functools.partial(_translators_loss, setting, players, real, state.step)
    own = {way: players[way].params for way in DIRECTIONS}
    gradients, (metrics, fake) = jax.grad(loss, has_aux=True)(own)
    pools = dict(state.controllers)
    for number, domain in enumerate(DOMAINS):
        name, critic = f"pool_{domain}", players[critic_of(domain)]
        given = fake[domain]
        if name in pools:
            key = random.key(state.seed, random.Stream.POOL, state.step, number)
            pools[name], given = pool_.exchange(pools[name], given, batch.slot, key, reduce)
        its_loss = functools.partial(_critic_loss, setting, critic, real[domain], given)
        value, gradients[critic_of(domain)] = jax.value_and_grad(its_loss)(critic.params)
        metrics[f"{critic_of(domain)}_loss"] = value
    gradients, metrics = reduce.mean((gradients, metrics))
    players = {
        name: player_.update(each, gradients[name], state.step, setting.rules[name])
        for name, each in players.items()
    }
    return State(state.seed, state.step + 1, players, pools), metrics


def _seen(setting: Setting, state: State, batch: Batch, domain: str, number: int) -> jax.Array:
    """The pictures of a domain as the networks take them f[b, *shape], cropped and perhaps mirrored."""
    image, data = batch.streams[domain].example[0], setting.config.data
    image = views.cropped(
        random.key(state.seed, random.Stream.CROP, state.step, number), image, batch.slot, data.height_width
    )
    if data.mirror:
        key = random.key(state.seed, random.Stream.MIRROR, state.step, number)
        image = views.mirrored(key, image, batch.slot)
    return setting.spec.encode(image, setting.config.model.dtype)


def _translators_loss(
    setting: Setting, players: dict[str, Player], real: Images, step: jax.Array, params: dict[str, Any]
) -> tuple[jax.Array, tuple[Metrics, Images]]:
    """The loss of both translators (Eq. 3 of arXiv:1703.10593, and Section 5.2 for the identity).

    Returns:
      f[], and the metrics and the translations into each domain.
    """
    weight = functools.partial(ramp.number, setting.config, step=step)

    def translate(way: str, image: jax.Array) -> jax.Array:
        return _apply(setting.networks.generator, player_.applied(players[way], params[way]), image)

    fake: Images = {}
    metrics: Metrics = {}
    total = jnp.zeros((), setting.config.model.dtype)
    for way, (source, target) in DIRECTIONS.items():
        if setting.config.translation.identity:  # in one call: no layer mixes examples
            both = translate(way, jnp.concatenate([real[source], real[target]]))
            fake[target], same = jnp.split(both, 2)
            metrics[f"identity_{target}"] = jnp.abs(same - real[target]).mean()
            total += weight("translation.identity") * metrics[f"identity_{target}"]
        else:
            fake[target] = translate(way, real[source])
        critic = players[critic_of(target)]
        score = functools.partial(_apply, setting.networks.critic, player_.applied(critic))
        metrics[f"{way}_loss"] = _objective(setting, score(real[target]), score(fake[target])).generator
        total += metrics[f"{way}_loss"]
    for way, (source, target) in DIRECTIONS.items():
        back = translate(way, fake[source])
        metrics[f"cycle_{target}"] = jnp.abs(back - real[target]).mean()
        total += weight("translation.cycle") * metrics[f"cycle_{target}"]
    return total, (metrics | {"generator_loss": total}, fake)


def _critic_loss(
    setting: Setting, critic: Player, real: jax.Array, fake: jax.Array, params: Any
) -> jax.Array:
    """Half of the critic's loss, so that it learns more slowly than the translators (Appendix 7.1)."""
    score = functools.partial(_apply, setting.networks.critic, player_.applied(critic, params))
    return _objective(setting, score(real), score(jax.lax.stop_gradient(fake))).critic / 2


def _objective(setting: Setting, real: jax.Array, fake: jax.Array) -> losses.Losses:
    """What the objective says of patches' scores f[b, h, w], each patch being an example."""
    section = setting.config.objective
    chosen = losses.OBJECTIVES[section.loss]
    inputs = losses.ObjectiveInputs(section.real_target, section.fake_target)
    values = chosen.losses(real.ravel(), fake.ravel(), inputs)
    scale = 2 if chosen.halved else 1  # cycle and identity are weighted against the whole
    return losses.Losses(scale * values.critic, scale * values.generator)


def _apply(module: Any, params: Any, image: jax.Array) -> Any:
    return module.apply({"params": params}, image)


def sample(setting: Setting, state: State, request: Request) -> jax.Array:
    """Translates stored pictures [N, H, W, D] into f[N, H, W, D], as `Request.direction` says."""
    way = request.direction or next(iter(DIRECTIONS))
    source = setting.spec.encode(jnp.asarray(request.source), setting.config.model.dtype)
    return _translated(setting.networks.generator, player_.variables(state.players[way])["params"], source)


_translated = jax.jit(_apply, static_argnums=0)
