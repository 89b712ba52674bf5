"""What trains: an algorithm is a value, a network in training a player."""

from collections.abc import Callable

from cwgan_jax.algorithms import adversarial
from cwgan_jax.algorithms.algorithm import Alarm, Algorithm, Batch, Request, Spec, State, abstract, initial
from cwgan_jax.config import Config

__all__ = [
    "ALGORITHMS",
    "Alarm",
    "Algorithm",
    "Batch",
    "Request",
    "Spec",
    "State",
    "abstract",
    "initial",
    "make",
]

ALGORITHMS: dict[str, Callable[[Config, Spec], Algorithm]] = {"adversarial": adversarial.make}


def make(config: Config, spec: Spec) -> Algorithm:
    """The algorithm that `config.algorithm` names."""
    return ALGORITHMS[config.algorithm](config, spec)
