"""The critic's side of an adversarial step: K updates by objective and penalties."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax import random
from cwgan_jax.algorithms import augmented
from cwgan_jax.algorithms import player as player_
from cwgan_jax.algorithms.algorithm import Batch, Spec, State
from cwgan_jax.algorithms.draws import REAL, Draw
from cwgan_jax.algorithms.parts import mean_of_parts
from cwgan_jax.algorithms.player import Player, Rule
from cwgan_jax.algorithms.ramp import number
from cwgan_jax.config import Config
from cwgan_jax.networks import Networks
from cwgan_jax.networks.layers.norms import Reduce
from cwgan_jax.objectives import auxiliary, losses, penalties
from cwgan_jax.objectives.augment import Numbers
from cwgan_jax.objectives.controllers import Controller
from cwgan_jax.objectives.penalties import Pairs

Metrics = dict[str, jax.Array]


class Setting(NamedTuple):
    """What stays the same throughout a run.

    Attributes:
      config: of the run.
      spec: of its data.
      networks: generator and critic.
      rules: how each player is trained.
      controllers: of the objective, and one for each penalty that is not computed at every update.
    """

    config: Config
    spec: Spec
    networks: Networks
    rules: Mapping[str, Rule]
    controllers: Mapping[str, Controller]


class _Examples(NamedTuple):
    """What one critic update sees; every leaf has the examples on its first axis."""

    real: jax.Array  # as stored
    condition: jax.Array
    fake: jax.Array
    fake_condition: jax.Array
    weight: jax.Array
    slot: jax.Array
    numbers: Numbers | None  # of the augmentation


class _Context(NamedTuple):
    """What the loss of one update reads besides parameters and examples."""

    setting: Setting
    critic: Player
    controllers: Mapping[str, Any]
    reduce: Reduce
    step: jax.Array  # i32[], n
    number: jax.Array  # i32[], k, of the update in the step
    key: jax.Array  # of the penalties' noise


def scores(setting: Setting, critic: Player, params: Any, reduce: Reduce) -> losses.Score:
    """(example f[..., H, W, D], what is `given`) -> f[...], with these parameters in place of its own.

    What is given is the condition f[..., C], and how the example is augmented if it is.
    """
    score = functools.partial(setting.networks.score, player_.applied(critic, params), reduce=reduce)
    return augmented.seen(setting.config, score)


def judge(
    setting: Setting, critic: Player, params: Any, reduce: Reduce
) -> Callable[[jax.Array, Any], tuple[jax.Array, jax.Array | None]]:
    """As `scores`, but gives what the auxiliary classifier reads f[..., C] too; None: there is none."""
    if not reads(setting):
        score = scores(setting, critic, params, reduce)
        return lambda example, given: (score(example, given), None)
    read = functools.partial(setting.networks.read, player_.applied(critic, params), reduce=reduce)
    return augmented.seen(setting.config, read)


def given(
    setting: Setting, controllers: Mapping[str, Any], step: jax.Array, numbers: Numbers | None
) -> Callable[[str, jax.Array], Any]:
    """(where they are seen, condition f[b, C]) -> what is given with b examples of a step, see `scores`."""
    config, shape = setting.config, setting.spec.form.shape
    p = augmented.strength(config, controllers, step)
    return lambda at, condition: augmented.given(
        config, shape, p, at=at, numbers=numbers, condition=condition
    )


def reads(setting: Setting) -> int:
    """C if the critic has an auxiliary classifier, which reads conditions f[..., C]; else 0."""
    return setting.spec.condition.width if setting.config.objective.auxiliary.critic else 0


def and_misread(
    setting: Setting,
    player: str,
    step: jax.Array,
    *,
    loss: jax.Array,
    reading: jax.Array | None,
    condition: jax.Array,
) -> tuple[jax.Array, Metrics]:
    """A player's loss f[] and what it adds for conditions that are misread, and the metric of that."""
    if reading is None:
        return loss, {}
    value = auxiliary.misread(reading, condition, setting.spec.condition.blocks).mean()
    weight = number(setting.config, f"objective.auxiliary.{player}", step)
    return loss + weight * value, {f"{player}_misread": value}


def objective(
    setting: Setting, controllers: Mapping[str, Any], real: jax.Array, fake: jax.Array
) -> losses.Losses:
    """What the objective says of the scores f[b]."""
    section = setting.config.objective
    chosen = losses.OBJECTIVES[section.loss]
    own = {name: controllers[name] for name in chosen.controllers}
    return chosen.losses(real, fake, losses.ObjectiveInputs(section.real_target, section.fake_target, own))


def update_all(
    setting: Setting, state: State, batch: Batch, fakes: jax.Array, draws: Draw, reduce: Reduce
) -> tuple[Player, dict[str, Any], Metrics]:
    """K updates, update k on `fakes[k]` f[b, H, W, D].

    Returns:
      The critic, the controllers, and the metrics of the last update.
    """
    stream = batch.streams[REAL]

    def update(carry: Any, inputs: tuple[jax.Array, Draw]) -> tuple[Any, Metrics]:
        critic, controllers = carry
        fake, draw = inputs
        critic = player_.advance(critic)
        key = random.key(state.seed, random.Stream.PENALTY, state.step, draw.number)
        context = _Context(setting, critic, controllers, reduce, state.step, draw.number, key)
        real = stream.example[draw.real], draw.condition
        examples = _Examples(*real, fake, draw.fake_condition, draw.weight, batch.slot, draw.numbers)
        differentiate = functools.partial(
            jax.grad(functools.partial(_loss, context=context), has_aux=True), critic.params
        )
        parts = mean_of_parts(differentiate, examples, setting.config.train.parts)
        gradient, (metrics, observed) = reduce.mean(parts)
        critic = player_.update(critic, gradient, state.step, setting.rules["critic"])
        controllers, more = _observe(context, metrics | observed)
        return (critic, controllers), metrics | more

    start = state.players["critic"], state.controllers
    (critic, controllers), metrics = lax.scan(update, start, (fakes, draws))
    return critic, controllers, jax.tree.map(lambda x: x[-1], metrics)


def _observe(context: _Context, observed: Metrics) -> tuple[dict[str, Any], Metrics]:
    """The controllers after an update, and their metrics."""
    moved: dict[str, Any] = {}
    metrics: Metrics = {}
    for name, controller in context.setting.controllers.items():
        moved[name], more = controller.observe(context.controllers[name], observed)
        metrics |= more
    return moved, metrics


def _loss(
    params: Any, examples: _Examples, *, context: _Context
) -> tuple[jax.Array, tuple[Metrics, Metrics]]:
    """Objective and penalties (Eq. 3 of arXiv:1704.00028), the metrics, and what else controllers observe."""
    setting = context.setting
    section, at = setting.config.objective, (setting, context.critic, params, context.reduce)
    judged, sees = judge(*at), given(setting, context.controllers, context.step, examples.numbers)
    condition, fake = examples.condition, examples.fake
    real = setting.spec.encode(examples.real, fake.dtype)
    of_real, of_fake = (real, sees("real", condition)), (fake, sees("fake", examples.fake_condition))
    if setting.networks.mixes:  # batch norm sees the real examples apart from the fakes
        (real_score, reading), (fake_score, _) = judged(*of_real), judged(*of_fake)
    else:
        together = jax.tree.map(lambda *both: jnp.concatenate(both), of_real, of_fake)
        score, reading = judged(*together)
        real_score, fake_score = jnp.split(score, 2)
        reading = None if reading is None else reading[: len(real)]
    loss = objective(setting, context.controllers, real_score, fake_score).critic
    metrics = {"critic_loss": loss, "critic_gap": losses.critic_gap(real_score, fake_score)}
    if losses.OBJECTIVES[section.loss].logit:
        right = losses.accuracy(real_score, fake_score)
        metrics |= {"real_accuracy": right[0], "fake_accuracy": right[1]}
    misread = functools.partial(and_misread, setting, "critic", context.step)
    loss, more = misread(loss=loss, reading=reading, condition=condition)
    metrics |= more | {"critic_loss": loss}
    pairs = Pairs(real, condition, fake, examples.fake_condition, examples.weight)
    for place in penalties.active(section.penalties):
        penalty, more = _penalty(context, place, scores(*at), pairs, examples)
        loss += penalty
        metrics |= more | {"critic_loss": loss}
    signs = augmented.signs(setting.config, context.controllers, real_score, fake_score)
    return loss, (metrics, {"real_score": real_score.mean()} | signs)


def _penalty(
    context: _Context, place: str, score: losses.Score, pairs: Pairs, examples: _Examples
) -> tuple[jax.Array, Metrics]:
    """A penalty with its weight, and its metrics, without."""
    section = context.setting.config.objective
    penalty = getattr(section.penalties, place)
    weight = number(context.setting.config, f"objective.penalties.{place}.weight", context.step)
    example, condition = penalties.PLACES[place](pairs)
    key = jax.random.fold_in(context.key, list(penalties.PLACES).index(place))

    noise = functools.partial(random.normals, key, examples.slot, example.shape[1:], example.dtype)
    uniform = functools.partial(random.uniforms, key, examples.slot, (example.ndim - 2,), example.dtype)

    def compute() -> tuple[jax.Array, Metrics]:
        sees = given(context.setting, context.controllers, context.step, examples.numbers)
        own = sees(f"penalty_{place}", condition)
        group = context.setting.networks.group
        at = penalties.Penalised(score, example, own, noise, uniform, penalty.sigma, group)
        value, more = penalties.PENALTIES[penalty.kind].function(at)
        return value, {penalties.named(place, name): x for name, x in ({"penalty": value} | more).items()}

    if penalty.every == 1:
        value, metrics = compute()
        return weight * value, metrics
    # Lazy regularisation (Karras et al. 2020, arXiv:1912.04958, Appendix B): in between, the metrics are
    # those of the last time.
    memory = context.controllers[memory_of(place)]
    last = {name: memory[name] for name in penalties.metrics_of(place, penalty.kind)}
    # Update n K + k, modulo j before it is too large for an i32.
    update = context.step % penalty.every * section.critic_updates + context.number
    due = update % penalty.every == 0
    value, metrics = lax.cond(due, compute, lambda: (jnp.zeros((), example.dtype), last))
    return penalty.every * weight * value, metrics


def memory_of(place: str) -> str:
    """The controller that keeps the metrics of a lazy penalty."""
    return f"{place}_penalty"
