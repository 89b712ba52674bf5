"""The strength p of an augmentation, moved by how well the critic knows the real examples."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from cwgan_jax.common.metric import Metric
from cwgan_jax.objectives.controllers import Controller

SIGN = "augment_sign"  # of one update among what is observed, and r_t among the metrics
P = "augment_p"


class Strength(NamedTuple):
    """What is kept from one update of the critic to the next.

    Attributes:
      p: f[], the strength.
      sign: f[], r_t: the mean sign over the last whole number of `every` updates; 0 before the first.
      total: f[], the sum of the mean signs of the updates since.
      updates: i32[], how many these are.
      middle: f[], half-way between the mean scores of real and of generated examples, at the last update.
    """

    p: jax.Array
    sign: jax.Array
    total: jax.Array
    updates: jax.Array
    middle: jax.Array


def adaptive(section: Any, batch: int) -> Controller:
    """Adaptive discriminator augmentation (Karras et al. 2020, arXiv:2006.06676, Section 3).

    After every `every` updates p += sign(r_t - target) * every * B / speed, in [0, ceiling]; r_t is the mean
    sign of the scores, Eq. 1, where it is the discriminator's logits, see `losses.Objective.recognised`.

    Args:
      section: the config's `augment`; without a target p is its own, and r_t is told all the same.
      batch: B.

    Returns:
      A controller of `Strength`.
    """
    step = section.every * batch / section.speed

    def init(dtype: jnp.dtype) -> Strength:
        zero = jnp.zeros((), dtype)
        return Strength(jnp.asarray(section.p, dtype), zero, zero, jnp.zeros((), jnp.int32), zero)

    def observe(value: Strength, observed: Mapping[str, jax.Array]) -> tuple[Strength, dict[str, jax.Array]]:
        total, count = value.total + observed[SIGN], value.updates + 1
        due = count == section.every
        sign, p = jnp.where(due, total / section.every, value.sign), value.p
        if section.target is not None:
            moved = jnp.clip(p + jnp.sign(sign - section.target) * step, 0, section.ceiling)
            p = jnp.where(due, moved, p)
        middle = observed["real_score"] - observed["critic_gap"] / 2
        kept = Strength(p, sign, jnp.where(due, 0, total), jnp.where(due, 0, count), middle)
        return kept, {P: p, SIGN: sign}

    panel = "augmentation of what is scored"
    metrics = (
        Metric(P, "strength p", panel, short="p", digits=3, zero=True),
        Metric(SIGN, "mean sign of real scores r_t", panel, short="r_t", digits=2, zero=True),
    )
    return Controller(init, observe, metrics)
