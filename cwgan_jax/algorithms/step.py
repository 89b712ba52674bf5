"""One training step: K critic updates, then one generator update, as a pure function of the state."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax

from cwgan_jax.algorithms.draws import Draw, draw
from cwgan_jax.algorithms.state import (
    Batch,
    Metrics,
    Spectral,
    State,
    begin,
    decayed,
    init,
    initial,
    optimizers,
    warm,
)
from cwgan_jax.config import Config
from cwgan_jax.networks import Networks
from cwgan_jax.networks.layers import spectral
from cwgan_jax.networks.layers.norms import SINGLE, Reduce, follow
from cwgan_jax.objectives import losses

__all__ = ["Batch", "Metrics", "State", "begin", "init", "initial", "optimizers", "to_float", "train_step"]


def train_step(
    state: State, batch: Batch, *, config: Config, networks: Networks, reduce: Reduce = SINGLE
) -> tuple[State, Metrics]:
    """K critic updates, then one generator update (Algorithm 1 of arXiv:1704.00028, or R1's variant of it).

    All fakes are made first, since the generator does not change until the end: draw k = 0 .. K-1 for critic
    update k. In the tutorial schedule the generator is then scored on the fakes of draw K-1, whose forward
    pass so serves both; in the paper schedule on fakes of a draw K of its own.

    Args:
      state: the state at n.
      batch: this replica's share of the real examples.
      config: read while tracing.
      networks: generator and critic.
      reduce: averages gradients, batch statistics and metrics over the replicas.

    Returns:
      The state at n + 1, and the metrics of the step.
    """
    run = _Run(config, networks, reduce)
    tutorial = config.objective.schedule == "tutorial"
    count = config.objective.critic_updates + (not tutorial)
    draws = draw(state, batch, config, networks.classes, count)
    first, last = jax.tree.map(lambda x: x[:-1], draws), jax.tree.map(lambda x: x[-1], draws)
    vectors = state.spectral.generator
    if vectors is not None:
        vectors = spectral.advance(state.generator, vectors)

    def generate(params: Any, stats: Any, draw: Draw) -> tuple[jax.Array, Any]:
        params = spectral.normalised(params, vectors)
        return networks.generate(params, stats, draw.latent, draw.fake_label, reduce=reduce)

    stats, fakes = _generate_all(functools.partial(generate, state.generator), state, first, reduce)
    fake, pull_back, stats = jax.vjp(lambda p: generate(p, stats, last), state.generator, has_aux=True)
    if tutorial:
        fakes, first = jnp.concatenate([fakes, fake[None]]), draws

    critic, metrics = _update_critic(run, state, batch, fakes, first)
    loss, towards = _score(run, critic, fake, last.fake_label)
    gradient, loss = reduce.mean((pull_back(towards)[0], loss))
    moved = _update_generator(state, gradient, stats, config)._replace(
        step=state.step + 1,
        critic=critic.params,
        critic_optimizer=critic.optimizer,
        spectral=Spectral(vectors, critic.vectors),
        balance=critic.balance,
    )
    return moved, metrics._replace(generator_loss=loss)


class _Run(NamedTuple):
    """What stays the same throughout a run."""

    config: Config
    networks: Networks
    reduce: Reduce


class _Critic(NamedTuple):
    """What changes with each update of the critic."""

    params: Any
    optimizer: optax.OptState
    vectors: Any
    balance: Any

    def scores(self, run: _Run, params: Any) -> losses.Critic:
        """(image f[..., H, W, D], label i32[...]) -> f[...], with these parameters in place of its own."""
        return functools.partial(
            run.networks.score, spectral.normalised(params, self.vectors), reduce=run.reduce
        )

    def objective(self, run: _Run, real: jax.Array, fake: jax.Array) -> losses.Losses:
        """What the objective says of the scores f[b]."""
        settings = run.config.objective
        balance = 0.0 if self.balance is None else self.balance
        given = losses.Given(settings.real_target, settings.fake_target, balance)
        return losses.OBJECTIVES[settings.loss](real, fake, given)


def _score(run: _Run, critic: _Critic, fake: jax.Array, label: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The generator's loss and its gradient with respect to the fakes f[b, H, W, D], part by part."""
    count, score = run.config.train.parts, critic.scores(run, critic.params)

    def loss(fake: jax.Array, label: jax.Array) -> jax.Array:
        scores = score(fake, label)  # a generator's loss needs none of real images
        return critic.objective(run, scores, scores).generator

    if count == 1:
        return jax.value_and_grad(loss)(fake, label)
    parts = jax.tree.map(lambda x: x.reshape(count, -1, *x.shape[1:]), (fake, label))
    each, towards = lax.map(lambda part: jax.value_and_grad(loss)(*part), parts)
    return each.mean(), towards.reshape(fake.shape) / count


def _generate_all(
    generate: Callable[[Any, Any], tuple[jax.Array, Any]], state: State, draws: Any, reduce: Reduce
) -> tuple[Any, jax.Array]:
    """The running statistics after all draws, and their fakes f[draws, b, H, W, D]."""
    if reduce.replicas == 1:
        return lax.scan(lambda stats, draw: generate(stats, draw)[::-1], state.batch_stats, draws)
    # In one pass, which takes more memory, but one collective for each norm instead of one per draw.
    fakes, moved = jax.vmap(generate, in_axes=(None, 0))(state.batch_stats, draws)
    return follow(state.batch_stats, moved), fakes


def _update_generator(state: State, gradient: Any, stats: Any, config: Config) -> State:
    """The generator, its running statistics and its moving average after the update of step n."""
    change, optimizer = optimizers(config.optimizer)[0].update(gradient, state.generator_optimizer)
    change = decayed(change, state.step, config.optimizer)
    generator = optax.apply_updates(state.generator, change)
    average = state.average
    if average is not None:
        now = {"params": generator, "batch_stats": stats}
        average = optax.incremental_update(now, average, 1 - warm(config.train.ema_decay, state.step))
    return state._replace(
        generator=generator, batch_stats=stats, generator_optimizer=optimizer, average=average
    )


class _Examples(NamedTuple):
    """What one critic update sees; every leaf has the examples on its first axis."""

    real: jax.Array  # u8, or f where the data are points
    label: jax.Array
    fake: jax.Array
    fake_label: jax.Array
    weight: jax.Array


def _update_critic(run: _Run, state: State, batch: Batch, fakes: Any, draws: Draw) -> tuple[_Critic, Metrics]:
    """K critic updates, update k on `fakes[k]` f[b, H, W, D]; the metrics are those of the last one."""
    settings, objective = run.config.optimizer, run.config.objective
    optimizer = optimizers(settings)[1]

    def update(critic: _Critic, inputs: tuple[jax.Array, Draw]) -> tuple[_Critic, Metrics]:
        fake, draw = inputs
        if critic.vectors is not None:
            critic = critic._replace(vectors=spectral.advance(critic.params, critic.vectors))
        real, label = batch.image[draw.real], batch.label[draw.real]
        examples = _Examples(real, label, fake, draw.fake_label, draw.weight)
        differentiate = functools.partial(
            jax.grad(functools.partial(_critic_loss, run=run, critic=critic), has_aux=True), critic.params
        )
        parts = _mean_of_parts(differentiate, examples, run.config.train.parts)
        gradient, (metrics, real_score) = run.reduce.mean(parts)
        change, state_ = optimizer.update(gradient, critic.optimizer)
        params = optax.apply_updates(critic.params, decayed(change, state.step, settings))
        if objective.constraint == "clipping":  # arXiv:1701.07875, Algorithm 1, line 7
            params = jax.tree.map(lambda x: jnp.clip(x, -objective.clip, objective.clip), params)
        balance = critic.balance
        if balance is not None:
            balance, convergence = losses.equilibrium(
                real_score,
                real_score - metrics.critic_gap,
                balance,
                ratio=objective.equilibrium,
                rate=objective.equilibrium_rate,
            )
            metrics = metrics._replace(balance=balance, convergence=convergence)
        return _Critic(params, state_, critic.vectors, balance), metrics

    start = _Critic(state.critic, state.critic_optimizer, state.spectral.critic, state.balance)
    critic, metrics = lax.scan(update, start, (fakes, draws))
    return critic, jax.tree.map(lambda x: x[-1], metrics)


def _mean_of_parts(function: Callable[[_Examples], Any], examples: _Examples, count: int) -> Any:
    """The mean of `function`, a mean over examples itself, over `count` equal parts taken one by one."""
    if count == 1:
        return function(examples)
    parts = jax.tree.map(lambda x: x.reshape(count, -1, *x.shape[1:]), examples)
    zeros = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), jax.eval_shape(function, examples))
    total, _ = lax.scan(lambda sums, part: (jax.tree.map(jnp.add, sums, function(part)), None), zeros, parts)
    return jax.tree.map(lambda x: x / count, total)


def _critic_loss(
    params: Any, examples: _Examples, *, run: _Run, critic: _Critic
) -> tuple[jax.Array, tuple[Metrics, jax.Array]]:
    """Objective and penalty (Eq. 3 of arXiv:1704.00028); also gives the mean score of the real images."""
    objective, score = run.config.objective, critic.scores(run, params)
    label, fake = examples.label, examples.fake
    real = to_float(examples.real, fake.dtype)
    if run.networks.mixes:  # batch norm sees the real images apart from the fakes
        real_score, fake_score = score(real, label), score(fake, examples.fake_label)
    else:
        together = jnp.concatenate([real, fake]), jnp.concatenate([label, examples.fake_label])
        real_score, fake_score = jnp.split(score(*together), 2)
    loss = critic.objective(run, real_score, fake_score).critic
    gap = losses.critic_gap(real_score, fake_score)
    metrics = Metrics(loss, jnp.zeros_like(loss), gap)
    if objective.loss in losses.PROBABILITIES:
        right = losses.accuracy(real_score, fake_score)
        metrics = metrics._replace(real_accuracy=right[0], fake_accuracy=right[1])
    if objective.constraint == "gradient_penalty":
        norm = losses.gradient_norm(score, *_penalised(objective.penalty_at, examples, real))
        penalty = losses.PENALTIES[objective.penalty](norm)
        loss += objective.penalty_weight * penalty
        metrics = metrics._replace(critic_loss=loss, penalty=penalty, gradient_norm=norm.mean())
    return loss, (metrics, real_score.mean())


def _penalised(where: str, examples: _Examples, real: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The images at which the gradient is penalised, and the labels that they are judged under."""
    if where == "fake":
        return examples.fake, examples.fake_label
    if where == "real":
        return real, examples.label
    return losses.interpolate(real, examples.fake, examples.weight), examples.label


def to_float(image: jax.Array, dtype: jnp.dtype) -> jax.Array:
    """u8 in [0, 255] -> f in [-1, 1]; points, which are numbers already, as they are."""
    return image.astype(dtype) / 127.5 - 1 if image.dtype == jnp.uint8 else image.astype(dtype)
