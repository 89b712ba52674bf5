"""What measuring a run needs of it, and who hears of the result."""

from collections.abc import Mapping
from typing import Any, Protocol

from cwgan_jax.algorithms import Algorithm
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset


class Run(Protocol):
    """What is read of a run; see `training.plan.Plan`."""

    @property
    def config(self) -> Config:
        """The config."""

    @property
    def dataset(self) -> Dataset:
        """The training split."""

    @property
    def streams(self) -> Mapping[str, Dataset]:
        """The training split of each stream of examples that the algorithm takes."""

    @property
    def algorithm(self) -> Algorithm:
        """What trains."""

    @property
    def total(self) -> int:
        """The last step."""

    @property
    def about(self) -> dict[str, Any]:
        """What its checkpoints say of it."""


class Watch(Protocol):
    """Reports what was measured; see `training.telemetry.Watch`."""

    def quality(self, step: int, values: dict[str, float]) -> None:
        """Reports the figures of step n."""

    def say(self, line: str) -> None:
        """Prints a line."""
