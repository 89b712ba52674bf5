"""What a run writes while it trains: its files, and what happens now and then."""

import json
import signal
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import jax

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import State
from cwgan_jax.common.errors import EXIT_INTERRUPTED, EXIT_TERMINATED
from cwgan_jax.common.files import write_whole
from cwgan_jax.parallel import processes
from cwgan_jax.pictures import sheets
from cwgan_jax.training import plan as plan_
from cwgan_jax.training.alarms import Alarms
from cwgan_jax.training.periodic import Periodic
from cwgan_jax.training.plan import Plan
from cwgan_jax.training.preemption import Stop
from cwgan_jax.training.telemetry import Telemetry
from cwgan_jax.training.trackers import Tracker
from cwgan_jax.training.watch import Watch


class Output(NamedTuple):
    """What process 0 writes to; the others are silent, and call no writer."""

    watch: Watch
    writer: Any = None
    monitor: Any = None


def status(received: int) -> int:
    """The exit status after a signal."""
    return EXIT_INTERRUPTED if received == signal.SIGINT else EXIT_TERMINATED


def opened(
    plan: Plan,
    workdir: Path,
    after: int | None,
    stop: Stop,
    files: ExitStack,
    *,
    place: tuple[int, int],
) -> Output:
    """Opens the files of a run.

    Args:
      plan: the run.
      workdir: its folder.
      after: the checkpoint that it goes on from; None: it is new.
      stop: says when to stop.
      files: closes what is opened.
      place: of this run among those that train together, from 0, and how many these are.
    """
    output, train, first = Output(Watch(plan.algorithm.metrics, place)), plan.config.train, after or 0

    def open_() -> None:
        nonlocal output
        write_whole(workdir / "config.json", json.dumps(plan.about["config"], indent=2).encode())
        if after is not None:
            print(f"resuming {workdir} from step {first}", flush=True)
        monitor = None
        if plan.config.quality.every:  # before the clock of the telemetry starts
            monitor = plan.kind.monitor(plan, workdir, first, lambda: _check(stop))
        watch = Telemetry(
            workdir,
            first=first,
            total=plan.total,
            log_every=train.log_every,
            batch=plan.batch,
            unit=plan.kind.unit,
            metrics=plan.algorithm.metrics,
            alarms=Alarms(workdir, plan.algorithm.alarms),
            tracker=Tracker(plan.config, workdir),
            place=place,
        )
        files.enter_context(closing(watch))
        folder = workdir / "checkpoints"
        writer = files.enter_context(checkpoint.Writer(folder, keep=train.keep_checkpoints, after=after))
        output = Output(watch, writer, monitor)

    processes.once(open_)
    return output


def _check(stop: Stop) -> None:
    """Ends the process if it is to stop before the first step."""
    if processes.count() == 1 and (received := stop.requested()):
        print(f"{signal.Signals(received).name}: stopped before the first step", flush=True)
        raise SystemExit(status(received))


def actions(plan: Plan, workdir: Path, output: Output) -> list[Periodic]:
    """What happens now and then, in this order."""

    def sheet(n: int, state: State) -> None:
        if processes.first():
            picture, drawn = plan.kind.sheet(plan, jax.device_get(state), n)
            sheets.save_png(picture, workdir / "samples" / f"{n:06d}.png")
            output.watch.picture(n, picture, drawn)

    def measure(n: int, state: State) -> None:
        processes.once(lambda: output.monitor.add(n, jax.device_get(state), output.watch))

    def save(n: int, state: State) -> None:
        processes.once(lambda: output.writer.save(n, state, plan.about))

    intervals = plan_.intervals(plan.config)
    due = [Periodic(intervals["sheet"], sheet)]
    if plan.config.quality.every:
        due.append(Periodic(intervals["measure"], measure))
    return [*due, Periodic(intervals["save"], save, at_stop=True)]
