"""losses.png: the curves of a run, drawn from its metrics.jsonl."""

import io
from pathlib import Path

import numpy as np

from cwgan_jax.files import json_lines, write_whole

_SMOOTH = 50  # the moving average spans one in so many of the points


def losses(log: Path, path: Path, *, title: str) -> None:
    """Draws critic gap, losses and gradient norm against the step.

    Args:
      log: metrics.jsonl.
      path: the PNG.
      title: the line above.
    """
    import matplotlib  # slow to import, and needed once, at the end

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = json_lines(log)
    step = np.array([line["step"] for line in lines])
    figure, axes = pyplot.subplots(3, 1, figsize=(9, 9), sharex=True, layout="constrained")
    figure.suptitle(title, parse_math=False)  # a workdir may have dollars in its name
    panels = (
        ("critic gap (falls as the pictures improve)", {"critic gap": "critic_gap"}),
        ("losses", {"critic": "critic_loss", "generator": "generator_loss"}),
        ("gradient norm at the interpolates (near 1)", {"gradient norm": "gradient_norm"}),
    )
    for axis, (name, curves) in zip(axes, panels, strict=True):
        for colour, (label, key) in zip(("tab:blue", "tab:orange"), curves.items(), strict=False):
            values = np.array([line[key] for line in lines])
            axis.plot(step, values, color=colour, alpha=0.25, linewidth=0.8)
            axis.plot(step, _smooth(values), color=colour, linewidth=1.8, label=label)
        axis.set_title(name, fontsize=11)
        axis.grid(alpha=0.3)
        if len(curves) > 1:
            axis.legend()
    axes[0].set_ylim(bottom=min(0.0, axes[0].get_ylim()[0]))
    axes[-1].set_xlabel("generator updates")
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=110)
    pyplot.close(figure)
    write_whole(path, buffer.getvalue())


def _smooth(values: np.ndarray) -> np.ndarray:
    """Moving average centred on each point, over fewer points near the ends."""
    half = len(values) // _SMOOTH // 2
    total = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))
    start, end = np.maximum(place - half, 0), np.minimum(place + half + 1, len(values))
    return (total[end] - total[start]) / (end - start)
