"""The generator's side of an adversarial step: its fakes, and what its loss wants of them."""

import functools
from collections.abc import Callable
from typing import Any

import jax
from jax import lax

from cwgan_jax.algorithms.critic import Setting, and_misread, given, judge, objective
from cwgan_jax.algorithms.draws import Draw
from cwgan_jax.algorithms.player import Player
from cwgan_jax.networks.layers.norms import Reduce, follow


def towards(
    setting: Setting,
    critic: Player,
    controllers: Any,
    step: jax.Array,
    examples: tuple[jax.Array, jax.Array],
    draw: Draw,
    reduce: Reduce,
) -> tuple[dict[str, jax.Array], jax.Array]:
    """The generator's metrics and its loss's gradient with respect to the fakes f[b, H, W, D], part by part.

    Objectives that do not read the scores of real examples cost nothing for them: XLA drops what is unused.
    """
    judged = judge(setting, critic, critic.params, reduce)

    @functools.partial(jax.grad, has_aux=True)
    def gradient_of(
        fake: Any, real: Any, condition: Any, own: Any, numbers: Any
    ) -> tuple[jax.Array, dict[str, jax.Array]]:
        sees = given(setting, controllers, step, numbers)
        real = setting.spec.encode(real, fake.dtype)
        real_score, _ = judged(real, sees("generator_real", condition))
        fake_score, reading = judged(fake, sees("generator_fake", own))
        value = objective(setting, controllers, real_score, fake_score).generator
        misread = functools.partial(and_misread, setting, "generator", step)
        value, metrics = misread(loss=value, reading=reading, condition=own)
        return value, metrics | {"generator_loss": value}

    real, fake = examples
    inputs = fake, real, draw.condition, draw.fake_condition, draw.numbers
    if (count := setting.config.train.parts) == 1:
        gradient, metrics = gradient_of(*inputs)
        return metrics, gradient
    parts = jax.tree.map(lambda x: x.reshape(count, -1, *x.shape[1:]), inputs)
    gradient, each = lax.map(lambda part: gradient_of(*part), parts)
    return jax.tree.map(lambda x: x.mean(), each), gradient.reshape(fake.shape) / count


def every(
    generate: Callable[[Any, Any], tuple[jax.Array, Any]], generator: Player, draws: Any, reduce: Reduce
) -> tuple[Any, jax.Array]:
    """The running statistics after all draws, and their fakes f[draws, b, H, W, D]."""
    if reduce.replicas == 1:
        return lax.scan(lambda stats, draw: generate(stats, draw)[::-1], generator.stats, draws)
    # In one pass, which takes more memory, but one collective for each norm instead of one per draw.
    fakes, moved = jax.vmap(generate, in_axes=(None, 0))(generator.stats, draws)
    return follow(generator.stats, moved), fakes
