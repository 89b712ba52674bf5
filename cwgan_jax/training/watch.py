"""Takes the metrics of a run and sees that they are finite.

They are fetched one call late, so that reading them never keeps the device waiting.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np

from cwgan_jax.common.errors import DivergedError
from cwgan_jax.common.metric import Metric

Values = Mapping[str, Any]
"""Metrics f[T] on the devices, by name."""


class Watch:
    """Takes device scalars and sees that they are finite: what every process of a pod does.

    The first process says what happens (`Telemetry`), the others are silent.
    """

    def __init__(self, metrics: Sequence[Metric], place: tuple[int, int] = (0, 1)) -> None:
        """Takes what there is to know of the run.

        Args:
          metrics: what the algorithm declares of them; they are handled in that order.
          place: of this run among those that train together, from 0, and how many these are.
        """
        self._metrics = metrics
        self._place, self._runs = place
        self._late: tuple[int, Values] | None = None

    def add(self, last: int, metrics: Values) -> None:
        """Takes the metrics f[T] of the steps up to `last`, and handles those of the call before.

        Where several runs train together, the metrics are those of all, f[S, T].

        Raises:
          DivergedError: a loss is not finite; names the step.
        """
        late, self._late = self._late, (last, metrics)
        if late:
            self._handle(*late)

    def flush(self) -> None:
        """Handles what is still waiting; raises DivergedError like `add`."""
        late, self._late = self._late, None
        if late:
            self._handle(*late)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leaves the time that goes into pictures and checkpoints out of the rate; flushes first."""
        self.flush()
        yield

    def picture(self, step: int, image: Any, drawn: np.ndarray | None = None) -> None:
        """Shows a sheet of samples.

        Args:
          step: n.
          image: the sheet.
          drawn: the generated examples on it.
        """

    def quality(self, step: int, values: dict[str, float]) -> None:
        """Tells what was measured on generated examples."""

    def say(self, line: str) -> None:
        """Prints a line."""

    def close(self) -> None:
        """Closes what is open; what waits is not handled."""

    def _handle(self, last: int, metrics: Values) -> None:
        values = {metric.name: metrics[metric.name] for metric in self._metrics}  # jax sorts them
        values = jax.device_get(values)
        if self._runs > 1:
            values = {name: each[self._place] for name, each in values.items()}
        series = np.stack(list(values.values()), axis=1)
        first = last - len(series) + 1
        bad = np.argwhere(~np.isfinite(series))  # (step, metric), the first step first
        if len(bad):
            i, k = bad[0]
            name = list(values)[k]
            error = DivergedError(
                f"{name} is {series[i, k]} at step {first + i}: training has diverged;"
                " the checkpoints before it are kept. Lower the learning rates and start in a new workdir"
            )
            error.shared = True  # the metrics are those of all processes
            raise error
        self._report(last, values)

    def _report(self, last: int, values: Mapping[str, np.ndarray]) -> None:
        pass
