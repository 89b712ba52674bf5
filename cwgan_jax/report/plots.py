"""More charts of the report: distributions, spectra, what was read against what was asked, matrices."""

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from cwgan_jax.report import axes
from cwgan_jax.report.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Range, limits, place
from cwgan_jax.report.charts import number

GENERATED, REAL = "generated", "real"
_CLASS = {GENERATED: "s0", REAL: "s1"}
_SPOTS = 1500  # of a scatter
_MATRIX, _CELL = 300, 0.62
_NAMED = 24  # columns of a matrix up to which it has names
_LEAST = 1e-12


def lines(
    title: str,
    x: np.ndarray,
    series: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    *,
    against: str,
    of: str,
    log: tuple[bool, bool] = (False, False),
    about: str = "",
) -> str:
    """Draws curves with a band around each.

    Args:
      title: the line above.
      x: f[n], of all of them.
      series: `generated` or `real` to value, low and high, f[n] each.
      against: what is on the horizontal axis.
      of: what is on the vertical one.
      log: which axes are logarithmic.
      about: a line under the title.

    Returns:
      HTML; empty if there is nothing to draw.
    """
    if not len(x):
        return ""
    across = np.log10(x) if log[0] else np.asarray(x, float)
    scaled = {
        name: [np.log10(np.maximum(y, _LEAST)) if log[1] else np.asarray(y, float) for y in each]
        for name, each in series.items()
    }
    x_range = limits(across)
    y_range = limits(np.concatenate([y for each in scaled.values() for y in each]), margin=0.04)
    parts, where = [axes.drawn(x_range, y_range, against, of, log=log)], place(across, x_range, LEFT, RIGHT)
    for name, each in scaled.items():
        middle, low, high = (place(y, y_range, BOTTOM, TOP) for y in each)
        edge = _points(where, low) + _points(where, high)[::-1]
        parts.append(f'<path class="band {_CLASS[name]}" d="M{"L".join(edge)}Z"/>')
        parts.append(f'<path class="line {_CLASS[name]}" d="M{"L".join(_points(where, middle))}"/>')
    return _figure(title, list(series), "".join(parts), about=about)


def histogram(title: str, edges: np.ndarray, shares: Mapping[str, np.ndarray], *, against: str) -> str:
    """Draws distributions of a number: the real one filled, the generated one as a line.

    Args:
      title: the line above.
      edges: f[n + 1], of the bins.
      shares: `generated` or `real` to f[n], the shares of the values.
      against: what the number is.
    """
    x_range, y_range = limits(edges), (0.0, 1.05 * max(float(max(map(np.max, shares.values()))), _LEAST))
    parts = [axes.drawn(x_range, y_range, against, "share")]
    where = place(np.repeat(edges, 2), x_range, LEFT, RIGHT)
    for name in sorted(shares, reverse=True):  # the real one behind
        high = place(np.concatenate([[0], np.repeat(shares[name], 2), [0]]), y_range, BOTTOM, TOP)
        look = "area" if name == REAL else "line"
        parts.append(f'<path class="{look} {_CLASS[name]}" d="M{"L".join(_points(where, high))}"/>')
    return _figure(title, list(shares), "".join(parts))


def bars(title: str, names: Sequence[str], shares: Mapping[str, np.ndarray], *, against: str) -> str:
    """Draws shares f[n] of categories, generated beside real, as lying bars with their names."""
    most = max(float(max(map(np.max, shares.values()))), _LEAST)
    pitch, left = min(18.0, (BOTTOM - TOP) / max(len(names), 1)), 120
    parts = []
    for i, name in enumerate(names):
        y = TOP + i * pitch
        shown = escape(name if len(name) <= 16 else name[:15] + "…")
        parts.append(
            f'<text class="tick" x="{left - 6}" y="{y + 0.7 * pitch:.1f}" text-anchor="end"'
            f' style="font-size:{min(12.0, 0.85 * pitch):.1f}px">{shown}</text>'
        )
        for k, (side, share) in enumerate(shares.items()):
            width = (RIGHT - left) * float(share[i]) / most
            parts.append(
                f"<g><title>{escape(name)}, {side}: {number(float(share[i]))}</title><rect"
                f' class="fill {_CLASS[side]}" x="{left}" y="{y + 0.42 * k * pitch + 1:.1f}"'
                f' width="{width:.1f}" height="{0.4 * pitch:.1f}"/></g>'
            )
    tail = f'<text class="tick" x="{left}" y="{BOTTOM + 16}">0</text>'
    tail += f'<text class="tick" x="{RIGHT}" y="{BOTTOM + 16}" text-anchor="end">{number(most)}</text>'
    tail += f'<text class="tick" x="{(left + RIGHT) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">'
    return _figure(title, list(shares), "".join(parts) + tail + f"{escape(against)}</text>")


def against_asked(
    title: str,
    side: str,
    asked: np.ndarray,
    read: np.ndarray,
    *,
    within: Range,
    gaps: Sequence[Range] = (),
    asked_for: bool = True,
) -> str:
    """Draws what was read over what was asked for, with the line where both are the same.

    Args:
      title: what is read, with its unit.
      side: `generated` or `real`.
      asked: f[N].
      read: f[N].
      within: the range of both axes.
      gaps: ranges of `asked` without training examples, which are shaded.
      asked_for: whether it was asked for; else it is what the example has.
    """
    parts = []
    for low, high in gaps:
        low, high = max(low, within[0]), min(high, within[1])
        if high > low:
            a, b = place(np.array([low, high]), within, LEFT, RIGHT)
            parts.append(
                f'<rect class="gap" x="{a:.1f}" y="{TOP}" width="{b - a:.1f}" height="{BOTTOM - TOP}"/>'
            )
    parts.append(axes.drawn(within, within, "asked for" if asked_for else "of the example", "read"))
    parts.append(f'<path class="level" d="M{LEFT} {BOTTOM}L{RIGHT} {TOP}"/>')
    some = np.linspace(0, len(asked) - 1, min(len(asked), _SPOTS)).astype(int)
    x = place(asked[some], within, LEFT, RIGHT)
    y = place(np.clip(read[some], *within), within, BOTTOM, TOP)
    dots = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x, y, strict=True))
    parts.append(f'<path class="spots {_CLASS[side]}" d="{dots}"/>')
    return _figure(title, [side], "".join(parts))


def matrix(title: str, values: np.ndarray, names: Sequence[str]) -> str:
    """Draws a matrix f[F, F] in [-1, 1] as cells: blue above zero, orange below; with tooltips."""
    count = len(values)
    cell = _MATRIX / max(count, 1)
    named = count <= _NAMED
    size = min(11.0, 0.85 * cell)
    short = [name if len(name) <= 14 else name[:13] + "…" for name in names]
    room = round(_CELL * size * max(map(len, short), default=0)) + 6 if named else 2
    parts = []
    for i, j in np.ndindex(*values.shape):
        value = float(values[i, j])
        tip = escape(f"{names[i]} and {names[j]}: {number(value)}")
        parts.append(
            f'<g><title>{tip}</title><rect class="{"hit" if value >= 0 else "below"}"'
            f' x="{room + j * cell:.1f}" y="{2 + i * cell:.1f}" width="{cell:.2f}" height="{cell:.2f}"'
            f' fill-opacity="{min(abs(value), 1):.2f}"/></g>'
        )
    parts.append(f'<rect class="frame" x="{room}" y="2" width="{_MATRIX}" height="{_MATRIX}"/>')
    for i, name in enumerate(map(escape, short) if named else ()):
        look = f'class="tick" style="font-size:{size:.1f}px" text-anchor="end"'
        parts.append(
            f'<text {look} x="{room - 4}" y="{2 + (i + 0.5) * cell + 0.35 * size:.1f}">{name}</text>'
        )
        x = room + (i + 0.5) * cell + 0.35 * size
        parts.append(f'<text {look} transform="translate({x:.1f} {_MATRIX + 8}) rotate(-90)">{name}</text>')
    box = f"0 0 {room + _MATRIX + 2} {_MATRIX + room + 6}"
    return (
        f'<figure class="chart"><figcaption><b>{escape(title)}</b></figcaption><svg viewBox="{box}"'
        f' role="img" aria-label="{escape(title)}, {count} columns">{"".join(parts)}</svg></figure>'
    )


def bins_of(*values: np.ndarray, count: int = 30) -> np.ndarray:
    """Edges f[count + 1] for numbers of several sides, from the first one's middle 99.6 %; without NaN."""
    x = values[0][np.isfinite(values[0])]
    low, high = np.quantile(x, (0.002, 0.998)) if len(x) else (0.0, 1.0)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, count + 1)


def shares_of(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The shares of numbers in bins; those beyond are in the first and the last, NaN in none."""
    x = values[np.isfinite(values)]
    counts, _ = np.histogram(np.clip(x, edges[0], edges[-1]), edges)
    return np.asarray(counts / max(len(x), 1))


def _points(x: np.ndarray, y: np.ndarray) -> list[str]:
    return [f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True) if math.isfinite(b)]


def _figure(title: str, sides: Sequence[str], inner: str, *, about: str = "") -> str:
    keys = " ".join(f'<span class="key {_CLASS[side]}">{side}</span>' for side in sides)
    note = f"<small>{escape(about)}</small>" if about else ""
    spoken = escape(f"{title}: {' and '.join(sides)}")
    return (
        f'<figure class="chart"><figcaption><b>{escape(title)}</b> {keys}{note}</figcaption>'
        f'<svg viewBox="-16 0 {WIDTH + 16} {HEIGHT}" role="img" aria-label="{spoken}">{inner}</svg></figure>'
    )
