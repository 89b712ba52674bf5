"""One run of a comparison: trained from goal to goal, each goal measured, all of it written down."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from cwgan_jax import checkpoint, cli
from cwgan_jax.common.errors import CheckpointError, ConfigError, DivergedError
from cwgan_jax.common.files import json_lines, to_json, write_whole
from cwgan_jax.compare import systems
from cwgan_jax.compare.systems import System
from cwgan_jax.report import checkpoints, contents
from cwgan_jax.report.checkpoints import Real
from cwgan_jax.sampling import load
from cwgan_jax.training import loop
from cwgan_jax.training import plan as plan_

_RECORD = "compare.json"


class Run(NamedTuple):
    """A system and a seed.

    Attributes:
      system: what is trained.
      seed: config.seed.
      workdir: of this run.
      free: keys the user has set.
    """

    system: System
    seed: int
    workdir: Path
    free: frozenset[str]

    @property
    def name(self) -> str:
        """As it is called in messages."""
        return f"{self.system.name} seed {self.seed}"


def check(run: Run) -> None:
    """Raises CheckpointError if the workdir holds a run of another config, or of other data."""
    if (run.workdir / _RECORD).exists():  # else `loop.run` looks at the checkpoints
        last = systems.stage(run.system, run.seed, run.system.goals[-1], run.free)
        plan_.accept(last, run.workdir, record(run)["about"])


def record(run: Run) -> dict[str, Any]:
    """What a run has reached: about, diverged (a message, or None), measured by step.

    Raises:
      CheckpointError: the file of the workdir is not what a comparison wrote.
    """
    path = run.workdir / _RECORD
    try:
        return dict(json.loads(path.read_bytes()))
    except FileNotFoundError:
        about = systems.stage(run.system, run.seed, run.system.goals[-1], run.free).about
        return {"about": about, "diverged": None, "measured": {}}
    except ValueError as error:
        raise CheckpointError(
            f"{path}: not what a comparison wrote; delete it, or choose another --out"
        ) from error


def is_done(run: Run, real: Real, samples: int) -> bool:
    """Whether there is nothing left to train or to measure."""
    known = record(run)
    if known["diverged"]:
        return all(_is_measured(known, n, real, samples) for n in _there(run))
    return all(_is_measured(known, n, real, samples) for n in run.system.goals)


def advance(run: Run, real: Real, samples: int) -> int:
    """Trains a run to its last goal and measures every goal, as far as that is not done yet.

    Returns:
      The exit status of `loop.run`: 130 or 143 where a signal stopped it.

    Raises:
      CheckpointError: the workdir holds another run, or checkpoints without the one to be measured.
    """
    known = record(run)
    for goal in run.system.goals:
        if not known["diverged"] and goal not in _there(run):
            if later := [n for n in _steps(run) if n > goal]:
                raise CheckpointError(
                    f"{run.workdir}: trained to step {later[0]} already, without a checkpoint at {goal};"
                    " leave out these --epochs, or choose another --out"
                )
            _keep(run, known)
            cli.set_up_jax(run.system.plan.config)
            try:
                status = loop.run(systems.stage(run.system, run.seed, goal, run.free), run.workdir)
            except DivergedError as error:
                print(f"{run.name}: {error}", flush=True)
                known["diverged"] = str(error).partition(";")[0]
                _keep(run, known)
                continue
            if status:
                return status
        if goal in _there(run) and not _is_measured(known, goal, real, samples):
            known["measured"][str(goal)] = _measured(run, goal, real, samples)
            _keep(run, known)
    return 0


def side_by_side(runs: Sequence[Run]) -> int:
    """Trains the seeds of a system together, to each of its goals; what then fails is left to `advance`.

    Returns:
      The exit status, as `advance` does.
    """
    if runs[0].system.plan.config.log.tracker != "none":
        return 0  # it follows one run
    for goal in runs[0].system.goals:
        behind = [run for run in runs if not record(run)["diverged"] and max(_steps(run), default=0) < goal]
        if len(behind) < 2:
            continue
        for run in behind:
            _keep(run, record(run) | {"together": len(behind)})
        cli.set_up_jax(runs[0].system.plan.config)
        stages = [
            loop.Run(systems.stage(run.system, run.seed, goal, run.free), run.workdir) for run in behind
        ]
        try:
            if status := loop.together(stages):
                return status
        except (DivergedError, ConfigError, jax.errors.JaxRuntimeError) as error:
            if isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" not in str(error):
                raise
            cause = " ".join(str(error).split())[:160]  # one diverges, or they need too much memory
            print(f"{runs[0].system.name}: its seeds one after the other ({cause})", flush=True)
            for run in behind:
                _keep(run, record(run) | {"together": 1})
            return 0
    return 0


def seconds(run: Run) -> float:
    """How long the training took: steps over their median rate, so that slow starts do not count.

    Seeds that train together share the time.
    """
    log = json_lines(run.workdir / "metrics.jsonl")
    if not log:
        return 0.0
    rate = float(np.median([line["steps_per_second"] for line in log]))
    return log[-1]["step"] / rate / record(run).get("together", 1)


def grid(run: Run) -> np.ndarray | None:
    """Images of the last goal measured, u8[rows, columns, H, W, D]; None if there are none."""
    paths = [run.workdir / f"compare_{n}.npy" for n in run.system.goals]
    there = [path for path in paths if path.exists()]
    return np.load(there[-1]) if there else None


def _measured(run: Run, goal: int, real: Real, samples: int) -> dict[str, Any]:
    """An entry of the record; the first seed's images are kept for the page."""
    folder = run.workdir / "checkpoints"
    model = load.load(folder, goal, set_up=cli.set_up_jax, warn=lambda line: print(f"warning: {line}"))
    checkpoints.check_same(model, real.train)
    quality = checkpoints.measured(model, real, count=samples, seeds=(contents.SEED,)).quality
    values = {name: figure["value"] for name, figure in quality["metrics"].items()}
    if run.seed == 0:
        rows = contents.generated_rows(model, contents.shown_classes(len(model.class_names)))
        buffer = io.BytesIO()
        np.save(buffer, rows)
        write_whole(run.workdir / f"compare_{goal}.npy", buffer.getvalue())
    return _key(real, samples) | {"figures": values, "alarms": quality["alarms"]}


def _is_measured(known: dict[str, Any], goal: int, real: Real, samples: int) -> bool:
    key = _key(real, samples)
    return key.items() <= known["measured"].get(str(goal), {}).items()


def _key(real: Real, samples: int) -> dict[str, Any]:
    """Figures are comparable where these are the same."""
    return {"samples": samples, "judge": real.reference.judge.name}


def _there(run: Run) -> list[int]:
    """The goals that have a checkpoint."""
    return [n for n in run.system.goals if n in _steps(run)]


def _steps(run: Run) -> list[int]:
    return checkpoint.steps(run.workdir / "checkpoints")


def _keep(run: Run, known: dict[str, Any]) -> None:
    write_whole(run.workdir / _RECORD, (to_json(known) + "\n").encode())
