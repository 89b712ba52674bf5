"""Quality while training: a light set of figures every so often, the best checkpoint apart, an alarm."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import Request, State, generation
from cwgan_jax.common import history
from cwgan_jax.common.files import json_lines, to_json, write_whole
from cwgan_jax.common.progress import Progress
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation import measure, stacked_judge
from cwgan_jax.evaluation.run import Run, Watch

SEED = 2**31  # of the latents; others than evaluate.py's, which must not judge by what `best/` was chosen by
COLLAPSED = "collapsed classes"  # a kind of alarm
_STATE = "images of some classes have been nearly alike"
_SIGN = {"frechet": -1, "agreement": 1}  # whether less or more is better


class Monitor:
    """Measures the generator of one run; the figures are a function of the state and of the judge.

    `quality.jsonl` of the workdir gets one line each time, `best/` holds the checkpoint with the best value
    of `quality.best` so far.
    """

    def __init__(self, run: Run, workdir: Path, first: int, check: Callable[[], None]) -> None:
        """Trains the judge, if there is none of these data yet, and reads the real images.

        Args:
          run: the run.
          workdir: its folder.
          first: the step it starts or resumes from; later lines are dropped.
          check: called now and then while the judge is trained; may raise to stop.
        """
        self._run, self._folder = run, workdir / "best"
        with Progress("judge of real images", unit="step") as progress:

            def watched(done: int, total: int) -> None:
                check()
                progress(done, total)

            judge = stacked_judge.judge(run.config.data, run.dataset, watched)
        self._reference = measure.reference(judge, run.dataset)
        self._log = workdir / "quality.jsonl"
        self._lines = [line for line in json_lines(self._log) if line.get("step", first + 1) <= first]
        self._write()
        self._kind = {"samples": run.config.quality.samples, "judge": judge.name}
        # What lies in best/ is what has to be beaten, if it was measured in the same way.
        kept = checkpoint.steps(self._folder)
        alike = [line for line in self._lines if self._kind.items() <= line.items() and line["step"] in kept]
        self._best: float | None = max(map(self._value, alike), default=None)
        self._workdir, alarms = workdir, history.of(workdir, COLLAPSED)
        self._alarmed: set[str] = set(alarms[-1].get("classes", ())) if alarms else set()

    def add(self, step: int, state: State, watch: Watch) -> None:
        """Measures step n, reports and logs the figures; keeps the checkpoint if it is the best."""
        config = self._run.config

        def draw(request: Request) -> np.ndarray:
            return generation.sample(self._run.algorithm, state, request, PIXELS.decode)

        images = measure.generated(
            draw,
            latent=(config.model.latent, np.dtype(config.model.dtype)),
            conditional=config.model.conditional,
            seed=SEED,
            share=self._reference.share,
            count=config.quality.samples,
            judge=self._reference.judge,
        )
        values = measure.light(self._reference, images)
        rounded = {name: float(f"{x:.6g}") for name, x in values.items()}
        self._lines.append({"step": step, **rounded, **self._kind})
        self._write()
        watch.quality(step, values)
        self._alarm(step, measure.collapsed(self._reference, images), watch.say)
        self._keep_if_best(self._lines[-1], state)

    def _alarm(self, step: int, collapsed: list[str], say: Callable[[str], None]) -> None:
        """Says which classes have collapsed since the last time; not before the images had any variety."""
        varied = any(line.get("least_diversity", 0) >= measure.ALARM for line in self._lines)
        new = sorted(set(collapsed) - self._alarmed)
        if new and (varied or step >= self._run.total // 2):
            say(
                f"alarm: step {step}: images of the same class are nearly alike (diversity below"
                f" {measure.ALARM:.0%} of the real ones): {measure.listed(new)}; look at the newest sheet"
            )
        else:
            new = []
        before, self._alarmed = self._alarmed, (self._alarmed | set(new)) & set(collapsed)
        if self._alarmed != before:
            self._record(step, say)

    def _record(self, step: int, say: Callable[[str], None]) -> None:
        """Notes for which classes the alarm is on, so that a resumed run does not repeat it."""
        if self._alarmed:
            more = {"since": history.ringing(self._workdir).get(COLLAPSED, step), "state": _STATE}
            more["classes"] = sorted(self._alarmed)
            history.add(self._workdir, step, history.BEGINS, kind=COLLAPSED, **more)
        else:
            history.add(self._workdir, step, history.ENDS, kind=COLLAPSED)
            say(f"alarm over: step {step}: the images of every class differ again")

    def _keep_if_best(self, line: dict[str, Any], state: State) -> None:
        value = self._value(line)
        if self._best is not None and value <= self._best:
            return
        # A later one is there if the run went back to an older checkpoint; it will come to that step again.
        for later in (step for step in checkpoint.steps(self._folder) if step >= line["step"]):
            shutil.rmtree(self._folder / str(later))
        after = max(checkpoint.steps(self._folder), default=None)
        with checkpoint.Writer(self._folder, keep=1, after=after) as writer:
            writer.save(line["step"], state, self._run.about)
        self._best = value

    def _value(self, line: dict[str, Any]) -> float:
        """The figure by which checkpoints are compared: the more the better."""
        name = self._run.config.quality.best
        return _SIGN[name] * float(line[name])

    def _write(self) -> None:
        write_whole(self._log, "".join(to_json(line) + "\n" for line in self._lines).encode())
