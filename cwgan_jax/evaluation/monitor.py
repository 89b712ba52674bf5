"""Quality while training: a light set of figures every so often, the best checkpoint apart, an alarm."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from cwgan_jax import checkpoint
from cwgan_jax.algorithms.step import State
from cwgan_jax.common import history
from cwgan_jax.common.files import json_lines, to_json, write_whole
from cwgan_jax.common.progress import Progress
from cwgan_jax.evaluation import measure, stacked_judge
from cwgan_jax.sampling import generation
from cwgan_jax.training.plan import Plan
from cwgan_jax.training.telemetry import Watch

SEED = 2**31  # of the latents: not those of the sheets, nor of evaluate.py, which so sees no selection
_SIGN = {"frechet": -1, "agreement": 1}  # whether less or more is better


class Monitor:
    """Measures the generator of one run; what it finds is a function of the state and of the judge.

    `quality.jsonl` of the workdir gets one line each time, `best/` holds the checkpoint with the best value
    of `quality.best` so far.
    """

    def __init__(self, plan: Plan, workdir: Path, first: int, check: Callable[[], None]) -> None:
        """Trains the judge, if there is none of these data yet, and reads the real images.

        Args:
          plan: the run.
          workdir: its folder.
          first: the step it starts or resumes from; later lines are dropped.
          check: called now and then while the judge is trained; may raise to stop.
        """
        self._plan, self._folder = plan, workdir / "best"
        with Progress("judge of real images", unit="step") as progress:

            def watched(done: int, total: int) -> None:
                check()
                progress(done, total)

            judge = stacked_judge.judge(plan.config.data, plan.dataset, watched)
        self._reference = measure.reference(judge, plan.dataset)
        self._log = workdir / "quality.jsonl"
        self._lines = [line for line in json_lines(self._log) if line.get("step", first + 1) <= first]
        self._write()
        self._kind = {"samples": plan.config.quality.samples, "judge": judge.name}
        # What lies in best/ is what has to be beaten, if it was measured in the same way.
        kept = checkpoint.steps(self._folder)
        alike = [line for line in self._lines if self._kind.items() <= line.items() and line["step"] in kept]
        self._best: float | None = max(map(self._value, alike), default=None)
        self._workdir, told = workdir, history.of(workdir, history.COLLAPSED)
        self._alarmed: set[str] = set(told[-1].get("classes", ())) if told else set()

    def add(self, step: int, state: State, watch: Watch) -> None:
        """Measures step n, tells and writes down what was found; keeps the checkpoint if it is the best."""
        config = self._plan.config
        given = measure.generated(
            self._plan.networks,
            jax.device_get(generation.variables(state)),
            latent=config.model.latent,
            seed=SEED,
            share=self._reference.share,
            count=config.quality.samples,
            judge=self._reference.judge,
        )
        values = measure.light(self._reference, given)
        rounded = {name: float(f"{x:.6g}") for name, x in values.items()}
        self._lines.append({"step": step, **rounded, **self._kind})
        self._write()
        watch.quality(step, values)
        self._alarm(step, measure.collapsed(self._reference, given), watch.say)
        self._keep_if_best(self._lines[-1], state)

    def _alarm(self, step: int, collapsed: list[str], say: Callable[[str], None]) -> None:
        """Tells which classes have collapsed since the last time; not before the pictures had any variety."""
        varied = any(line.get("least_diversity", 0) >= measure.ALARM for line in self._lines)
        new = sorted(set(collapsed) - self._alarmed)
        if new and (varied or step >= self._plan.total // 2):
            say(
                f"alarm: step {step}: images of the same class are nearly alike (diversity below"
                f" {measure.ALARM:.0%} of the real ones): {measure.listed(new)}; look at the newest sheet"
            )
        else:
            new = []
        before, self._alarmed = self._alarmed, (self._alarmed | set(new)) & set(collapsed)
        if self._alarmed != before:
            self._write_down(step, say)

    def _write_down(self, step: int, say: Callable[[str], None]) -> None:
        """Keeps which classes the alarm is on for, so that a resumed run does not repeat it."""
        kind = history.COLLAPSED
        if self._alarmed:
            since = history.ringing(self._workdir).get(kind, step)
            classes = sorted(self._alarmed)
            history.add(self._workdir, step, history.BEGINS, kind=kind, since=since, classes=classes)
        else:
            history.add(self._workdir, step, history.ENDS, kind=kind)
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
            writer.save(line["step"], state, self._plan.about)
        self._best = value

    def _value(self, line: dict[str, Any]) -> float:
        """The figure by which checkpoints are compared: the more the better."""
        name = self._plan.config.quality.best
        return _SIGN[name] * float(line[name])

    def _write(self) -> None:
        write_whole(self._log, "".join(to_json(line) + "\n" for line in self._lines).encode())
