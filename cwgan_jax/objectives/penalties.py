"""The penalties that keep the critic smooth: how one is computed, and at which examples.

To add a way of computing one, write its function and one line of `PENALTIES`; to add a place, one line of
`PLACES` and a field of `config.sections.Penalties`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp

from cwgan_jax.objectives.losses import Score

_SHIFT = 0.125  # of each side


class Pairs(NamedTuple):
    """What one critic update sees, example by example.

    Attributes:
      real: f[B, H, W, D].
      condition: f[B, C], of the real examples.
      fake: f[B, H, W, D].
      fake_condition: f[B, C], that the fakes were made for.
      weight: f[B] in [0, 1), the real example's share of the interpolate.
    """

    real: jax.Array
    condition: jax.Array
    fake: jax.Array
    fake_condition: jax.Array
    weight: jax.Array


class Penalised(NamedTuple):
    """Where a penalty is computed.

    Attributes:
      score: the critic.
      example: f[B, H, W, D].
      condition: f[B, C], under which they are scored; with augmentation also how they are changed. `score`
        takes it as it is.
      noise: () -> f[B, H, W, D], standard normal, the same whichever device holds an example.
      uniform: () -> f[B, 2] in [0, 1), likewise; a number for each side, of a signal f[B, 1].
      sigma: the config's length of a finite difference.
      group: how many neighbouring examples are scored together, see `gradient_norm`.
    """

    score: Score
    example: jax.Array
    condition: jax.Array
    noise: Callable[[], jax.Array]
    uniform: Callable[[], jax.Array]
    sigma: float
    group: int = 1


class Penalty(NamedTuple):
    """A way of computing a penalty.

    Attributes:
      function: (where) -> the penalty f[] without its weight, and metrics f[] by name.
      metrics: (name, title) of those.
    """

    function: Callable[[Penalised], tuple[jax.Array, dict[str, jax.Array]]]
    metrics: tuple[tuple[str, str], ...] = ()


def interpolate(real: jax.Array, fake: jax.Array, weight: jax.Array) -> jax.Array:
    """Points on the lines between real and generated examples, line 6 of Algorithm 1 (arXiv:1704.00028).

    Args:
      real: f[B, H, W, D].
      fake: f[B, H, W, D].
      weight: f[B] in [0, 1): one per example, the real example's share.

    Returns:
      f[B, H, W, D].
    """
    chex.assert_equal_shape([real, fake])
    chex.assert_shape(weight, real.shape[:1])
    weight = weight.reshape(-1, *(1 for _ in real.shape[1:]))
    return weight * real + (1 - weight) * fake


PLACES: dict[str, Callable[[Pairs], tuple[jax.Array, jax.Array]]] = {
    "interpolates": lambda x: (interpolate(x.real, x.fake, x.weight), x.condition),
    "real": lambda x: (x.real, x.condition),
    "fake": lambda x: (x.fake, x.fake_condition),
}


def gradient_norm(critic: Score, example: jax.Array, given: Any, *, group: int = 1) -> jax.Array:
    """Euclidean norm of the critic's gradient with respect to all numbers of each example.

    Args:
      critic: (example f[H, W, D], what is given with it) -> score f[]; a function of ONE example. If it
        compares the examples of a group, of f[group, H, W, D] -> f[group].
      example: f[B, H, W, D].
      given: what the score reads besides: the conditions f[B, C], or a tree of arrays [B, ...].
      group: how many neighbours are compared with each other; the gradient is then of the group's summed
        score.

    Returns:
      f[B]. Where a gradient is exactly zero the norm is 0 and so is the norm's own gradient (a subgradient;
      the plain square root would give NaN). No epsilon: it would shift every other norm.
    """
    if group == 1:
        gradient = jax.vmap(jax.grad(critic))(example, given)
    else:
        grouped = jax.tree.map(lambda x: x.reshape(-1, group, *x.shape[1:]), (example, given))
        summed = jax.grad(lambda x, y: critic(x, y).sum())
        gradient = jax.vmap(summed)(*grouped).reshape(example.shape)
    squared = jnp.square(gradient).sum(tuple(range(1, gradient.ndim)))
    positive = squared > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1)), 0)


def gradient_penalty(norm: jax.Array) -> jax.Array:
    """Mean over the examples of (norm - 1)^2, the last term of Eq. 3 without its weight: f[B] -> f[]."""
    return jnp.square(norm - 1).mean()


def one_sided(norm: jax.Array) -> jax.Array:
    """Mean of max(0, norm - 1)^2 (Gulrajani et al. 2017, Section 4; Petzka et al. 2018): f[B] -> f[]."""
    return jnp.square(jax.nn.relu(norm - 1)).mean()


def zero_centred(norm: jax.Array) -> jax.Array:
    """Mean of norm^2: R1 at real examples, R2 at generated ones (Mescheder et al. 2018, arXiv:1801.04406).

    The weight is the gamma / 2 of their Eq. 9.
    """
    return jnp.square(norm).mean()


def finite_difference(at: Penalised) -> tuple[jax.Array, dict[str, jax.Array]]:
    """Mean of (D(x) - D(x + sigma noise))^2, without a second backward pass.

    For small sigma it tends to sigma^2 times the mean of norm^2: the expected square of the gradient's
    component along a standard normal vector is the gradient's square.
    """
    return _difference(at, at.example + at.sigma * at.noise()), {}


def consistency(at: Penalised) -> tuple[jax.Array, dict[str, jax.Array]]:
    """Mean of (D(x) - D(x shifted))^2: consistency regularisation.

    At real examples it is that of Zhang et al. 2020 (arXiv:1910.12027, Eq. 4), at generated ones too the
    balanced one of Zhao et al. 2021 (arXiv:2002.04724).
    """
    return _difference(at, jax.vmap(shifted)(at.example, at.uniform())), {}


def shifted(example: jax.Array, uniform: jax.Array) -> jax.Array:
    """An example f[H, W, D] moved by up to an eighth of each side, its outermost numbers repeated behind it.

    Args:
      example: of any kind of data, channels last; a side of fewer than 4 is left as it is.
      uniform: f[2] in [0, 1), which of the moves along H and W, all equally likely; a number for each side.
    """
    for axis, side in enumerate(example.shape[:-1]):
        most = int(side * _SHIFT + 0.5)
        move = jnp.floor(uniform[axis] * (2 * most + 1)).astype(jnp.int32) - most
        example = jnp.take(example, jnp.arange(side) + move, axis=axis, mode="clip")
    return example


def _difference(at: Penalised, moved: jax.Array) -> jax.Array:
    return jnp.square(at.score(at.example, at.condition) - at.score(moved, at.condition)).mean()


def _of_norm(function: Callable[[jax.Array], jax.Array]) -> Penalty:
    def penalty(at: Penalised) -> tuple[jax.Array, dict[str, jax.Array]]:
        norm = gradient_norm(at.score, at.example, at.condition, group=at.group)
        return function(norm), {"gradient_norm": norm.mean()}

    return Penalty(penalty, metrics=(("gradient_norm", "gradient norm"),))


PENALTIES: dict[str, Penalty] = {
    "two_sided": _of_norm(gradient_penalty),
    "one_sided": _of_norm(one_sided),
    "zero_centred": _of_norm(zero_centred),
    "finite_difference": Penalty(finite_difference),
    "consistency": Penalty(consistency),
}


def named(place: str, metric: str) -> str:
    """A metric's name: those at the interpolates have no prefix, as there is nothing else in most runs."""
    return metric if place == "interpolates" else f"{place}_{metric}"


def metrics_of(place: str, kind: str) -> dict[str, str]:
    """The metrics of a penalty with their titles: its value without the weight, and what else it gives."""
    before = "" if place == "interpolates" else f"{place} "
    own = (("penalty", "penalty"), *PENALTIES[kind].metrics)
    return {named(place, name): f"{before}{title}" for name, title in own}


def active(penalties: Any) -> dict[str, Any]:
    """The config's penalties with a weight, by place."""
    return {place: getattr(penalties, place) for place in PLACES if getattr(penalties, place).weight}
