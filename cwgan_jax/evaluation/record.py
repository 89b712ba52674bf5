"""What was measured while training: a line of quality.jsonl each time, and the best checkpoint in `best/`."""

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import State
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import json_lines, to_json, write_whole
from cwgan_jax.config import Config
from cwgan_jax.evaluation.run import Run
from cwgan_jax.metrics.figure import Figure


def choose(config: Config, figures: Mapping[str, Figure]) -> Config:
    """The config with a figure in `quality.best`: its own, or where it names none the first of `figures`.

    Raises:
      ConfigError: its own is none of them.
    """
    name = config.quality.best or next(iter(figures), "")
    if name not in figures:
        raise ConfigError(
            f"config.quality.best={name}: it is not measured on these data; use {', '.join(figures)}"
        )
    return dataclasses.replace(config, quality=dataclasses.replace(config.quality, best=name))


class Record:
    """The figures of one run, by step.

    Attributes:
      lines: of quality.jsonl.
      best: the score of what lies in `best/`; None: nothing does, or it was measured in another way.
    """

    def __init__(
        self,
        run: Run,
        workdir: Path,
        first: int,
        figures: Mapping[str, Figure],
        *,
        how: Mapping[str, Any] | None = None,
        floors: Mapping[str, float] | None = None,
    ) -> None:
        """Drops what lies behind the step that the run goes on from.

        Args:
          run: the run; `quality.best` of its config names the figure that the best checkpoint is chosen by.
          workdir: its folder.
          first: the step it starts or resumes from.
          figures: what is measured, by name; says which values are good.
          how: what every line says of how it was measured; what was measured otherwise is not compared.
          floors: the figures of real examples, of those that are good near them; 0 where there is none.
        """
        self._run, self._folder, self._log = run, workdir / "best", workdir / "quality.jsonl"
        self._figures, self._how, self._floors = figures, dict(how or {}), dict(floors or {})
        self.lines = [line for line in json_lines(self._log) if line.get("step", first + 1) <= first]
        self._write()
        # What lies in best/ is what has to be beaten, if it was measured in the same way.
        kept = checkpoint.steps(self._folder)
        alike = [line for line in self.lines if self._how.items() <= line.items() and line["step"] in kept]
        scores = [score for line in alike if (score := self._score(line)) is not None]
        self.best: float | None = max(scores, default=None)

    def add(self, step: int, state: State, values: Mapping[str, float]) -> None:
        """Writes the figures of step n, and keeps its checkpoint if it is the best so far."""
        self.lines.append(
            {"step": step, **{name: float(f"{x:.6g}") for name, x in values.items()}, **self._how}
        )
        self._write()
        score = self._score(self.lines[-1])
        if score is None or (self.best is not None and score <= self.best):
            return
        # A later one is there if the run went back to an older checkpoint; it will come to that step again.
        for later in (n for n in checkpoint.steps(self._folder) if n >= step):
            shutil.rmtree(self._folder / str(later))
        after = max(checkpoint.steps(self._folder), default=None)
        with checkpoint.Writer(self._folder, keep=1, after=after) as writer:
            writer.save(step, state, self._run.about)
        self.best = score

    def _score(self, line: Mapping[str, Any]) -> float | None:
        """By which checkpoints are compared: the more the better; None where it was not measured."""
        name = self._run.config.quality.best
        value = line.get(name)
        if name not in self._figures or value is None:
            return None
        match self._figures[name].better:
            case "higher":
                return float(value)
            case "lower":
                return -float(value)
            case _:
                return -abs(float(value) - self._floors.get(name, 0.0))

    def _write(self) -> None:
        write_whole(self._log, "".join(to_json(line) + "\n" for line in self.lines).encode())
