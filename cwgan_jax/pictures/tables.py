"""Pictures of tables: histograms of the columns, and how the columns go together, beside the real ones."""

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

COLUMNS = 12  # histograms on a picture
_ACROSS = 4
_BARS = 10  # categories shown of a column, the most frequent ones
_BINS = 30
_LABELS = 20  # columns up to which a matrix has names
_COLOURS = {"real": "tab:orange", "generated": "tab:blue"}


def picture(
    real: Mapping[str, np.ndarray],
    generated: Mapping[str, np.ndarray],
    matrices: tuple[np.ndarray, np.ndarray],
    names: Sequence[str],
    title: str,
) -> Image.Image:
    """Histograms of up to twelve columns, and below them the associations of all.

    Args:
      real: columns by name: numbers, times, text or bools, with missing ones as NaN, NaT or None.
      generated: the same of generated rows.
      matrices: associations of the real and of the generated rows, f[F, F] in [-1, 1].
      names: of the columns of the matrices.
      title: the line above.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = [list(real)[i] for i in _even(len(real), COLUMNS)]
    rows = -(-len(shown) // _ACROSS)
    figure = pyplot.figure(figsize=(13, 2.5 * rows + 4.6), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=(2.5 * rows, 4.3))
    above, below = parts
    figure.suptitle(title, fontsize=13)
    axes = above.subplots(rows, _ACROSS, squeeze=False).ravel()
    for axis, name in zip(axes, shown, strict=False):
        _marginal(axis, name, real[name], generated[name])
    for axis in axes[len(shown) :]:
        axis.axis("off")
    axes[0].legend(fontsize=9)
    _matrices(below, matrices, names)
    buffer = io.BytesIO()
    with warnings.catch_warnings():  # a font may lack letters of a category, which are boxes then
        warnings.filterwarnings("ignore", "Glyph")
        figure.savefig(buffer, dpi=80)
    pyplot.close(figure)
    return Image.open(buffer).convert("RGB")


def _even(count: int, most: int) -> list[int]:
    """Numbers below `count`, at most `most` of them, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int)).tolist()


def _marginal(axis: Any, name: str, real: np.ndarray, generated: np.ndarray) -> None:
    """One column: two histograms, or bars of the most frequent categories."""
    numbers = real.dtype.kind in "iuf"
    if real.dtype.kind in "mM":
        real, generated = (x[~np.isnat(x)].astype(np.int64) for x in (real, generated))
        numbers = True
    sides = {"real": real, "generated": generated}
    if numbers and len(np.unique(real[real == real])) > _BARS:
        there = {side: x[x == x].astype(np.float64) for side, x in sides.items()}
        low, high = np.quantile(there["real"], (0.002, 0.998))
        bins = np.linspace(low, high, _BINS + 1) if high > low else _BINS
        for side, x in there.items():
            weights = np.full(len(x), 1 / max(len(x), 1))
            shape: dict[str, Any] = {"alpha": 0.4} if side == "real" else {"histtype": "step", "lw": 1.6}
            axis.hist(x.clip(low, high), bins, weights=weights, color=_COLOURS[side], label=side, **shape)
    else:
        values, count = np.unique([_text(x) for x in real.tolist()], return_counts=True)
        chosen = sorted(values[np.argsort(-count, kind="stable")[:_BARS]].tolist())
        place = np.arange(len(chosen))
        for shift, (side, x) in zip((-0.2, 0.2), sides.items(), strict=True):
            texts = np.array([_text(value) for value in x.tolist()])
            height = [(texts == value).mean() if len(texts) else 0.0 for value in chosen]
            axis.bar(place + shift, height, 0.4, color=_COLOURS[side], label=side, alpha=0.8)
        turned = len(chosen) > 4 or max(map(len, chosen)) > 8
        axis.set_xticks(place, [value[:14] for value in chosen], rotation=40 if turned else 0)
    axis.set_title(name[:30], fontsize=10, parse_math=False)
    axis.tick_params(labelsize=8)
    axis.set_ylabel("share of rows", fontsize=8)


def _text(value: Any) -> str:
    return "missing" if value is None or value != value else str(value)


def _matrices(figure: Any, matrices: tuple[np.ndarray, np.ndarray], names: Sequence[str]) -> None:
    """Real, generated, and their difference."""
    real, generated = matrices
    axes = figure.subplots(1, 3)
    gap = np.abs(generated - real)[np.triu_indices(len(real), 1)]
    mean = gap.mean() if len(gap) else 0.0
    titles = ("associations, real", "generated", f"generated - real (mean size {mean:.3f})")
    for axis, matrix, title in zip(axes, (real, generated, generated - real), titles, strict=True):
        shown = axis.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r")
        axis.set_title(title, fontsize=10)
        labels = [name[:14] for name in names] if len(names) <= _LABELS else []
        place = np.arange(len(labels))
        axis.set_xticks(place, labels, rotation=90, fontsize=7, parse_math=False)
        axis.set_yticks(
            place, labels if axis is axes[0] else [""] * len(labels), fontsize=7, parse_math=False
        )
    figure.colorbar(shown, ax=axes, shrink=0.8)
