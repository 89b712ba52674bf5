"""How a run starts, or goes on, other than by its config alone; history.jsonl keeps it."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

from cwgan_jax import checkpoint
from cwgan_jax import config as config_
from cwgan_jax.algorithms import State
from cwgan_jax.common import history
from cwgan_jax.training.plan import Plan

Fill = Callable[[Plan, State], tuple[State, dict[str, Any]]]


class Start(NamedTuple):
    """What was asked for beside the config.

    Attributes:
      sources: whose weights the run starts from; none: new ones. Read at step 0 only.
      fill: takes the plan and a new state, gives the state with those weights, and what was taken, as JSON.
      allow: keys of the config that may have changed since the checkpoint, see `config.allowed`.
    """

    sources: tuple[str, ...] = ()
    fill: Fill = lambda plan, state: (state, {})
    allow: Collection[str] = ()

    def remember(self, plan: Plan, workdir: Path, saved: checkpoint.Saved | None) -> None:
        """Brings the history to the step that the run goes on from, and adds what changes there."""
        history.rewind(workdir, saved.step if saved else None)
        if not saved:
            return
        for key, old, new in config_.differences(config_.from_dict(saved.about["config"]), plan.config):
            print(f"from step {saved.step} on: config.{key}={new}, before {old}", flush=True)
            history.add(workdir, saved.step, history.CHANGED, key=key, before=old, after=new)
        started = [line["sources"] for line in history.lines(workdir) if line["event"] == "initialised"]
        if self.sources and [list(self.sources)] != started:
            print(
                f"warning: --init={', '.join(self.sources)}: not read, since {workdir} goes on from its own"
                f" step {saved.step}; choose another --workdir to start from those weights",
                flush=True,
            )

    def filled(self, plan: Plan, workdir: Path, state: State) -> State:
        """The state that a new run starts with, given one with new weights."""
        if plan.algorithm.prepare:
            stored = {name: each.stored for name, each in plan.streams.items()}
            state, found = plan.algorithm.prepare(state, stored)
            history.add(workdir, 0, "prepared", **found)
            print("start: " + ", ".join(f"{name} {x:.4g}" for name, x in found.items()), flush=True)
        if self.sources:
            state, taken = self.fill(plan, state)
            history.add(workdir, 0, "initialised", sources=list(self.sources), **taken)
        return state
