"""A dot plot of plain HTML, whose text keeps its size on a phone: systems below each other, a dot a seed."""

import math
from collections.abc import Mapping
from html import escape

import numpy as np

from cwgan_jax.report.charts import number

_MARGIN = 0.04  # of the track, beside the outermost dots
_ORDERS = 20  # largest over least, from which the scale is logarithmic


def plot(
    title: str, values: Mapping[str, Mapping[int, float]], *, level: float | None = None, about: str = ""
) -> str:
    """Draws one figure of all systems.

    Args:
      title: the line above.
      values: of each system by seed; finite.
      level: of a dashed line, the same measured on real images; or none.
      about: a line under the title.

    Returns:
      HTML; empty if there are no values.
    """
    every = [value for by_seed in values.values() for value in by_seed.values()]
    if not every:
        return ""
    every += [] if level is None else [level]
    low, high = min(every), max(every)
    logarithmic = low > 0 and high > _ORDERS * low
    scale = math.log if logarithmic else float
    start, width = scale(low), scale(high) - scale(low)

    def place(value: float) -> str:
        share = (scale(value) - start) / width if width > 0 else 0.5
        return f"{100 * (_MARGIN + (1 - 2 * _MARGIN) * share):.1f}%"

    dashed = "" if level is None else f'<s style="left:{place(level)}"></s>'
    rows = []
    for i, (name, by_seed) in enumerate(values.items()):
        middle = float(np.median(list(by_seed.values()))) if by_seed else None
        spots = "".join(
            f'<i style="left:{place(value)}" title="seed {seed}: {number(value)}"></i>'
            for seed, value in by_seed.items()
        )
        if middle is not None:
            spots += f'<b style="left:{place(middle)}"></b>'
        spoken = ", ".join(f"seed {seed} {number(value)}" for seed, value in by_seed.items()) or "no value"
        rows.append(
            f'<li class="s{i}"><span>{escape(name)}</span><div class="track" role="img"'
            f' aria-label="{spoken}">{dashed}{spots}</div><output>{number(middle)}</output></li>'
        )
    key = "" if level is None else f'<span class="key dashed">real images {number(level)}</span>'
    ends = (number(low), "log scale" if logarithmic else "", number(high))
    axis = "".join(f"<span>{end}</span>" for end in ends)
    return (
        f'<figure class="chart dotplot"><figcaption><b>{escape(title)}</b> {key}'
        f"<small>{escape(about)}</small></figcaption>"
        f'<ul>{"".join(rows)}</ul><div class="ends"><div>{axis}</div></div></figure>'
    )
