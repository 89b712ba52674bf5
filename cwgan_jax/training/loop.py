"""The training loop: data -> step -> telemetry, samples, checkpoint."""

import contextlib
import functools
import shlex
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import jax

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import State, abstract
from cwgan_jax.common.errors import CheckpointError, DivergedError
from cwgan_jax.common.invocation import command
from cwgan_jax.parallel import Runner, part, processes
from cwgan_jax.pictures import curves, sheets
from cwgan_jax.training import alarms, feed, outputs, runs
from cwgan_jax.training import plan as plan_
from cwgan_jax.training.lock import lock
from cwgan_jax.training.periodic import Periodic
from cwgan_jax.training.plan import Plan
from cwgan_jax.training.preemption import PodStop, Stop, StopSignal
from cwgan_jax.training.ready import compiled
from cwgan_jax.training.runs import Run
from cwgan_jax.training.start import Start
from cwgan_jax.training.telemetry import clock


def run(
    plan: Plan,
    workdir: Path,
    start: Start = Start(),  # noqa: B008
    stop: AbstractContextManager[Stop] | None = None,
) -> int:
    """Trains what a plan asks for, `runs.of`: one run, or one for each seed; see `together`."""
    return together(runs.of(plan, workdir), start, stop)


def together(
    every: Sequence[Run],
    start: Start = Start(),  # noqa: B008
    stop: AbstractContextManager[Stop] | None = None,
) -> int:
    """Trains until the last step or a signal, each run from its newest checkpoint if there is one.

    Several runs are steps of one compiled program. Where one is behind, as after a crash between two
    checkpoints, it trains without the others until they are level.

    Args:
      every: the runs; they differ in their seed alone, see `runs.of`.
      start: where their first weights come from, and what may have changed since.
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
    total = every[0].plan.total
    with stop or default() as asked, ExitStack() as locks:
        for each in every:
            locks.enter_context(lock(each.workdir))
        saved = [_restored(each, start) for each in every]
        if min(map(_step, saved)) >= total and processes.first():
            for each in every:
                advice = "config.train.steps or epochs would extend it"
                print(f"{each.workdir} is complete at step {total}; {advice}")
        while (first := min(map(_step, saved))) < total:
            behind = [i for i, each in enumerate(saved) if _step(each) == first]
            until = min((_step(each) for each in saved if _step(each) > first), default=total)
            status = _train([every[i] for i in behind], [saved[i] for i in behind], until, asked, start)
            if status:
                return status
            if until == total:
                break
            saved = [_restored(each, start) for each in every]
        for each in every:
            processes.once(lambda: _finish(each, time.perf_counter() - begin))  # noqa: B023 - called at once
    return 0


def _step(saved: checkpoint.Saved | None) -> int:
    return saved.step if saved else 0


def _restored(run: Run, start: Start) -> checkpoint.Saved | None:
    like = lambda: checkpoint.Saved(0, abstract(run.plan.algorithm), {})  # noqa: E731
    return processes.once(lambda: _restore(*run, start), like)


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
    every: Sequence[Run], saved: Sequence[checkpoint.Saved | None], until: int, stop: Stop, start: Start
) -> int:
    """To step `until`, from checkpoints of one step, or from step 0; returns the exit status."""
    plan, first = every[0].plan, _step(saved[0])
    count = plan_.steps_per_call(plan, first)
    runner, state = compiled(every, saved, count, start)
    ranges = plan_.calls_of(first, until, count)
    for calls in ranges:
        processes.together(lambda: runner.prepare(state, calls.step))  # noqa: B023 - before the clock starts
    with ExitStack() as files:
        written = [
            outputs.opened(*run, after and after.step, stop, files, place=(i, len(every)))
            for i, (run, after) in enumerate(zip(every, saved, strict=True))
        ]
        actions = _actions(every, written, runner)
        for n, inputs in feed.inputs([run.plan for run in every], runner, ranges):
            state, metrics = runner(state, inputs)
            for run, output in zip(every, written, strict=True):
                with _told(run, every):
                    output.watch.add(n, metrics)
            received = stop.requested()
            last = bool(received) or n == until < plan.total
            if due := [each.action for each in actions if each.due(n, plan.total, last)]:
                with ExitStack() as paused:
                    for run, output in zip(every, written, strict=True):
                        with _told(run, every):
                            paused.enter_context(output.watch.paused())
                    for action in due:
                        action(n, state)
            if received:
                _wait(written)
                name, places = signal.Signals(received).name, ", ".join(str(run.workdir) for run in every)
                written[0].watch.say(f"{name}: saved step {n} in {places}; run the same command to go on")
                return outputs.status(received)
        _wait(written)
    return 0


def _actions(every: Sequence[Run], written: Sequence[outputs.Output], runner: Runner) -> list[Periodic]:
    """What happens now and then in all runs; before a checkpoint, all devices are compared."""
    of_each = [outputs.actions(*run, output) for run, output in zip(every, written, strict=True)]
    *others, save = (_of_all(every, same) for same in zip(*of_each, strict=True))
    return [*others, save._replace(action=runner.check_equal), save]


def _of_all(every: Sequence[Run], same: Sequence[Periodic]) -> Periodic:
    """The action of each run as one."""

    def action(n: int, state: State) -> None:
        if len(same) > 1:
            state = jax.device_get(state)
        for i, each in enumerate(same):
            with _told(every[i], every):
                each.action(n, part(state, i) if len(same) > 1 else state)

    return same[0]._replace(action=action)


@contextlib.contextmanager
def _told(run: Run, every: Sequence[Run]) -> Iterator[None]:
    """Says of which of several runs it is that a number is not finite."""
    try:
        yield
    except DivergedError as error:
        if len(every) == 1:
            raise
        seed = run.plan.config.seed
        told = DivergedError(
            f"{run.workdir}: {error}; the runs of other seeds stop with it, and can go on alone:"
            f" --config.train.seeds=1 --config.seed=K --workdir={run.workdir.parent}/seedK, K not {seed}"
        )
        told.shared = error.shared
        raise told from error


def _wait(written: Sequence[outputs.Output]) -> None:
    for output in written:
        processes.once(lambda: output.writer.wait())  # noqa: B023 - other processes have none


def _finish(run: Run, seconds: float) -> None:
    """Draws what sums the run up, and says what there is now."""
    plan, workdir = run
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
