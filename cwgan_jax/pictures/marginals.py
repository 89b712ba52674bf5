"""A picture of tables: the distribution of each column, a table a colour."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

MOST = 8  # tables, which still can be told apart
_COLUMNS = 24  # shown
_ACROSS = 4
_BARS = 10  # categories shown of a column, the most frequent ones
_BINS = 30
_TEXT = 8  # points

Table = Mapping[str, np.ndarray]


def picture(tables: Mapping[str, Table], title: str) -> Image.Image:
    """Histograms, or bars of the most frequent categories, of up to 24 columns.

    Args:
      tables: by name; each the columns by name, the same ones: numbers, times, text or bools.
      title: the line above.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    columns = list(next(iter(tables.values())))
    shown = columns[:_COLUMNS]
    down = -(-len(shown) // _ACROSS)
    size = 13, 2.4 * down + 0.8
    figure, axes = pyplot.subplots(down, _ACROSS, figsize=size, layout="constrained", squeeze=False)
    more = f" (the first {len(shown)} of {len(columns)} columns)" if len(shown) < len(columns) else ""
    figure.suptitle(title + more, fontsize=11, parse_math=False)
    for place, axis in enumerate(axes.flat):
        if place < len(shown):
            _column(axis, shown[place], {name: table[shown[place]] for name, table in tables.items()})
        else:
            axis.axis("off")
    if len(tables) > 1:
        axes[0, 0].legend(fontsize=_TEXT - 1)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=80)
    pyplot.close(figure)
    return Image.open(buffer).convert("RGB")


def _column(axis: Any, name: str, columns: Mapping[str, np.ndarray]) -> None:
    if all(_many(column) for column in columns.values()):
        numbers = {key: _numbers(column) for key, column in columns.items()}
        every = np.concatenate(list(numbers.values()))
        low, high = np.quantile(every, (0.002, 0.998))
        bins = np.linspace(low, high, _BINS + 1) if high > low else _BINS
        for key, x in numbers.items():
            weights = np.full(len(x), 1 / max(len(x), 1))
            axis.hist(x.clip(low, high), bins, weights=weights, histtype="step", label=key)
    else:
        _bars(axis, {key: [_text(x) for x in column.tolist()] for key, column in columns.items()})
    axis.set_title(name[:30], fontsize=_TEXT + 1, parse_math=False)
    axis.tick_params(labelsize=_TEXT)


def _bars(axis: Any, columns: Mapping[str, list[str]]) -> None:
    values, count = np.unique(np.concatenate([np.array(x) for x in columns.values()]), return_counts=True)
    chosen = sorted(values[np.argsort(-count, kind="stable")[:_BARS]].tolist())
    place, wide = np.arange(len(chosen)), 0.8 / len(columns)
    for i, (key, texts) in enumerate(columns.items()):
        height = [texts.count(value) / max(len(texts), 1) for value in chosen]
        axis.bar(place + (i + 0.5) * wide - 0.4, height, wide, label=key)
    turned = len(chosen) > 4 or max(map(len, chosen)) > 8
    axis.set_xticks(place, [value[:14] for value in chosen], rotation=40 if turned else 0)


def _many(column: np.ndarray) -> bool:
    """Whether a column holds numbers or times, of more different values than there are bars."""
    return column.dtype.kind in "iufmM" and len(np.unique(_numbers(column))) > _BARS


def _numbers(column: np.ndarray) -> np.ndarray:
    """Numbers as f64[n], those that are missing left out; times in their own unit."""
    if column.dtype.kind in "mM":
        return column[~np.isnat(column)].astype(np.int64).astype(np.float64)
    return column[column == column].astype(np.float64)


def _text(value: Any) -> str:
    return "missing" if value is None or value != value else str(value)
