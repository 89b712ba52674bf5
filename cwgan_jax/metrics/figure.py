"""A figure of quality: declared once, and read by all that compute, print or draw it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np


class Figure(NamedTuple):
    """What a figure of quality is called, and how to read it.

    Attributes:
      title: for tables.
      better: `higher`, `lower` or `near floor`, the floor being the same figure of held-out real examples.
      about: one line that says how to read it.
      short: a name for narrow columns; empty: the title.
    """

    title: str
    better: str
    about: str
    short: str = ""

    @property
    def column(self) -> str:
        """What a narrow column is called."""
        return self.short or self.title

    def described(self) -> dict[str, str]:
        """What there is to say of it, as files of figures have it."""
        return {"title": self.title, "better": self.better, "about": self.about}

    def entry(self, values: Sequence[float], floor: float | None, count: int) -> dict[str, Any]:
        """The median of several sets with their spread, as files of figures have it.

        Args:
          values: of each set, at least one.
          floor: the same figure of held-out real examples; None: not measured.
          count: examples of a set.
        """
        return {
            **self.described(),
            "value": float(np.median(values)),
            "spread": [min(values), max(values)] if len(values) > 1 else None,
            "floor": floor,
            "n": count,
        }


def summary(
    figures: Mapping[str, Figure],
    sets: Sequence[Mapping[str, float]],
    floor: Mapping[str, float] | None,
    count: int,
) -> dict[str, dict[str, Any]]:
    """The entries of several sets' figures; figures that are finite for no set are left out.

    Args:
      figures: those that there are, by name.
      sets: the values of each set.
      floor: those of held-out real examples.
      count: examples of a set.
    """
    entries = {}
    for name, figure in figures.items():
        if values := [x[name] for x in sets if np.isfinite(x.get(name, np.nan))]:
            entries[name] = figure.entry(values, floor.get(name) if floor else None, count)
    return entries
