"""What a run says while it runs: progress, metrics.jsonl, TensorBoard.

The metrics come from `watch.Watch`, one call late.
"""

import contextlib
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from cwgan_jax.common.files import json_lines, to_json, write_whole
from cwgan_jax.common.metric import Metric
from cwgan_jax.training.alarms import Alarms
from cwgan_jax.training.tensorboard import Board
from cwgan_jax.training.trackers import Tracker
from cwgan_jax.training.watch import Watch

_LINE_SECONDS = 5.0  # without a terminal: at most one line in this time


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
        unit: str,
        metrics: Sequence[Metric],
        alarms: Alarms | None = None,
        tracker: Tracker | None = None,
        place: tuple[int, int] = (0, 1),
    ) -> None:
        """Continues the files of `workdir` behind step `first`.

        Args:
          workdir: where metrics.jsonl and tensorboard/ are.
          first: the step the run starts or resumes from; later lines of an interrupted run are dropped.
          total: the last step.
          log_every: steps between lines of metrics.jsonl.
          batch: examples of one step, for the rate.
          unit: what these are called.
          metrics: of the algorithm, in the order in which they are shown.
          alarms: of a run that has stopped learning; None: there are none.
          tracker: that gets the numbers and sheets, too; None: there is none.
          place: as of `Watch`. The first run shows the progress of all; what one says begins with the name of
            its folder.
        """
        super().__init__(metrics, place)
        self._name = workdir.name
        self._alarms, self._unit, self._tracker = alarms, unit, tracker
        self._batch, self._log_every, self._total = batch, log_every, total
        path = workdir / "metrics.jsonl"
        _truncate(path, first)
        self._file = path.open("a")
        self._board = Board(workdir / "tensorboard", first + 1)
        self._bar = None
        if sys.stderr.isatty() and not self._place:
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
        self._board.image(step, "samples", np.asarray(image.convert("RGB")))
        if self._tracker:
            self._tracker.picture(step, "samples", image.convert("RGB"))
        for line in self._alarms.pictures(step, drawn) if self._alarms and drawn is not None else ():
            self.say(line)

    def quality(self, step: int, values: dict[str, float]) -> None:
        """Prints what was measured on generated examples, and puts it into TensorBoard."""
        for name, value in values.items():
            self._board.scalar(step, f"quality/{name}", value)
        if self._tracker:
            self._tracker.numbers(step, {f"quality/{name}": value for name, value in values.items()})
        self.say(f"step {step}  " + "  ".join(f"{name} {value:.4g}" for name, value in values.items()))

    def say(self, line: str) -> None:
        """Prints a line without disturbing the bar."""
        line = line if self._runs == 1 else f"{self._name}: {line}"
        if self._bar is None:
            print(line, flush=True)
        else:
            tqdm.write(line, file=sys.stderr)

    def close(self) -> None:
        """Closes bar and files; what waits is not handled."""
        if self._bar is not None:
            self._bar.close()
        with contextlib.closing(self._board), contextlib.ExitStack() as others:
            others.callback(self._file.close)  # a full disk that fails one of them leaves the others
            if self._tracker:
                self._tracker.close()

    def _report(self, last: int, values: Mapping[str, np.ndarray]) -> None:
        count = len(next(iter(values.values())))
        first = last - count + 1
        now = time.perf_counter()
        rate = count / max(now - self._clock, 1e-9)
        self._rate = rate if math.isnan(self._rate) else 0.9 * self._rate + 0.1 * rate
        self._clock, self._done = now, last
        series = {metric.name: np.asarray(values[metric.name]) for metric in self._metrics}
        for i in range(count):
            if (first + i) % self._log_every == 0:
                self._write(first + i, {name: float(x[i]) for name, x in series.items()})
        self._progress(count, {name: float(x[-1]) for name, x in series.items()})
        for line in self._alarms.metrics(first, series) if self._alarms else ():
            self.say(line)

    def _write(self, step: int, values: dict[str, float]) -> None:
        rates = {"steps_per_second": self._rate, f"{self._unit}_per_second": self._rate * self._batch}
        rounded = {name: float(f"{value:.4g}") for name, value in rates.items()}
        self._file.write(to_json({"step": step} | values | rounded) + "\n")
        self._file.flush()
        for name, value in (values | rates).items():
            self._board.scalar(step, name, value)
        if self._tracker:
            self._tracker.numbers(step, values | rates)

    def _progress(self, count: int, values: dict[str, float]) -> None:
        if self._place:
            return
        text = "  ".join(f"{m.short} {values[m.name]:.{m.digits}f}" for m in self._metrics if m.short)
        throughput = f"{self._runs * self._rate * self._batch:.0f} {self._unit}/s"
        if self._bar is not None:
            self._bar.set_postfix_str(f"{text}  {throughput}", refresh=False)
            self._bar.update(count)
        elif time.perf_counter() - self._said >= _LINE_SECONDS or self._done >= self._total:
            self._said = time.perf_counter()
            left = clock((self._total - self._done) / self._rate)
            speed = f"{self._rate:.3g} steps/s  {throughput}"
            print(f"step {self._done}/{self._total}  {text}  {speed}  {left} left", flush=True)


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _truncate(path: Path, first: int) -> None:
    """Drops the lines of steps after `first`, and a last line that was cut in the middle."""
    kept = [to_json(line) + "\n" for line in json_lines(path) if line.get("step", math.inf) <= first]
    if path.exists():
        write_whole(path, "".join(kept).encode())
