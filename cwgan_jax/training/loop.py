"""The training loop: data -> step -> telemetry, samples, checkpoint."""

import functools
import json
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from cwgan_jax import checkpoint, data
from cwgan_jax.algorithms import State, abstract, initial
from cwgan_jax.common.errors import EXIT_INTERRUPTED, EXIT_TERMINATED, CheckpointError
from cwgan_jax.common.files import write_whole
from cwgan_jax.common.invocation import command
from cwgan_jax.parallel import Runner, processes
from cwgan_jax.pictures import curves, sheets
from cwgan_jax.training import alarms
from cwgan_jax.training import plan as plan_
from cwgan_jax.training.alarms import Alarms
from cwgan_jax.training.lock import lock
from cwgan_jax.training.periodic import Periodic
from cwgan_jax.training.plan import Plan
from cwgan_jax.training.preemption import PodStop, Stop, StopSignal
from cwgan_jax.training.start import Start
from cwgan_jax.training.telemetry import Telemetry, Watch, clock
from cwgan_jax.training.trackers import Tracker


def run(
    plan: Plan,
    workdir: Path,
    start: Start = Start(),  # noqa: B008
    stop: AbstractContextManager[Stop] | None = None,
) -> int:
    """Trains until the last step or a signal, from the newest checkpoint of `workdir` if there is one.

    Args:
      plan: the run.
      workdir: where everything is written.
      start: where its first weights come from, and what may have changed since.
      stop: says when to stop; None: at SIGINT or SIGTERM, for which this must be the main thread.

    Returns:
      The exit status: 0, or 130 (Ctrl-C) or 143 (SIGTERM) after saving.

    Raises:
      CheckpointError: the checkpoints are of another run, of later steps or all damaged, or another process
        trains there.
      DivergedError: a loss or parameter is not finite.
      StorageError: a checkpoint could not be written.
    """
    begin = time.perf_counter()
    default = PodStop if processes.count() > 1 else StopSignal
    with stop or default() as asked, lock(workdir):
        like = lambda: checkpoint.Saved(0, abstract(plan.algorithm), {})  # noqa: E731
        saved = processes.once(lambda: _restore(plan, workdir, start), like)
        first = saved.step if saved else 0
        if first < plan.total:
            status = _train(plan, workdir, saved, asked, start)
            if status:
                return status
        elif processes.first():
            print(f"{workdir} is complete at step {first}; config.train.steps or epochs would extend it")
        processes.once(lambda: _finish(plan, workdir, time.perf_counter() - begin))
    return 0


def _restore(plan: Plan, workdir: Path, start: Start) -> checkpoint.Saved | None:
    saved = checkpoint.restore(
        workdir / "checkpoints",
        functools.partial(plan_.accept, plan, workdir, allow=start.allow),
        set_aside=True,
        warn=lambda line: print(f"warning: {line}", flush=True),
    )
    if saved and saved.step > plan.total:
        raise CheckpointError(
            f"{workdir} is at step {saved.step} already, this run asks for {plan.total} in all; nothing was"
            " done: set config.train.steps or epochs to more, or choose another --workdir"
        )
    if not saved or saved.step < plan.total:
        start.remember(plan, workdir, saved)
    return saved and saved._replace(about={})  # the other processes need the rest


def _train(plan: Plan, workdir: Path, saved: checkpoint.Saved | None, stop: Stop, start: Start) -> int:
    """From `saved`, or from step 0; returns the exit status."""
    first = saved.step if saved else 0
    # From process 0 even if new: other processors may round the initial numbers otherwise.
    new = functools.partial(processes.once, lambda: start.filled(plan, workdir, _initial(plan)))
    begun = saved.state if saved else new(lambda: abstract(plan.algorithm))
    count = plan_.steps_per_call(plan, first)
    runner = processes.together(
        lambda: Runner(plan.config, plan.algorithm, plan.streams, steps_per_call=count)
    )
    state = runner.place(begun)
    ranges = plan_.calls_of(first, plan.total, count)
    for calls in ranges:
        processes.together(lambda: runner.prepare(state, calls.step))  # noqa: B023 - before the clock starts
    with ExitStack() as files:
        output = _opened(plan, workdir, saved.step if saved else None, stop, files)
        actions = _actions(plan, workdir, output, runner)
        for n, inputs in _inputs(plan, runner, ranges):
            state, metrics = runner(state, inputs)
            output.watch.add(n, metrics)
            received = stop.requested()
            for each in actions:
                if each.due(n, plan.total, bool(received)):
                    with output.watch.paused():
                        each.action(n, state)
            if received:
                processes.once(lambda: output.writer.wait())  # other processes have none
                name = signal.Signals(received).name
                output.watch.say(f"{name}: saved step {n} in {workdir}; run the same command to go on")
                return _status(received)
        processes.once(lambda: output.writer.wait())  # other processes have none
    return 0


def _initial(plan: Plan) -> State:
    return jax.device_get(initial(plan.algorithm, plan.config.seed))


def _status(received: int) -> int:
    return EXIT_INTERRUPTED if received == signal.SIGINT else EXIT_TERMINATED


class _Output(NamedTuple):
    """What process 0 writes to; the others are silent, and call no writer."""

    watch: Watch
    writer: Any = None
    monitor: Any = None


def _opened(plan: Plan, workdir: Path, after: int | None, stop: Stop, files: ExitStack) -> _Output:
    """The files of a run that goes on from checkpoint `after`, None: a new one; closed by `files`."""
    output, train, first = _Output(Watch(plan.algorithm.metrics)), plan.config.train, after or 0

    def check() -> None:
        if processes.count() == 1 and (received := stop.requested()):
            print(f"{signal.Signals(received).name}: stopped before the first step", flush=True)
            raise SystemExit(_status(received))

    def open_() -> None:
        nonlocal output
        write_whole(workdir / "config.json", json.dumps(plan.about["config"], indent=2).encode())
        if after is not None:
            print(f"resuming {workdir} from step {first}", flush=True)
        monitor = None
        if plan.config.quality.every:  # before the clock of the telemetry starts
            monitor = plan.kind.monitor(plan, workdir, first, check)
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
        )
        files.enter_context(closing(watch))
        folder = workdir / "checkpoints"
        writer = files.enter_context(checkpoint.Writer(folder, keep=train.keep_checkpoints, after=after))
        output = _Output(watch, writer, monitor)

    processes.once(open_)
    return output


def _actions(plan: Plan, workdir: Path, output: _Output, runner: Runner) -> list[Periodic]:
    """What happens now and then, in this order."""

    def sheet(n: int, state: State) -> None:
        if processes.first():
            picture, drawn = plan.kind.sheet(plan, jax.device_get(state), n)
            sheets.save_png(picture, workdir / "samples" / f"{n:06d}.png")
            output.watch.picture(n, picture, drawn)

    def measure(n: int, state: State) -> None:
        processes.once(lambda: output.monitor.add(n, jax.device_get(state), output.watch))

    def save(n: int, state: State) -> None:
        runner.check_equal(n, state)
        processes.once(lambda: output.writer.save(n, state, plan.about))

    intervals = plan_.intervals(plan.config)
    actions = [Periodic(intervals["sheet"], sheet)]
    if plan.config.quality.every:
        actions.append(Periodic(intervals["measure"], measure))
    return [*actions, Periodic(intervals["save"], save, at_stop=True)]


def _inputs(plan: Plan, runner: Runner, ranges: list[range]) -> Iterator[tuple[int, dict[str, Any]]]:
    """For each call its last step, and what it takes from each stream: indices, or the examples."""
    for calls in ranges:
        streams = [
            _stream(plan, number, name, runner, calls) for number, name in enumerate(plan.algorithm.inputs)
        ]
        for n, *inputs in zip(calls, *streams, strict=True):
            yield n + calls.step, dict(zip(plan.algorithm.inputs, inputs, strict=True))


def _stream(plan: Plan, number: int, name: str, runner: Runner, calls: range) -> Iterator[Any]:
    """What the calls take from one stream."""
    seed, dataset, batch = plan.config.seed, plan.streams[name], plan.config.train.batch_size
    rounds = plan.algorithm.inputs[name]
    count = calls.step * rounds
    if isinstance(dataset.image, np.ndarray):
        return (dataset.choose(seed, n * rounds, count, batch, number) for n in calls)
    return data.batches(
        dataset.image,
        seed,
        first=calls.start * rounds,
        stop=calls.stop * rounds,
        count=count,
        batch=batch,
        share=runner.share,
        stream=number,
        choose=dataset.choose,
    )


def _finish(plan: Plan, workdir: Path, seconds: float) -> None:
    """Draws what sums the run up, and says what there is now."""
    shown = [workdir / "samples" / f"{plan.total:06d}.png"]
    frames = sheets.animate(workdir / "samples", workdir / "samples.gif")
    title = f"{workdir.name}, {plan.total} steps"
    curves.metrics(workdir / "metrics.jsonl", workdir / "losses.png", plan.algorithm.metrics, title=title)
    shown += plan.kind.finish(plan, workdir, frames)
    told = [str(path) for path in shown if path.exists()]
    told += [f"{workdir}/samples.gif ({frames} frames)"] if frames else []
    ringing = alarms.summary(workdir)
    print(
        f"done in {clock(seconds)}: {plan.total} steps; {f'{ringing}; ' if ringing else ''}"
        f"look at {', '.join([*told, f'{workdir}/losses.png'])};"
        f" next: {command('sample')} --workdir={shlex.quote(str(workdir))}",
        flush=True,
    )
