"""One training step: K critic updates, then one generator update, as a pure function of the state."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import lax

from cwgan_jax import losses, rng
from cwgan_jax.config import Config
from cwgan_jax.models import Networks
from cwgan_jax.models.norms import SINGLE, Reduce, follow
from cwgan_jax.state import Batch, Metrics, State, adams, decayed, init, initial, warm

__all__ = ["Batch", "Metrics", "State", "adams", "init", "initial", "to_float", "train_step"]


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
    tutorial = config.objective.schedule == "tutorial"
    draws = _draw(state.step, batch, config, networks, config.objective.critic_updates + (not tutorial))
    first, last = jax.tree.map(lambda x: x[:-1], draws), jax.tree.map(lambda x: x[-1], draws)

    def generate(params: Any, stats: Any, draw: _Draw) -> tuple[jax.Array, Any]:
        return networks.generate(params, stats, draw.latent, draw.fake_label, reduce=reduce)

    stats, fakes = _generate_all(functools.partial(generate, state.generator), state, first, reduce)
    fake, pull_back, stats = jax.vjp(lambda p: generate(p, stats, last), state.generator, has_aux=True)
    if tutorial:
        fakes, first = jnp.concatenate([fakes, fake[None]]), draws

    critic, critic_adam, metrics = _update_critic(state, batch, fakes, first, config, networks, reduce)
    loss, towards = _score(critic, fake, last.fake_label, networks, config.train.parts)
    gradient, loss = reduce.mean((pull_back(towards)[0], loss))
    change, generator_adam = adams(config.optimizer)[0].update(gradient, state.generator_adam)
    change = decayed(change, state.step, config.optimizer)
    generator = optax.apply_updates(state.generator, change)

    average = state.average
    if average is not None:
        now = {"params": generator, "batch_stats": stats}
        average = optax.incremental_update(now, average, 1 - warm(config.train.ema_decay, state.step))
    state = State(state.step + 1, generator, stats, critic, generator_adam, critic_adam, average)
    return state, metrics._replace(generator_loss=loss)


def _score(
    critic: Any, fake: jax.Array, label: jax.Array, networks: Networks, count: int
) -> tuple[jax.Array, jax.Array]:
    """The generator's loss and its gradient with respect to the fakes f[b, H, W, D], in `count` parts."""

    def of_part(part: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        fake, label = part
        return jax.value_and_grad(lambda x: losses.generator_loss(networks.score(critic, x, label)))(fake)

    if count == 1:
        return of_part((fake, label))
    parts = jax.tree.map(lambda x: x.reshape(count, -1, *x.shape[1:]), (fake, label))
    loss, towards = lax.map(of_part, parts)
    return loss.mean(), towards.reshape(fake.shape) / count


def _generate_all(
    generate: Callable[[Any, Any], tuple[jax.Array, Any]], state: State, draws: Any, reduce: Reduce
) -> tuple[Any, jax.Array]:
    """The running statistics after all draws, and their fakes f[draws, b, H, W, D]."""
    if reduce.replicas == 1:
        return lax.scan(lambda stats, draw: generate(stats, draw)[::-1], state.batch_stats, draws)
    # In one pass, which takes more memory, but one collective for each norm instead of one per draw.
    fakes, moved = jax.vmap(generate, in_axes=(None, 0))(state.batch_stats, draws)
    return follow(state.batch_stats, moved), fakes


class _Draw(NamedTuple):
    """The random numbers and the real batch of draw k; stacked on a leading axis for all draws of a step."""

    latent: jax.Array
    fake_label: jax.Array
    weight: jax.Array
    real: jax.Array  # i32[], which of the batch's R real batches


def _draw(step: jax.Array, batch: Batch, config: Config, networks: Networks, count: int) -> _Draw:
    """Draws 0 .. count-1 of step n, `count` the number of forward passes of the generator."""
    dtype = jnp.dtype(config.model.dtype)

    def one(k: jax.Array) -> _Draw:
        def key(stream: rng.Stream) -> jax.Array:
            return rng.key(config.seed, stream, step, k)

        real = jnp.minimum(k, batch.label.shape[0] - 1)
        label = batch.label[real]
        if networks.classes and config.objective.fake_labels == "uniform":
            label = rng.labels(key(rng.Stream.LABEL), batch.slot, networks.classes)
        latent = rng.latents(key(rng.Stream.LATENT), batch.slot, config.model.latent, dtype)
        return _Draw(latent, label, rng.weights(key(rng.Stream.WEIGHT), batch.slot, dtype), real)

    return jax.vmap(one)(jnp.arange(count))


def _update_critic(
    state: State, batch: Batch, fakes: Any, draws: _Draw, config: Config, networks: Networks, reduce: Reduce
) -> tuple[Any, optax.OptState, Metrics]:
    """K critic updates, update k on `fakes[k]` f[b, H, W, D]; the metrics are those of the last one."""
    optimizer = adams(config.optimizer)[1]

    def update(carry: tuple[Any, Any], inputs: tuple[jax.Array, _Draw]) -> tuple[Any, Metrics]:
        params, adam = carry
        fake, draw = inputs
        real, label = batch.image[draw.real], batch.label[draw.real]
        examples = _Examples(real, label, fake, draw.fake_label, draw.weight)
        loss = functools.partial(_critic_loss, config=config, networks=networks)
        differentiate = functools.partial(jax.grad(loss, has_aux=True), params)
        gradient, metrics = reduce.mean(_mean_of_parts(differentiate, examples, config.train.parts))
        change, adam = optimizer.update(gradient, adam)
        change = decayed(change, state.step, config.optimizer)
        return (optax.apply_updates(params, change), adam), metrics

    (critic, adam), metrics = lax.scan(update, (state.critic, state.critic_adam), (fakes, draws))
    return critic, adam, jax.tree.map(lambda x: x[-1], metrics)


class _Examples(NamedTuple):
    """What one critic update sees; every leaf has the examples on its first axis."""

    real: jax.Array  # u8
    label: jax.Array
    fake: jax.Array
    fake_label: jax.Array
    weight: jax.Array


def _mean_of_parts(function: Callable[[_Examples], Any], examples: _Examples, count: int) -> Any:
    """The mean of `function`, a mean over examples itself, over `count` equal parts taken one by one."""
    if count == 1:
        return function(examples)
    parts = jax.tree.map(lambda x: x.reshape(count, -1, *x.shape[1:]), examples)
    zeros = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), jax.eval_shape(function, examples))
    total, _ = lax.scan(lambda sums, part: (jax.tree.map(jnp.add, sums, function(part)), None), zeros, parts)
    return jax.tree.map(lambda x: x / count, total)


def _critic_loss(
    params: Any, examples: _Examples, *, config: Config, networks: Networks
) -> tuple[jax.Array, Metrics]:
    """Eq. 3 of arXiv:1704.00028; the interpolates are judged under the real labels."""
    critic = functools.partial(networks.score, params)
    label, fake = examples.label, examples.fake
    real = to_float(examples.real, fake.dtype)
    real_score, fake_score = jnp.split(
        critic(jnp.concatenate([real, fake]), jnp.concatenate([label, examples.fake_label])), 2
    )
    norm = losses.gradient_norm(critic, losses.interpolate(real, fake, examples.weight), label)
    gap, penalty = losses.wasserstein(real_score, fake_score), losses.gradient_penalty(norm)
    loss = -gap + config.objective.penalty_weight * penalty
    return loss, Metrics(loss, jnp.zeros_like(loss), gap, penalty, norm.mean())


def to_float(image: jax.Array, dtype: jnp.dtype) -> jax.Array:
    """u8 in [0, 255] -> f in [-1, 1]."""
    return image.astype(dtype) / 127.5 - 1
