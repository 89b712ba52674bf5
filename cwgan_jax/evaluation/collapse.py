"""The alarm of a generator that has collapsed, while it trains."""

from collections.abc import Callable, Collection
from pathlib import Path

from cwgan_jax.common import history
from cwgan_jax.evaluation import measure


class Alarm:
    """Says what has collapsed since the last time, and when it is over; a resumed run does not repeat it."""

    def __init__(self, workdir: Path, kind: str, what: str, state: str, over: str) -> None:
        """Reads which alarms of the run are on.

        Args:
          workdir: of the run.
          kind: of alarm, in its history.
          what: is alike.
          state: what is said of it at the end of the run.
          over: what is said when it is over.
        """
        self._workdir, self._kind, self._what, self._state, self._over = workdir, kind, what, state, over
        alarms = history.of(workdir, kind)
        self._on: set[str] = set(alarms[-1].get("classes", ())) if alarms else set()

    def update(self, step: int, collapsed: Collection[str], likely: bool, say: Callable[[str], None]) -> None:
        """Takes what has collapsed at step n.

        Args:
          step: n.
          collapsed: names of what has; empty: nothing has.
          likely: whether that is news: before there was any variety it is not.
          say: prints a line.
        """
        new = sorted(set(collapsed) - self._on)
        if new and likely:
            named = f": {measure.listed(new)}" if any(new) else ""
            say(
                f"alarm: step {step}: {self._what} are nearly alike (diversity below {measure.ALARM:.0%} of"
                f" the real ones){named}; look at the newest sheet"
            )
        else:
            new = []
        before, self._on = self._on, (self._on | set(new)) & set(collapsed)
        if self._on != before:
            self._record(step, say)

    def _record(self, step: int, say: Callable[[str], None]) -> None:
        """Notes what the alarm is on for."""
        if self._on:
            since = history.ringing(self._workdir).get(self._kind, step)
            more = {"since": since, "state": self._state, "classes": sorted(self._on)}
            history.add(self._workdir, step, history.BEGINS, kind=self._kind, **more)
        else:
            history.add(self._workdir, step, history.ENDS, kind=self._kind)
            say(f"alarm over: step {step}: {self._over}")
