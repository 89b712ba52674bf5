"""What trains: an algorithm is a value, a network in training a player."""

from collections.abc import Callable

from cwgan_jax.algorithms import adversarial, cyclegan, cyclegan_setting
from cwgan_jax.algorithms.algorithm import (
    Alarm,
    Algorithm,
    Batch,
    Request,
    Spec,
    State,
    abstract,
    initial,
    lowered_init,
)
from cwgan_jax.config import Config

__all__ = [
    "ALGORITHMS",
    "UNREAD",
    "Alarm",
    "Algorithm",
    "Batch",
    "Request",
    "Spec",
    "State",
    "abstract",
    "initial",
    "lowered_init",
    "make",
]

ALGORITHMS: dict[str, Callable[[Config, Spec], Algorithm]] = {
    "adversarial": adversarial.make,
    "cyclegan": cyclegan.make,
}
UNREAD: dict[str, tuple[tuple[str, str], ...]] = {
    "adversarial": (("translation", "config.algorithm=adversarial does not translate"),),
    "cyclegan": cyclegan_setting.UNREAD,
}
"""Keys and sections of the config that an algorithm does not read, and why, for `config.idle`."""


def make(config: Config, spec: Spec) -> Algorithm:
    """The algorithm that `config.algorithm` names."""
    return ALGORITHMS[config.algorithm](config, spec)
