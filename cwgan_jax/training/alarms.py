"""Alarms for a run that has stopped learning, from numbers and pictures that it makes anyway.

An alarm is one line when it begins and one line when it ends; both stand in history.jsonl too, so that a
resumed run does not repeat them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cwgan_jax.algorithms import Alarm
from cwgan_jax.common import history

PATIENCE = 10  # steps in a row that begin an alarm, or end it
_APART = 50  # steps between two sheets that are compared
_SAME = 1e-4  # share of changed pixels; with slow moving averages a sheet changes by ten times as many
FROZEN = "unchanging samples"


class _Streak:
    """Counts the steps in a row that say otherwise than the alarm does."""

    def __init__(self, since: int | None) -> None:
        self.since = since
        self._count = 0

    def add(self, first: int, bad: np.ndarray) -> bool:
        """Takes whether steps from `first` on are bad, bool[T]; says whether the alarm began or ended."""
        before = self.since
        if not self._count and (bad.all() if before is not None else not bad.any()):
            return False
        for step, now in enumerate(bad.tolist(), first):
            self._count = self._count + 1 if now == (self.since is None) else 0
            if self._count == PATIENCE:
                self.since = step - PATIENCE + 1 if self.since is None else None
                self._count = 0
        return (before is None) != (self.since is None)


class Alarms:
    """Looks at what a run makes, and says which alarms begin and which end."""

    def __init__(self, workdir: Path, alarms: Sequence[Alarm]) -> None:
        """Goes on with the alarms that are on.

        Args:
          workdir: of the run.
          alarms: of the algorithm.
        """
        on = history.ringing(workdir)
        self._workdir, self._alarms = workdir, alarms
        self._streaks = [_Streak(on.get(alarm.name)) for alarm in alarms]
        self._frozen = on.get(FROZEN)
        self._shown: tuple[int, np.ndarray] | None = None

    def metrics(self, first: int, values: Mapping[str, np.ndarray]) -> list[str]:
        """Takes the metrics f[T] of the steps from `first` on; returns what there is to say."""
        told, last = [], first + len(next(iter(values.values()))) - 1
        for alarm, streak in zip(self._alarms, self._streaks, strict=True):
            if not streak.add(first, alarm.bad(values)):
                continue
            if streak.since is None:
                told.append(self._ends(last, alarm.name, alarm.ends))
            else:
                begins = alarm.begins(values, streak.since)
                told.append(self._begins(last, alarm.name, streak.since, begins, alarm.state))
        return told

    def pictures(self, step: int, drawn: np.ndarray) -> list[str]:
        """Takes what is drawn at step n, always from the same latents; returns what to say.

        Args:
          step: n.
          drawn: images u8, or other examples f.
        """
        if self._shown is not None and step - self._shown[0] < _APART:
            return []
        before, self._shown = self._shown, (step, drawn)
        if before is None or before[1].shape != drawn.shape:
            return []
        changed = (
            drawn != before[1] if np.issubdtype(drawn.dtype, np.integer) else abs(drawn - before[1]) > _SAME
        )
        same = changed.mean() <= _SAME
        if same == (self._frozen is not None):
            return []
        self._frozen = before[0] if same else None
        if self._frozen is None:
            return [self._ends(step, FROZEN, "the samples change again")]
        begins = (
            f"the samples are the same as at step {before[0]}: nothing is learnt any longer; lower the"
            " learning rates and start in a new workdir"
        )
        return [self._begins(step, FROZEN, before[0], begins, "the samples have been the same")]

    def _begins(self, step: int, name: str, since: int, text: str, state: str) -> str:
        history.add(self._workdir, step, history.BEGINS, kind=name, since=since, state=state)
        return f"alarm: step {step}: {text}"

    def _ends(self, step: int, name: str, text: str) -> str:
        history.add(self._workdir, step, history.ENDS, kind=name)
        return f"alarm over: step {step}: {text}"


def summary(workdir: Path) -> str:
    """The alarms that are on, for the last line of a run; empty if there are none."""
    return "; ".join(f"alarm: {state} since step {n}" for state, n in history.states(workdir))
