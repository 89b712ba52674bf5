"""Alarms for a run that has stopped learning, from numbers and pictures that it makes anyway.

An alarm is one line when it begins and one when it ends; both stand in history.jsonl too, so that a resumed
run does not repeat them.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cwgan_jax.common import history
from cwgan_jax.config import Objective
from cwgan_jax.objectives import losses

PATIENCE = 10  # steps in a row that begin an alarm, or end it
RUNAWAY = 1e4  # scores of images in [-1, 1] stay well below; from here on float32 rounds them to 1e-3
_FLAT = 1e-6  # gaps and gradient norms below are those of a critic that scores everything alike
_APART = 50  # steps between two sheets that are compared
_SAME = 1e-4  # share of changed pixels; with slow moving averages a sheet changes by ten times as many

DEAD, AWAY, FROZEN = "dead critic", "runaway scores", "unchanging generator"
# What is said at the end of a run on which the alarm is still on, before "since step n".
STATES = {
    DEAD: "the {critic} has been dead",
    AWAY: "the scores have run away",
    FROZEN: "the generator has drawn the same pictures",
    history.COLLAPSED: "images of some classes have been nearly alike",
}


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


class Health:
    """Looks at what a run makes, and says which alarms begin and which end."""

    def __init__(self, workdir: Path, objective: Objective) -> None:
        """Goes on with the alarms that are on.

        Args:
          workdir: of the run.
          objective: the config's section.
        """
        on = history.ringing(workdir)
        self._workdir, self._objective, self._critic = workdir, objective, losses.name_of(objective.loss)
        self._dead, self._away = _Streak(on.get(DEAD)), _Streak(on.get(AWAY))
        self._frozen = on.get(FROZEN)
        self._shown: tuple[int, np.ndarray] | None = None

    def metrics(self, first: int, values: Mapping[str, np.ndarray]) -> list[str]:
        """Takes the metrics f[T] of the steps from `first` on; returns what there is to say."""
        told, last = [], first + len(values["critic_gap"]) - 1
        if self._dead.add(first, self._is_flat(values)):
            told.append(self._tell(last, DEAD, self._dead.since, *self._of_dead(values)))
        if self._away.add(first, _runs_away(values)):
            told.append(self._tell(last, AWAY, self._away.since, *self._of_away(values)))
        return told

    def pictures(self, step: int, drawn: np.ndarray) -> list[str]:
        """Takes what the generator draws at step n, always from the same latents; returns what to say.

        Args:
          step: n.
          drawn: images u8, or points f.
        """
        if self._shown is not None and step - self._shown[0] < _APART:
            return []
        before, self._shown = self._shown, (step, drawn)
        if before is None or before[1].shape != drawn.shape:
            return []
        changed = drawn != before[1] if drawn.dtype == np.uint8 else abs(drawn - before[1]) > _SAME
        same = changed.mean() <= _SAME
        if same == (self._frozen is not None):
            return []
        self._frozen = before[0] if same else None
        begins = (
            f"the generator draws the same pictures as at step {before[0]}: it no longer changes; lower the"
            " learning rates and start in a new workdir"
        )
        return [self._tell(step, FROZEN, self._frozen, begins, "the generator's pictures change again")]

    def _is_flat(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """bool[T]: whether the critic scores everything alike, so that the generator learns nothing of it."""
        # Clipped weights may make all scores tiny; optimizers that divide by the gradients' size do not mind.
        alike = abs(values["critic_gap"]) <= (0 if self._objective.constraint == "clipping" else _FLAT)
        if "gradient_norm" not in values:
            return alike
        flat = values["gradient_norm"] <= _FLAT
        # Only the two-sided penalty is against a norm of 0.
        return flat if self._objective.penalty == "two_sided" else flat & alike

    def _of_dead(self, values: Mapping[str, np.ndarray]) -> tuple[str, str]:
        figures = f"gap {values['critic_gap'][-1]:.3g}"
        if "gradient_norm" in values:
            figures += f", gradient norm {values['gradient_norm'][-1]:.3g}"
        return (
            f"the {self._critic} is dead since step {self._dead.since}: it scores all images alike"
            f" ({figures}), and the generator learns nothing from it; lower"
            " config.optimizer.critic_learning_rate and start in a new workdir",
            f"the {self._critic} tells images apart again",
        )

    def _of_away(self, values: Mapping[str, np.ndarray]) -> tuple[str, str]:
        figures = f"gap {values['critic_gap'][-1]:.3g}, generator loss {values['generator_loss'][-1]:.3g}"
        penalised = self._objective.constraint == "gradient_penalty"
        penalty = " or raise config.objective.penalty_weight" if penalised else ""
        return (
            f"the {self._critic}'s scores run away since step {self._away.since} ({figures}); lower the"
            f" learning rates{penalty}, and start in a new workdir",
            f"the {self._critic}'s scores are back below {RUNAWAY:,.0f}",
        )

    def _tell(self, step: int, kind: str, since: int | None, begins: str, ends: str) -> str:
        if since is None:
            history.add(self._workdir, step, history.ENDS, kind=kind)
            return f"alarm over: step {step}: {ends}"
        history.add(self._workdir, step, history.BEGINS, kind=kind, since=since)
        return f"alarm: step {step}: {begins}"


def summary(workdir: Path, critic: str) -> str:
    """The alarms that are on, for the last line of a run; empty if there are none."""
    on = history.ringing(workdir).items()
    return "; ".join(f"alarm: {STATES[kind].format(critic=critic)} since step {n}" for kind, n in on)


def _runs_away(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """bool[T]: whether the scores are beyond all bounds; the generator's loss says where they lie."""
    return np.maximum(abs(values["critic_gap"]), abs(values["generator_loss"])) >= RUNAWAY
