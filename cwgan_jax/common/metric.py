"""A number that a run reports at every step: declared once, and read by all who write, print or draw it."""

from collections.abc import Sequence
from typing import NamedTuple


class Metric(NamedTuple):
    """What a metric is called and how it is shown. An algorithm lists those that its step returns.

    Attributes:
      name: its key in the step's metrics, in metrics.jsonl and in TensorBoard.
      title: in full, for legends.
      panel: the title of the chart it is drawn in; metrics with the same panel share its axes.
      unit: of the values, as on the axis; empty for plain numbers.
      short: its name in the progress line; empty: it is not shown there.
      digits: decimals in the progress line.
      zero: whether its chart always shows zero.
    """

    name: str
    title: str
    panel: str
    unit: str = ""
    short: str = ""
    digits: int = 4
    zero: bool = False


def by_panel(metrics: Sequence[Metric]) -> dict[str, list[Metric]]:
    """The metrics of each chart, by its title with the unit, in order."""
    panels: dict[str, list[Metric]] = {}
    for metric in metrics:
        panels.setdefault(f"{metric.panel}, {metric.unit}" if metric.unit else metric.panel, []).append(
            metric
        )
    return panels
