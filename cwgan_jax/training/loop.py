"""The training loop: data -> step -> telemetry, samples, checkpoint."""

import fcntl
import functools
import json
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cwgan_jax import checkpoint, data
from cwgan_jax.algorithms import step
from cwgan_jax.common.errors import EXIT_INTERRUPTED, EXIT_TERMINATED, CheckpointError
from cwgan_jax.common.files import write_whole
from cwgan_jax.evaluation.mixtures import PointsMonitor
from cwgan_jax.evaluation.monitor import Monitor
from cwgan_jax.objectives import losses
from cwgan_jax.parallel import Runner, processes
from cwgan_jax.pictures import curves, scatter, sheets
from cwgan_jax.sampling import generation, load
from cwgan_jax.training import alarms
from cwgan_jax.training import plan as plan_
from cwgan_jax.training.plan import Plan
from cwgan_jax.training.preemption import PodStop, StopSignal
from cwgan_jax.training.start import Start
from cwgan_jax.training.telemetry import Telemetry, Watch, clock


def run(plan: Plan, workdir: Path, start: Start = Start()) -> int:  # noqa: B008
    """Trains until the last step or a signal, from the newest checkpoint of `workdir` if there is one.

    Args:
      plan: the run.
      workdir: where everything is written.
      start: where its first weights come from, and what may have changed since.

    Returns:
      The exit status: 0, or 130 (Ctrl-C) or 143 (SIGTERM) after saving.

    Raises:
      CheckpointError: the checkpoints are of another run, of later steps or all damaged, or another process
        trains there.
      DivergedError: a loss or parameter is not finite.
      StorageError: a checkpoint could not be written.
    """
    begin = time.perf_counter()
    with PodStop() if processes.count() > 1 else StopSignal() as stop, _lock(workdir):
        like = lambda: checkpoint.Saved(0, _abstract(plan), {})  # noqa: E731
        saved = processes.once(lambda: _restore(plan, workdir, start), like)
        first = saved.step if saved else 0
        if first < plan.total:
            status = _train(plan, workdir, saved, stop, start)
            if status:
                return status
        elif processes.first():
            print(f"{workdir} is complete at step {first}; config.train.steps or epochs would extend it")
        processes.once(lambda: _finish(plan, workdir, time.perf_counter() - begin))
    return 0


def _abstract(plan: Plan) -> step.State:
    return plan_.abstract_state(plan.config, plan.networks)


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


def _train(
    plan: Plan, workdir: Path, saved: checkpoint.Saved | None, stop: StopSignal | PodStop, start: Start
) -> int:
    """From `saved`, or from step 0; returns the exit status."""
    train, every = plan.config.train, plan.config.quality.every
    first = saved.step if saved else 0
    # From process 0 even if new: other processors may round the initial numbers otherwise.
    new = functools.partial(processes.once, lambda: start.filled(plan, workdir, _initial(plan)))
    begun = saved.state if saved else new(lambda: _abstract(plan))
    count = plan_.steps_per_call(plan, first)
    runner = processes.together(
        lambda: Runner(plan.config, plan.networks, plan.dataset, steps_per_call=count)
    )
    state = runner.place(begun)
    ranges = plan_.calls_of(first, plan.total, count)
    for calls in ranges:
        processes.together(lambda: runner.prepare(state, calls.step))  # noqa: B023 - before the clock starts
    with ExitStack() as files:
        watch, writer, monitor = _files(plan, workdir, saved, stop, files)
        for n, given in _inputs(plan, runner, ranges):
            state, metrics = runner(state, given)
            watch.add(n, metrics)
            received = stop.asked()
            if n % train.sample_every == 0 or n == plan.total:
                with watch.paused():
                    if processes.first():
                        _sheet(plan, workdir, watch, state, n)
            if every and (n % every == 0 or n == plan.total):
                with watch.paused():
                    processes.once(lambda: monitor.add(n, state, watch))  # noqa: B023
            if n % train.checkpoint_every == 0 or n == plan.total or received:
                with watch.paused():  # so no checkpoint is written after a loss that is not finite
                    runner.check_equal(n, state)
                    processes.once(lambda: writer.save(n, state, plan.about))  # noqa: B023
            if received:
                processes.once(lambda: writer.wait())
                name = signal.Signals(received).name
                watch.say(f"{name}: saved step {n} in {workdir}; run the same command to go on")
                return EXIT_INTERRUPTED if received == signal.SIGINT else EXIT_TERMINATED
        processes.once(lambda: writer.wait())
    return 0


def _initial(plan: Plan) -> step.State:
    return jax.device_get(step.initial(plan.config, plan.networks))


def _files(
    plan: Plan,
    workdir: Path,
    saved: checkpoint.Saved | None,
    stop: StopSignal | PodStop,
    files: ExitStack,
) -> tuple[Watch, checkpoint.Writer, Monitor | PointsMonitor]:
    """What process 0 writes to, opened; the others are silent, and call no writer."""
    opened: list[Any] = [Watch(), None, None]
    first = saved.step if saved else 0
    train = plan.config.train

    def check() -> None:
        if processes.count() == 1 and (received := stop.asked()):
            print(f"{signal.Signals(received).name}: stopped before the first step", flush=True)
            raise SystemExit(EXIT_INTERRUPTED if received == signal.SIGINT else EXIT_TERMINATED)

    def open_() -> None:
        write_whole(workdir / "config.json", json.dumps(plan.about["config"], indent=2).encode())
        if saved:
            print(f"resuming {workdir} from step {first}", flush=True)
        if plan.config.quality.every:  # before the clock of the telemetry starts
            opened[2] = (
                PointsMonitor(plan, workdir, first) if plan.points else Monitor(plan, workdir, first, check)
            )
        opened[0] = Telemetry(
            workdir,
            first=first,
            total=plan.total,
            log_every=train.log_every,
            batch=plan.batch,
            health=alarms.Health(workdir, plan.config.objective),
        )
        files.enter_context(closing(opened[0]))
        folder, after = workdir / "checkpoints", saved.step if saved else None
        opened[1] = files.enter_context(checkpoint.Writer(folder, keep=train.keep_checkpoints, after=after))

    processes.once(open_)
    return opened[0], opened[1], opened[2]


def _sheet(plan: Plan, workdir: Path, watch: Watch, state: step.State, n: int) -> None:
    state = jax.device_get(state)
    sheet, drawn = (
        scatter.sheet(plan, state, n)
        if plan.points
        else load.beside_real(plan, generation.variables(state), n)
    )
    sheets.save_png(sheet, workdir / "samples" / f"{n:06d}.png")
    watch.picture(n, sheet, drawn)


def _inputs(
    plan: Plan, runner: Runner, ranges: list[range]
) -> Iterator[tuple[int, np.ndarray | data.Examples]]:
    """For each call its last step, and what it takes: indices of resident examples, or the examples."""
    seed, dataset, batch = plan.config.seed, plan.dataset, plan.config.train.batch_size
    rounds = plan.batch // batch
    for calls in ranges:
        count = calls.step * rounds
        given: Iterator[Any]
        if isinstance(dataset.image, np.ndarray):
            given = (data.indices(seed, n * rounds, count, len(dataset.label), batch) for n in calls)
        else:
            where = {"first": calls.start * rounds, "stop": calls.stop * rounds, "count": count}
            given = data.batches(dataset.image, seed, **where, batch=batch, share=runner.share)
        yield from zip((n + calls.step for n in calls), given, strict=True)


def _finish(plan: Plan, workdir: Path, seconds: float) -> None:
    """Draws what sums the run up, and says what there is now."""
    shown = [workdir / "samples" / f"{plan.total:06d}.png"]
    frames = sheets.animate(workdir / "samples", workdir / "samples.gif")
    curves.losses(
        workdir / "metrics.jsonl", workdir / "losses.png", title=f"{workdir.name}, {plan.total} steps"
    )
    if plan.points and frames:
        scatter.montage(workdir / "samples", workdir / "times.png")
        shown.append(workdir / "times.png")
    if plan.points and plan.config.quality.every:
        curves.distances(workdir / "quality.jsonl", workdir / "wasserstein.png", title=workdir.name)
        shown.append(workdir / "wasserstein.png")
    told = [str(path) for path in shown if path.exists()]
    told += [f"{workdir}/samples.gif ({frames} frames)"] if frames else []
    ringing = alarms.summary(workdir, losses.name_of(plan.config.objective.loss))
    print(
        f"done in {clock(seconds)}: {plan.total} steps; {f'{ringing}; ' if ringing else ''}"
        f"look at {', '.join([*told, f'{workdir}/losses.png'])};"
        f" next: python sample.py --workdir={shlex.quote(str(workdir))}",
        flush=True,
    )


@contextmanager
def _lock(workdir: Path) -> Iterator[None]:
    """Keeps a second run from training in the same workdir; the lock goes with process 0."""
    held = []

    def acquire() -> None:
        workdir.mkdir(parents=True, exist_ok=True)
        held.append((workdir / ".lock").open("w"))
        try:
            fcntl.flock(held[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CheckpointError(
                f"{workdir}: another process is training there; choose another --workdir"
            ) from error

    try:
        processes.once(acquire)
        yield
    finally:
        for file in held:
            file.close()
