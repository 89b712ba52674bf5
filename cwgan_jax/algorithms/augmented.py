"""What the critic sees: every image augmented, real or generated, in both updates and in every penalty.

Where nothing is augmented, what a score reads besides the example is its condition, and no more.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax.algorithms import ramp
from cwgan_jax.algorithms.algorithm import Alarm
from cwgan_jax.config import Config
from cwgan_jax.objectives import augment, losses, penalties
from cwgan_jax.objectives.augment.controller import SIGN, P, Strength

STRENGTH = "augment"  # the controller of p
# Where images are seen, each with random numbers of its own; those of penalties come behind.
_PLACES = ("real", "fake", "generator_real", "generator_fake")
_ROUNDING = 1e-6

T = TypeVar("T")


class Given(NamedTuple):
    """What a score reads besides an example; any leading axes.

    Attributes:
      condition: f[..., C].
      drawn: what is to be done with the example, see `objectives.augment.draw`.
    """

    condition: jax.Array
    drawn: tuple[augment.Drawn, ...]


def active(config: Config) -> bool:
    """Whether anything is augmented."""
    return bool(augment.PIPELINES[config.augment.pipeline])


def strength(config: Config, controllers: Mapping[str, Any], step: jax.Array) -> jax.Array | float:
    """The strength at step n: as it has adapted, or as the config and its ramp have it."""
    if active(config) and config.augment.target is not None:
        value: Strength = controllers[STRENGTH]
        return value.p
    return ramp.number(config, "augment.p", step)


def numbers(config: Config, key: jax.Array, slot: jax.Array, dtype: Any) -> augment.Numbers | None:
    """The random numbers of an update's examples at every place [b, places]; None: nothing is augmented.

    Args:
      config: of the run.
      key: of the update.
      slot: i32[b].
      dtype: of the numbers.
    """
    if not (pipeline := augment.PIPELINES[config.augment.pipeline]):
        return None

    def one(slot: jax.Array, place: jax.Array) -> augment.Numbers:
        own = jax.random.fold_in(jax.random.fold_in(key, slot), place)
        return augment.numbers(pipeline, own, dtype)

    places = jnp.arange(len(_places()))
    return jax.vmap(lambda slot: jax.vmap(lambda place: one(slot, place))(places))(slot)


def _places() -> list[str]:
    return [*_PLACES, *(f"penalty_{place}" for place in penalties.PLACES)]


def given(
    config: Config,
    shape: tuple[int, ...],
    p: jax.Array | float,
    *,
    at: str,
    numbers: augment.Numbers | None,
    condition: jax.Array,
) -> Any:
    """What the scores of b examples read besides them.

    Args:
      config: of the run.
      shape: of an example.
      p: f[], the strength.
      at: where they are seen: one of `_PLACES`, or `penalty_` and a place of a penalty.
      numbers: of the update, see `numbers`.
      condition: f[b, C].
    """
    if numbers is None:
        return condition
    place, pipeline = _places().index(at), augment.PIPELINES[config.augment.pipeline]
    own = jax.tree.map(lambda x: x[:, place], numbers)
    return Given(condition, jax.vmap(lambda one: augment.draw(pipeline, one, p, shape))(own))


def seen(config: Config, judged: Callable[[jax.Array, jax.Array], T]) -> Callable[[jax.Array, Any], T]:
    """`judged`, a function of example and condition, as a function of example and `given`: it augments first.

    Examples f[..., H, W, D] with any leading axes, the same as those of what is given.
    """
    pipeline = augment.PIPELINES[config.augment.pipeline]
    if not pipeline:
        return judged

    def changed(example: jax.Array, given: Given) -> T:
        change = lambda drawn, example: augment.apply(pipeline, drawn, example)  # noqa: E731
        for _ in range(example.ndim - 3):
            change = jax.vmap(change)
        return judged(change(given.drawn, example), given.condition)

    return changed


def signs(
    config: Config, controllers: Mapping[str, Any], real: jax.Array, fake: jax.Array
) -> dict[str, jax.Array]:
    """What the controller of p observes of the scores f[b]: the mean sign; {} if nothing is augmented."""
    if not active(config):
        return {}
    section = config.objective
    middle = controllers[STRENGTH].middle
    inputs = losses.ObjectiveInputs(section.real_target, section.fake_target, middle=middle)
    return {SIGN: jnp.sign(losses.OBJECTIVES[section.loss].recognised(real, fake, inputs)).mean()}


def alarms(config: Config) -> tuple[Alarm, ...]:
    """A strength that has grown to its ceiling."""
    section = config.augment
    if not active(config) or section.target is None:
        return ()
    name = losses.name_of(config.objective.loss)

    def bad(values: Mapping[str, np.ndarray]) -> np.ndarray:
        """Whether p is as large as it may be."""
        return values[P] >= section.ceiling - _ROUNDING

    def begins(values: Mapping[str, np.ndarray], since: int) -> str:
        return (
            f"the augmentation's p is at config.augment.ceiling={section.ceiling:g} since step {since}, and"
            f" the {name} still recognises real images (r_t {values[SIGN][-1]:.2f}, target"
            f" {section.target:g}): it learns them by heart, and with a larger p augmented images would be"
            " generated; more data, a smaller network or a larger weight of"
            " config.objective.penalties.real helps, or keep the best checkpoint so far"
        )

    ends, state = "the augmentation's p is below its ceiling again", "the augmentation's p is at its ceiling"
    return (Alarm("augmentation at its ceiling", bad, begins, ends, state),)
