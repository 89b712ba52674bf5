"""The axes of charts: where values lie, round numbers along them, grid lines."""

import math
from html import escape

import numpy as np

WIDTH, HEIGHT = 360, 220  # narrow, so that its text stays readable on a phone
LEFT, RIGHT, TOP, BOTTOM = 46, 342, 10, 186
MINUS = "\u2212"

Range = tuple[float, float]


def limits(values: np.ndarray, margin: float = 0.0) -> Range:
    """The range of values, with some room at both ends; never empty."""
    low, high = float(values.min()), float(values.max())
    spare = margin * (high - low)
    if high - low < 1e-9 * max(abs(high), 1e-3):  # one point, or a flat line
        spare = 0.1 * max(abs(low), 1e-3)
    return low - spare, high + spare


def place(values: np.ndarray, within: Range, start: float, end: float) -> np.ndarray:
    """Values of a range -> places between `start` and `end` in the drawing."""
    low, high = within
    return start + (values - low) / (high - low) * (end - start)


def drawn(
    x_range: Range, y_range: Range, against: str, of: str = "", *, log: tuple[bool, bool] = (False, False)
) -> str:
    """Grid lines with their numbers, and what they are of.

    Args:
      x_range: of the horizontal axis; of a logarithmic one in powers of ten.
      y_range: of the vertical one.
      against: what is on the horizontal axis.
      of: what is on the vertical one; empty: the title says so.
      log: which of the two are logarithmic.
    """
    parts = []
    for value in ticks(*y_range, log=log[1]):
        y = place(np.array([value]), y_range, BOTTOM, TOP)[0]
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}"/>')
        where = f'x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end"'
        parts.append(f'<text class="tick" {where}>{_label(value, log[1])}</text>')
    for value in ticks(*x_range, log=log[0]):
        x = place(np.array([value]), x_range, LEFT, RIGHT)[0]
        where = f'x="{x:.1f}" y="{BOTTOM + 16}" text-anchor="middle"'
        parts.append(f'<text class="tick" {where}>{_label(value, log[0])}</text>')
    middle = f'x="{(LEFT + RIGHT) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle"'
    parts.append(f'<text class="tick" {middle}>{escape(against)}</text>')
    if of:
        turned = f'transform="translate(-8 {(TOP + BOTTOM) / 2:.0f}) rotate(-90)" text-anchor="middle"'
        parts.append(f'<text class="tick" {turned}>{escape(of)}</text>')
    return "".join(parts)


def ticks(low: float, high: float, *, log: bool = False) -> list[float]:
    """Three to six round numbers between two."""
    if log:  # whole powers of ten where there are some, else what lies between
        powers = list(range(math.ceil(low), math.floor(high) + 1))
        if len(powers) > 1:
            return [float(k) for k in powers[:: -(-len(powers) // 6)]]
    rough = (high - low) / 5
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * k for k in (1, 2, 5, 10) if unit * k >= rough)
    return [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def brief(value: float) -> str:
    """A number short enough for an axis."""
    size, letter = next(((s, k) for s, k in ((1e6, "M"), (1e4, "k")) if abs(value) >= s), (1.0, ""))
    return f"{value / min(size, 1e3 if letter == 'k' else size):.4g}{letter}".replace("-", MINUS)


def _label(value: float, log: bool) -> str:
    return brief(float(f"{10.0**value:.2g}")) if log else brief(value)
