"""Charts of the report: SVG whose colours come from page.css, so that they follow light and dark."""

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from cwgan_jax.report import axes
from cwgan_jax.report.axes import BOTTOM, HEIGHT, LEFT, MINUS, RIGHT, TOP, WIDTH, limits, place

NONE = "\u2013"  # a dash, where there is no number
_GROUPS = 75  # points of a curve; more are drawn as mean and range of a group
_COLOURS = 10  # that page.css names
_SIDE = 400
_POINTS = 2000  # of a scatter
_MATRIX = 340  # side of the confusion matrix without its names
_NUMBERED = 12  # classes up to which the counts fit in the cells
_NAMED = 30  # classes up to which the names fit beside the cells


def number(value: float | None) -> str:
    """A number to read: three or four digits, or a dash where there is none."""
    if value is None or not math.isfinite(value):
        return NONE
    if abs(value) >= 10_000:
        return f"{value:,.0f}".replace(",", "\u00a0").replace("-", MINUS)
    return f"{value:{'.3g' if abs(value) < 0.1 else '.4g'}}".replace("-", MINUS)


def curves(
    title: str,
    series: dict[str, tuple[np.ndarray, np.ndarray]],
    *,
    level: float | None = None,
    zero: bool = False,
    about: str = "",
    against: str = "step",
    unit: str = "images",
) -> str:
    """Draws curves against the step.

    Args:
      title: the line above.
      series: label to step and value, f[n] each; what is not finite is left out.
      level: value of a dashed line, the same measured on real images; or none.
      zero: whether zero is shown in any case.
      about: a line under the title.
      against: what is on the axis in place of the step.
      unit: what examples are called.

    Returns:
      HTML; empty if there is nothing to draw.
    """
    series = {label: _finite(*curve) for label, curve in series.items()}
    series = {label: curve for label, curve in series.items() if len(curve[0])}
    if not series:
        return ""
    every_x = np.concatenate([x for x, _ in series.values()])
    x_range = limits(every_x)
    others = [] if level is None else [level]
    y_range = _seen([y for _, y in series.values()], [*others, 0.0] if zero else others)
    drawn, keys = [axes.drawn(x_range, y_range, against)], []
    if level is not None:
        y = place(np.array([level]), y_range, BOTTOM, TOP)[0]
        drawn.append(f'<path class="level" d="M{LEFT} {y:.1f}H{RIGHT}"/>')
        keys.append(f'<span class="key dashed">real {unit} {number(level)}</span>')
    for i, (label, (x, y)) in enumerate(series.items()):
        x = place(x, x_range, LEFT, RIGHT)
        last = number(float(y[-1]))
        drawn.append(_curve(x, place(np.clip(y, *y_range), y_range, BOTTOM, TOP), i))
        keys.insert(i, f'<span class="key s{i}">{escape(label)} {last}</span>')
    spoken = f"{title} against the {against}, from {number(every_x.min())} to {number(every_x.max())}"
    return (
        f'<figure class="chart"><figcaption><b>{escape(title)}</b> {" ".join(keys)}'
        + (f"<small>{escape(about)}</small>" if about else "")
        + f'</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(spoken)}">'
        + "".join(drawn)
        + "</svg></figure>"
    )


def scatter(points: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> str:
    """Draws real points pale and generated ones solid, coloured by class.

    Args:
      points: f[2, n, 2], real and generated.
      labels: i[2, n].
      names: of the classes; empty: one colour for real and one for generated.
    """
    chosen = np.unique(np.linspace(0, points.shape[1] - 1, _POINTS).astype(int))
    points, labels = points[:, chosen], labels[:, chosen]
    low, high = points.min((0, 1)), points.max((0, 1))
    place = 10 + (points - low) / max(float((high - low).max()), 1e-9) * (_SIDE - 20)
    paths = []
    for kind, where, label in zip(("real", "fake"), place, labels, strict=True):
        for c in np.unique(label) if names else [0]:
            members = where[label == c] if names else where
            dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in members)
            colour = _colour(int(c), len(names)) if names else f"var(--c{int(kind == 'fake')})"
            paths.append(f'<path class="{kind} k{c}" style="color:{colour}" d="{dots}"/>')
    width, height = ((high - low) / max(float((high - low).max()), 1e-9) * (_SIDE - 20) + 20).tolist()
    return (
        f'<div class="scatter"><svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="Map of'
        f' {points.shape[1]} real and as many generated images">{"".join(paths)}</svg>{_legend(names)}</div>'
    )


def confusion(counts: np.ndarray, names: Sequence[str]) -> str:
    """Draws a confusion matrix, i[C, C], row asked and column read, with the counts as tooltips."""
    classes = len(counts)
    cell = _MATRIX / classes
    size = min(12.0, 0.8 * cell)
    short = [name if len(name) <= 12 else name[:11] + "…" for name in names] if classes <= _NAMED else []
    room = 0.62 * size * max(map(len, short), default=0)  # of the longest name, about
    turned = room > cell - 2
    left, top = 24 + round(room), 24 + round(room if turned else size)
    middle = 'text-anchor="middle">{}</text>'
    drawn = [
        f'<text class="tick" x="{left + _MATRIX // 2}" y="12" {middle.format("read as")}',
        f'<text class="tick" transform="translate(12 {top + _MATRIX // 2}) rotate(-90)"'
        f" {middle.format('asked for')}",
        f'<rect class="frame" x="{left}" y="{top}" width="{_MATRIX}" height="{_MATRIX}"/>',
    ]
    for row, column in np.argwhere(counts):
        count, total = counts[row, column], counts[row].sum()
        x, y = left + column * cell, top + row * cell
        tooltip = escape(f"{names[row]} asked, {names[column]} read: {count} of {total}")
        drawn.append(
            f'<g><title>{tooltip}</title><rect class="{"hit" if row == column else "miss"}" x="{x:.1f}"'
            f' y="{y:.1f}" width="{cell:.2f}" height="{cell:.2f}" fill-opacity="{_shade(count / total)}"/>'
        )
        if classes <= _NUMBERED:
            drawn.append(f'<text x="{x + cell / 2:.1f}" y="{y + cell / 2 + 4:.1f}">{count}</text>')
        drawn.append("</g>")
    for i, name in enumerate(map(escape, short)):
        x, y = left + (i + 0.5) * cell, top + (i + 0.5) * cell + 0.35 * size
        look = f'class="tick" style="font-size:{size:.1f}px"'
        drawn.append(f'<text {look} x="{left - 4}" y="{y:.1f}" text-anchor="end">{name}</text>')
        if turned:
            where = f'transform="translate({x + 0.35 * size:.1f} {top - 4}) rotate(-90)"'
            drawn.append(f"<text {look} {where}>{name}</text>")
        else:
            drawn.append(f'<text {look} x="{x:.1f}" y="{top - 4}" {middle.format(name)}')
    return (
        f'<div><svg viewBox="0 0 {left + _MATRIX + 2} {top + _MATRIX + 2}" role="img"'
        f' aria-label="Confusion matrix of {classes} classes">{"".join(drawn)}</svg>'
        "<output>Point at a cell to read its count.</output></div>"
    )


def _finite(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keep = np.isfinite(x) & np.isfinite(y)
    return x[keep], y[keep]


def _seen(curves: Sequence[np.ndarray], others: Sequence[float]) -> tuple[float, float]:
    """The range of an axis: all means and most values, since a few spikes would leave a flat line."""
    values = [*np.quantile(np.concatenate(curves), (0.01, 0.99)), *others]
    values += [part.mean() for curve in curves for part in _groups(curve)]
    return limits(np.array(values), margin=0.05)


def _groups(values: np.ndarray) -> list[np.ndarray]:
    return list(np.array_split(values, min(len(values), _GROUPS)))


def _curve(x: np.ndarray, y: np.ndarray, i: int) -> str:
    """A line through the means of groups, over the range of each; single points where there are few."""
    xs, ys = _groups(x), _groups(y)
    mean = [(float(a.mean()), float(b.mean())) for a, b in zip(xs, ys, strict=True)]
    line = "L".join(f"{a:.1f} {b:.1f}" for a, b in mean)
    drawn = f'<path class="line s{i}" d="M{line}"/>'
    if len(x) > len(xs):
        above = [f"{a:.1f} {b.min():.1f}" for (a, _), b in zip(mean, ys, strict=True)]
        below = [f"{a:.1f} {b.max():.1f}" for (a, _), b in zip(mean, ys, strict=True)]
        return f'<path class="band s{i}" d="M{"L".join(above + below[::-1])}Z"/>{drawn}'
    if len(x) <= 30:
        drawn += f'<path class="dots s{i}" d="{"".join(f"M{a:.1f} {b:.1f}h0" for a, b in mean)}"/>'
    return drawn


def _shade(share: float) -> str:
    """Opacity of a cell, in a range in which single images are visible and all counts are readable."""
    return f"{0.25 + 0.45 * share:.2f}"


def _colour(c: int, classes: int) -> str:
    return f"var(--c{c})" if classes <= _COLOURS else f"hsl({360 * c / classes:.0f} 70% var(--lightness))"


def _legend(names: Sequence[str]) -> str:
    """Buttons that show one class, or only real or generated points."""
    one, other = ("currentColor", "currentColor") if names else ("var(--c0)", "var(--c1)")
    kinds = [("real", "real", one), ("fake", "generated", other)]
    classes = [(f"k{c}", name, _colour(c, len(names))) for c, name in enumerate(names)]
    shown = kinds + (classes if len(classes) <= _NAMED else [])
    buttons = [
        f'<button type="button" aria-pressed="false" data-only="{key}">'
        f'<i class="{key}" style="color:{colour}"></i>{escape(name)}</button>'
        for key, name, colour in shown
    ]
    return f'<div class="legend" role="group" aria-label="Show only">{"".join(buttons)}</div>'
