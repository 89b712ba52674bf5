"""The curves of a run, drawn from its logs: losses.png, and wasserstein.png of points."""

import io
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cwgan_jax.common.files import json_lines, write_whole
from cwgan_jax.common.metric import Metric, by_panel

_COLOURS = ("tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple", "tab:brown")
_SMOOTH = 50  # the moving average spans one in so many of the points


def metrics(log: Path, path: Path, declared: Sequence[Metric], *, title: str) -> None:
    """Draws the metrics of a run against the step, a panel below the other.

    Args:
      log: metrics.jsonl.
      path: the PNG.
      declared: the metrics, with the panels they belong to.
      title: the line above.
    """
    import matplotlib  # slow to import, and needed once, at the end

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = json_lines(log)
    step = np.array([line["step"] for line in lines])
    panels = by_panel(declared)
    figure, axes = pyplot.subplots(
        len(panels), 1, figsize=(9, 3 * len(panels)), sharex=True, squeeze=False, layout="constrained"
    )
    axes = axes[:, 0]
    figure.suptitle(drawable(title), parse_math=False)  # a workdir may have dollars in its name
    for axis, (name, drawn) in zip(axes, panels.items(), strict=True):
        for colour, metric in zip(itertools.cycle(_COLOURS), drawn, strict=False):
            values = np.array([line.get(metric.name, np.nan) for line in lines], float)  # from when it exists
            axis.plot(step, values, color=colour, alpha=0.25, linewidth=0.8)
            axis.plot(step, _smooth(values), color=colour, linewidth=1.8, label=metric.title)
        axis.set_title(name, fontsize=11)
        axis.grid(alpha=0.3)
        if any(metric.zero for metric in drawn):
            low, high = axis.get_ylim()
            axis.set_ylim(min(0.0, low), max(0.0, high))
        if len(drawn) > 1 or drawn[0].title not in name:
            axis.legend()
    axes[-1].set_xlabel("steps")
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    pyplot.close(figure)
    write_whole(path, buffer.getvalue())


def figures(log: Path, path: Path, titles: Mapping[str, str], *, title: str) -> None:
    """Draws figures of one unit, measured during a run, against the step.

    Args:
      log: quality.jsonl.
      path: the PNG.
      titles: key in the log -> what the curve is called; keys that the log lacks are left out.
      title: the line above.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = json_lines(log)
    figure, axis = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for key, label in titles.items():
        points = [(line["step"], line[key]) for line in lines if key in line]
        if points:
            axis.plot(*zip(*points, strict=True), label=label)
    axis.set(xlabel="steps")
    axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    axis.set_title(drawable(title), parse_math=False)
    axis.grid(alpha=0.3)
    if axis.get_lines():
        axis.legend()
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    pyplot.close(figure)
    write_whole(path, buffer.getvalue())


def drawable(text: str) -> str:
    """Text with escapes for the letters that Matplotlib's font lacks, and would warn of."""
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    return "".join(c if font.get_char_index(ord(c)) else c.encode("unicode_escape").decode() for c in text)


def _smooth(values: np.ndarray) -> np.ndarray:
    """Moving average centred on each point, over fewer points near the ends; NaN where there is no value."""
    half, there = len(values) // _SMOOTH // 2, ~np.isnan(values)
    total = np.concatenate([[0.0], np.cumsum(np.where(there, values, 0))])
    count = np.concatenate([[0], np.cumsum(there)])
    place = np.arange(len(values))
    start, end = np.maximum(place - half, 0), np.minimum(place + half + 1, len(values))
    mean = (total[end] - total[start]) / np.maximum(count[end] - count[start], 1)
    return np.where(there, mean, np.nan)
