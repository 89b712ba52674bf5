"""What a run says while it runs: progress, metrics.jsonl, TensorBoard.

Metrics are fetched one call late, so that reading them never keeps the device waiting.
"""

import contextlib
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from cwgan_jax.algorithms.step import Metrics
from cwgan_jax.common.errors import DivergedError
from cwgan_jax.common.files import json_lines, to_json, write_whole
from cwgan_jax.training.alarms import Health
from cwgan_jax.training.tensorboard import Board

_LINE_SECONDS = 5.0  # without a terminal: at most one line in this time


class Watch:
    """Takes device scalars and sees that they are finite: what every process of a pod does.

    The first process says what happens (`Telemetry`), the others are silent.
    """

    def __init__(self) -> None:
        self._late: tuple[int, Metrics] | None = None

    def add(self, last: int, metrics: Metrics) -> None:
        """Takes the metrics f[T] of the steps up to `last`, and handles those of the call before.

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
          drawn: what the generator drew on it.
        """

    def quality(self, step: int, values: dict[str, float]) -> None:
        """Tells what was measured on the generator's images."""

    def say(self, line: str) -> None:
        """Prints a line."""

    def close(self) -> None:
        """Closes what is open; what waits is not handled."""

    def _handle(self, last: int, metrics: Metrics) -> None:
        values = jax.device_get(metrics)
        named = values.named()
        first = last - len(values.critic_loss) + 1
        bad = np.argwhere(
            ~np.isfinite(np.stack(list(named.values()), axis=1))
        )  # (step, metric), the first step first
        if len(bad):
            i, k = bad[0]
            name, series = list(named.items())[k]
            error = DivergedError(
                f"{name} is {series[i]} at step {first + i}: training has diverged;"
                " the checkpoints before it are kept. Lower the learning rates and start in a new workdir"
            )
            error.shared = True  # the metrics are those of all processes
            raise error
        self._report(last, values)

    def _report(self, last: int, values: Metrics) -> None:
        pass


class Telemetry(Watch):
    """Takes device scalars, gives a progress bar (or lines), metrics.jsonl and TensorBoard files.

    metrics.jsonl holds one object for every `log_every`-th step with that step's own metrics, so a resumed
    run's file equals an uninterrupted one's but for the rates.
    """

    def __init__(
        self,
        workdir: Path,
        *,
        first: int,
        total: int,
        log_every: int,
        batch: int,
        health: Health | None = None,
    ) -> None:
        """Continues the files of `workdir` behind step `first`.

        Args:
          workdir: where metrics.jsonl and tensorboard/ are.
          first: the step the run starts or resumes from; later lines of an interrupted run are dropped.
          total: the last step.
          log_every: steps between lines of metrics.jsonl.
          batch: images of one generator update, for the rate.
          health: raises the alarms of a run that has stopped learning; None: nobody does.
        """
        super().__init__()
        self._health = health
        self._batch, self._log_every, self._total = batch, log_every, total
        path = workdir / "metrics.jsonl"
        _truncate(path, first)
        self._file = path.open("a")
        self._board = Board(workdir / "tensorboard", first + 1)
        self._bar = None
        if sys.stderr.isatty():
            self._bar = tqdm(total=total, initial=first, unit="step", dynamic_ncols=True)
        self._done, self._clock, self._said = first, time.perf_counter(), 0.0
        self._rate = math.nan

    def flush(self) -> None:
        """Handles what is still waiting, and writes it; raises DivergedError like `add`."""
        super().flush()
        self._board.flush()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """As in `Watch`."""
        with super().paused():
            yield
        self._clock = time.perf_counter()

    def picture(self, step: int, image: Any, drawn: np.ndarray | None = None) -> None:
        """Puts a sheet of samples into TensorBoard."""
        self._board.image(step, "samples", np.asarray(image))
        for line in self._health.pictures(step, drawn) if self._health and drawn is not None else ():
            self.say(line)

    def quality(self, step: int, values: dict[str, float]) -> None:
        """Prints what was measured on the generator's images, and puts it into TensorBoard."""
        for name, value in values.items():
            self._board.scalar(step, f"quality/{name}", value)
        self.say(f"step {step}  " + "  ".join(f"{name} {value:.4g}" for name, value in values.items()))

    def say(self, line: str) -> None:
        """Prints a line without disturbing the bar."""
        if self._bar is None:
            print(line, flush=True)
        else:
            tqdm.write(line, file=sys.stderr)

    def close(self) -> None:
        """Closes bar and files; what waits is not handled."""
        if self._bar is not None:
            self._bar.close()
        with contextlib.closing(self._board):  # also where a full disk fails the other
            self._file.close()

    def _report(self, last: int, values: Metrics) -> None:
        count = len(values.critic_loss)
        first = last - count + 1
        now = time.perf_counter()
        rate = count / max(now - self._clock, 1e-9)
        self._rate = rate if math.isnan(self._rate) else 0.9 * self._rate + 0.1 * rate
        self._clock, self._done = now, last
        for i in range(count):
            if (first + i) % self._log_every == 0:
                self._write(first + i, {name: float(x[i]) for name, x in values.named().items()})
        self._progress(count, {name: float(x[-1]) for name, x in values.named().items()})
        series = {name: np.asarray(x) for name, x in values.named().items()}
        for line in self._health.metrics(first, series) if self._health else ():
            self.say(line)

    def _write(self, step: int, values: dict[str, float]) -> None:
        rates = {"steps_per_second": self._rate, "images_per_second": self._rate * self._batch}
        rounded = {name: float(f"{value:.4g}") for name, value in rates.items()}
        self._file.write(to_json({"step": step} | values | rounded) + "\n")
        self._file.flush()
        for name, value in (values | rates).items():
            self._board.scalar(step, name, value)

    def _progress(self, count: int, values: dict[str, float]) -> None:
        name = "discriminator" if "real_accuracy" in values else "critic"
        text = f"{name} {values['critic_loss']:.3f}  generator {values['generator_loss']:.3f}"
        text += f"  gap {values['critic_gap']:.3f}"
        for key in ("penalty", "real_accuracy", "fake_accuracy", "balance", "convergence"):
            if key in values:
                text += f"  {key.replace('_', ' ')} {values[key]:.4f}"
        speed = f"{self._rate:.3g} steps/s  {self._rate * self._batch:.0f} images/s"
        if self._bar is not None:
            self._bar.set_postfix_str(f"{text}  {self._rate * self._batch:.0f} images/s", refresh=False)
            self._bar.update(count)
        elif time.perf_counter() - self._said >= _LINE_SECONDS or self._done >= self._total:
            self._said = time.perf_counter()
            left = (self._total - self._done) / self._rate
            print(f"step {self._done}/{self._total}  {text}  {speed}  {clock(left)} left", flush=True)


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _truncate(path: Path, first: int) -> None:
    """Drops the lines of steps after `first`, and a last line that was cut in the middle."""
    kept = [to_json(line) + "\n" for line in json_lines(path) if line.get("step", math.inf) <= first]
    if path.exists():
        write_whole(path, "".join(kept).encode())
