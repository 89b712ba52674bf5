"""The training loop: data -> step -> telemetry, samples, checkpoint."""

import fcntl
import functools
import json
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cwgan_jax import checkpoint, data, draw, images, plots, sampling, step
from cwgan_jax import plan as plan_
from cwgan_jax.errors import EXIT_INTERRUPTED, EXIT_TERMINATED, CheckpointError
from cwgan_jax.files import write_whole
from cwgan_jax.parallel import Runner
from cwgan_jax.plan import Plan
from cwgan_jax.preemption import StopSignal
from cwgan_jax.telemetry import Telemetry, clock


def run(plan: Plan, workdir: Path) -> int:
    """Trains until the last step or a signal, from the newest checkpoint of `workdir` if there is one.

    Args:
      plan: the run.
      workdir: where everything is written.

    Returns:
      The exit status: 0, or 130 (Ctrl-C) or 143 (SIGTERM) after saving.

    Raises:
      CheckpointError: the checkpoints are of another run or all damaged, or another process trains there.
      DivergedError: a loss or parameter is not finite.
      StorageError: a checkpoint could not be written.
    """
    start = time.perf_counter()
    with StopSignal() as stop, _lock(workdir):
        saved = checkpoint.restore(
            workdir / "checkpoints",
            functools.partial(plan_.accept, plan, workdir),
            set_aside=True,
            warn=lambda line: print(f"warning: {line}", flush=True),
        )
        first = saved.step if saved else 0
        if first < plan.total:
            status = _train(plan, workdir, saved, stop)
            if status:
                return status
        else:
            print(f"{workdir} is complete at step {first}; config.train.steps or epochs would extend it")
        _finish(plan, workdir, time.perf_counter() - start)
    return 0


def _train(plan: Plan, workdir: Path, saved: checkpoint.Saved | None, stop: StopSignal) -> int:
    """From `saved`, or from step 0; returns the exit status."""
    train = plan.config.train
    first = saved.step if saved else 0
    count = plan_.steps_per_call(plan, first)
    runner = Runner(plan.config, plan.networks, plan.dataset, steps_per_call=count)
    write_whole(workdir / "config.json", json.dumps(plan.about["config"], indent=2).encode())
    telemetry = Telemetry(workdir, first=first, total=plan.total, log_every=train.log_every, batch=plan.batch)
    if saved:
        print(f"resuming {workdir} from step {first}", flush=True)
    state = runner.place(saved.state if saved else step.initial(plan.config, plan.networks))
    with (
        closing(telemetry),
        checkpoint.Writer(
            workdir / "checkpoints", keep=train.keep_checkpoints, after=saved.step if saved else None
        ) as writer,
    ):
        for n in range(first + count, plan.total + 1, count):
            state, metrics = runner(state, _indices(plan, n - count, count))
            telemetry.add(n, metrics)
            received = stop.received
            if n % train.sample_every == 0 or n == plan.total:
                with telemetry.paused():
                    sheet = draw.beside_real(plan, jax.device_get(sampling.variables(state)), n)
                    images.save_png(sheet, workdir / "samples" / f"{n:06d}.png")
                    telemetry.picture(n, sheet)
            if n % train.checkpoint_every == 0 or n == plan.total or received:
                with telemetry.paused():  # so no checkpoint is written after a loss that is not finite
                    writer.save(n, state, plan.about)
            if received:
                writer.wait()
                name = signal.Signals(received).name
                telemetry.say(f"{name}: saved step {n} in {workdir}; run the same command to go on")
                return EXIT_INTERRUPTED if received == signal.SIGINT else EXIT_TERMINATED
        writer.wait()
    return 0


def _indices(plan: Plan, first: int, count: int) -> np.ndarray:
    """i32[T R, B]: the global batches of steps first .. first + count - 1."""
    batch = plan.config.train.batch_size
    rounds = plan.batch // batch
    return data.indices(plan.config.seed, first * rounds, count * rounds, len(plan.dataset.label), batch)


def _finish(plan: Plan, workdir: Path, seconds: float) -> None:
    """Draws what sums the run up, and says what there is now."""
    frames = images.animate(workdir / "samples", workdir / "samples.gif")
    plots.losses(
        workdir / "metrics.jsonl", workdir / "losses.png", title=f"{workdir.name}, {plan.total} steps"
    )
    print(
        f"done in {clock(seconds)}: {plan.total} steps; look at {workdir}/samples/{plan.total:06d}.png,"
        f" {workdir}/samples.gif ({frames} frames) and {workdir}/losses.png;"
        f" next: python sample.py --workdir={workdir}",
        flush=True,
    )


@contextmanager
def _lock(workdir: Path) -> Iterator[Any]:
    """Keeps a second process from training in the same workdir; the lock goes with the process."""
    workdir.mkdir(parents=True, exist_ok=True)
    with (workdir / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CheckpointError(
                f"{workdir}: another process is training there; choose another --workdir"
            ) from error
        yield file
