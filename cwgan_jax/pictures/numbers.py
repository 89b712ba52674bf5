"""Sheets of signals, as small line plots, and of fields, as maps in colour: generated beside real."""

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from PIL import Image

from cwgan_jax.pictures.curves import drawable

_DPI = 110
_TEXT = 8  # points
_LETTER = 0.075  # inches, about the width of a letter of that size
_GAP = 0.1  # inches
_TOP, _BOTTOM = 0.35, 0.45  # inches, for titles and for what the axes are
_BAR = 0.9  # inches, for the colour bar and its numbers
_SPARE = 0.06  # of a box that stays free at each side
_LINE = 0.15  # inches, of the names of the columns
_FRAME = "0.85"
_MOST = 6  # channels with a name below the plots
_LONGEST = 28  # letters of a line of a row's name


Span = tuple[float, float]


class Panel(NamedTuple):
    """A titled grid of examples, of which some may be missing.

    Attributes:
      title: the line above.
      values: of each row and column, f[rows, columns, ...]; NaN where there is no example.
    """

    title: str
    values: np.ndarray


class Draw(Protocol):
    """Draws a sheet: `lines`, or what calls `maps`."""

    def __call__(
        self,
        panels: Sequence[Panel],
        row_names: Sequence[str],
        unit: str,
        *,
        column_names: Sequence[str] = (),
        span: Span | None = None,
    ) -> Image.Image:
        """A picture of panels f[rows, columns, *shape]; arguments as of `lines`."""
        ...


def lines(
    panels: Sequence[Panel],
    row_names: Sequence[str],
    unit: str,
    *,
    column_names: Sequence[str] = (),
    span: Span | None = None,
) -> Image.Image:
    """Draws signals f[rows, columns, L, D], each in a box, all boxes with the same axes.

    Lines that leave the boxes are cut off at their edge.

    Args:
      panels: the generated signals, then the real ones.
      row_names: one for each row; or none.
      unit: of the values, for people.
      column_names: one for each column of a panel, drawn above it; or none.
      span: least and largest value of the boxes; none: those of the last panel, the real signals.

    Returns:
      An RGB picture; its info key `panel` holds the width of the first panel's part, for `sheets.animate`.
    """
    from matplotlib import collections

    low, high = span or _range(panels[-1].values)
    steps, channels = panels[0].values.shape[2:]
    place = np.linspace(_SPARE, 1 - _SPARE, steps)

    def draw(axis: Any, values: np.ndarray) -> None:
        rows, columns = values.shape[:2]
        _frames(axis, rows, columns)
        height = (1 - _SPARE) - (1 - 2 * _SPARE) * np.clip((values - low) / (high - low), 0, 1)
        for channel in range(channels):
            paths = [
                np.stack([column + place, row + height[row, column, :, channel]], 1)
                for row in range(rows)
                for column in range(columns)
                if np.isfinite(height[row, column]).all()
            ]
            axis.add_collection(collections.LineCollection(paths, colors=f"C{channel % 10}", linewidths=0.8))

    told = f"each box: steps 0 to {steps - 1}, values {low:.4g} to {high:.4g} {unit}".rstrip()
    if channels > 1:
        told += f"; {channels} channels: {', '.join(_COLOURS[:channels][:_MOST])}"
    return _picture(panels, (row_names, column_names), (1.15, 0.72), draw, told)


_COLOURS = ("blue", "orange", "green", "red", "purple", "brown")  # of Matplotlib's default cycle


def maps(
    panels: Sequence[Panel],
    row_names: Sequence[str],
    told: str,
    unit: str,
    *,
    column_names: Sequence[str] = (),
    span: Span | None = None,
) -> Image.Image:
    """Draws maps f[rows, columns, h, w] in colours, all with the same scale, and its bar.

    Args:
      panels: the generated maps, then the real ones.
      row_names: one for each row; or none.
      told: what the maps are, in a line for people.
      unit: of the values, for people.
      column_names: as of `lines`.
      span: of the colours, as of `lines`.

    Returns:
      As `lines`.
    """
    low, high = span or _range(panels[-1].values)
    height, width = panels[0].values.shape[2:]
    shown: list[Any] = []
    gap = max(1, round(max(height, width) * _SPARE))

    def draw(axis: Any, values: np.ndarray) -> None:
        rows, columns = values.shape[:2]
        padded = np.pad(
            values, ((0, 0), (0, 0), (0, gap), (0, gap)), constant_values=np.nan
        )  # white lines between
        mosaic = padded.swapaxes(1, 2).reshape(rows * (height + gap), columns * (width + gap))
        extent = (0, columns, rows, 0)
        shown.append(axis.imshow(mosaic, vmin=low, vmax=high, cmap="viridis", extent=extent, aspect="auto"))

    # As large as lines are; longer where the other side would be too short to see.
    scale = min(max(0.9 / max(width, height), 0.5 / min(width, height)), 1.6 / max(width, height))
    box = scale * (width + gap), scale * (height + gap)

    def bar(figure: Any, place: tuple[float, float, float, float]) -> None:
        colours = figure.colorbar(shown[-1], cax=figure.add_axes(place))
        colours.ax.tick_params(labelsize=_TEXT - 1)
        colours.set_label(unit, fontsize=_TEXT)

    return _picture(panels, (row_names, column_names), box, draw, told, bar)


def _range(values: np.ndarray) -> tuple[float, float]:
    """The least and the largest value, apart from each other."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _frames(axis: Any, rows: int, columns: int) -> None:
    """The boxes around the plots."""
    side = _SPARE / 2
    for row in range(rows):
        for column in range(columns):
            x, y = column + side, row + side
            axis.plot(
                [x, x + 1 - 2 * side, x + 1 - 2 * side, x, x],
                [y, y, y + 1 - 2 * side, y + 1 - 2 * side, y],
                color=_FRAME,
                linewidth=0.5,
            )


def _picture(
    panels: Sequence[Panel],
    names: tuple[Sequence[str], Sequence[str]],
    box: tuple[float, float],
    draw: Callable[[Any, np.ndarray], None],
    told: str,
    bar: Callable[[Any, tuple[float, float, float, float]], None] | None = None,
) -> Image.Image:
    """Panels side by side, with the names of rows and columns; boxes are `box` inches wide and high."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [_wrapped(drawable(name)) for name in names[0]]
    columns = [drawable(name)[: max(4, int(box[0] / _LETTER))] for name in names[1]]
    top = _TOP + (_LINE if columns else 0)
    letters = max((len(line) for name in rows for line in name.split("\n")), default=0)
    left = _GAP + letters * _LETTER + _GAP
    widths = [max(panel.values.shape[1] * box[0], len(panel.title) * _LETTER) for panel in panels]
    tall = len(panels[0].values) * box[1]
    wide = left + sum(widths) + _GAP * len(panels) + (_BAR if bar else 0)
    high = top + tall + _BOTTOM
    figure = pyplot.figure(figsize=(wide, high), dpi=_DPI)
    x = left
    for panel, width in zip(panels, widths, strict=True):
        boxes = panel.values.shape[1] * box[0]
        axis = figure.add_axes((x / wide, _BOTTOM / high, boxes / wide, tall / high))
        draw(axis, np.asarray(panel.values, np.float64))
        axis.set(xlim=(0, panel.values.shape[1]), ylim=(len(panel.values), 0))
        axis.axis("off")
        above = _LINE * 72 + 4 if columns else None  # points
        axis.set_title(drawable(panel.title), fontsize=_TEXT + 1, loc="left", pad=above, parse_math=False)
        for column, name in enumerate(columns):
            there: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": _TEXT, "parse_math": False}
            axis.text(column + 0.5, -_SPARE / 2, name, **there)
        x += width + _GAP
    for row, name in enumerate(rows):
        y = (_BOTTOM + tall - (row + 0.5) * box[1]) / high
        place: dict[str, Any] = {"ha": "right", "va": "center", "fontsize": _TEXT, "parse_math": False}
        figure.text((left - _GAP) / wide, y, name, **place)
    figure.text(_GAP / wide, 0.12 / high, drawable(told), fontsize=_TEXT, color="0.3", parse_math=False)
    if bar:
        bar(figure, ((x + 0.05) / wide, _BOTTOM / high, 0.12 / wide, tall / high))
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=_DPI)
    pyplot.close(figure)
    picture = Image.open(buffer).convert("RGB")
    picture.info["panel"] = round((left + widths[0] + _GAP) * _DPI)
    return picture


def _wrapped(name: str) -> str:
    """A row's name in lines of at most 28 letters, broken at commas where there are any."""
    lines: list[str] = []
    for part in name.split(", "):
        if lines and len(lines[-1]) + len(part) + 2 <= _LONGEST:
            lines[-1] += f", {part}"
        else:
            lines.append(part if len(part) <= _LONGEST else f"{part[: _LONGEST - 3]}...")
    return "\n".join(lines[:4])
