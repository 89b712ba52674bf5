"""Sections of signals, fields and volumes: examples, spectra, autocorrelations, the values they take."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cwgan_jax.data import Dataset
from cwgan_jax.evaluation.conditioned import Set
from cwgan_jax.kinds import numbers, rows
from cwgan_jax.metrics import spectra
from cwgan_jax.metrics.figure import Figure
from cwgan_jax.report import embed, plots
from cwgan_jax.report.examples import Own, Real
from cwgan_jax.report.page import Section
from cwgan_jax.report.plots import GENERATED, REAL

_ROWS, _COLUMNS = 8, 4
_SPREAD = 200  # examples of either side, whose own curves make the band
_CHANNELS = 6  # that have charts
_QUANTILES = (0.1, 0.9)

Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], dict[str, float]]
Bands = dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]


def own(figures: Mapping[str, Figure], measure: Measure, draw: numbers.Draw, *, signals: bool = False) -> Own:
    """What a kind of numbers on a grid has of its own.

    Args:
      figures: by name.
      measure: (training, test, generated examples) -> their values.
      draw: what draws examples.
      signals: whether the grid is one of time.
    """

    def values(train: Dataset, test: Dataset, examples: Set) -> dict[str, float]:
        return measure(_all(train), _all(test), examples.example)

    def floor(train: Dataset, test: Dataset) -> dict[str, float]:
        real = _all(train)
        return measure(real, _all(test), real)

    def sections(real: Real, sets: Sequence[Set]) -> list[Section]:
        return _sections(real, sets[0], draw, signals)

    return Own(figures, values, floor, sections)


def _all(dataset: Dataset) -> np.ndarray:
    return np.asarray(dataset.example[np.arange(dataset.size)])


def _sections(real: Real, examples: Set, draw: numbers.Draw, signals: bool) -> list[Section]:
    sides = {REAL: real.held_out.example, GENERATED: examples.example}
    along = "cycles along the signal" if signals else "cycles along the longest side"
    note = "<p>The line is the mean, the band holds eight of ten examples.</p>"
    found = [("examples", "Real and generated", _picture(real, examples, draw))]
    charts = _charts(
        sides, spectra.power, "power spectrum", against=along, of="power density", log=(True, True)
    )
    found.append(("spectra", "Spectra", f'{note}<div class="charts">{charts}</div>'))
    if signals:
        charts = _charts(
            sides, spectra.autocorrelation, "autocorrelation", against="steps later", of="correlation"
        )
        found.append(("autocorrelation", "Autocorrelation", f'{note}<div class="charts">{charts}</div>'))
    found.append(("values", "Values", f'<div class="charts">{_values(real.test, sides)}</div>'))
    return found


def _picture(real: Real, examples: Set, draw: numbers.Draw) -> str:
    """Rows by condition: generated examples of the nearest conditions, beside real ones."""
    test = real.test
    chosen = rows.rows(test, examples.asked, _ROWS, _COLUMNS)
    real_shown = np.full((len(chosen), _COLUMNS, *test.shape), np.nan, np.float32)
    generated = np.zeros_like(real_shown)
    for i, row in enumerate(chosen):
        real_shown[i, : len(row.real)] = test.example[np.array(row.real, int)]
        generated[i] = examples.example[_like(test, row, examples, i)]
    names = [row.name for row in chosen if row.name]
    image = numbers.picture(test, (GENERATED, generated), (REAL, real_shown), names, draw)
    return embed.picture(image, "Generated and real examples, a condition in each row")


def _like(test: Dataset, row: rows.Row, examples: Set, number: int) -> np.ndarray:
    """Numbers of four generated examples whose conditions are nearest to that of a row."""
    if not examples.asked:
        return (np.arange(_COLUMNS) + number * _COLUMNS) % len(examples.example)
    wanted = rows.vector(test.schema, row.condition)
    far = np.square(examples.condition - wanted).sum(1)
    return np.resize(np.argsort(far, kind="stable")[:_COLUMNS], _COLUMNS)


def _charts(
    sides: Mapping[str, np.ndarray],
    of_examples: Callable[[np.ndarray], np.ndarray],
    title: str,
    *,
    against: str,
    of: str,
    log: tuple[bool, bool] = (False, False),
) -> str:
    """A chart for each channel: the curve of all examples, and a band of those of single ones."""
    whole = {side: of_examples(x) for side, x in sides.items()}
    single = {side: np.stack([of_examples(x[i : i + 1]) for i in _some(x)]) for side, x in sides.items()}
    count, channels = next(iter(whole.values())).shape
    drawn = []
    for channel in range(min(channels, _CHANNELS)):
        series: Bands = {}
        for side in sides:
            low, high = np.quantile(single[side][..., channel], _QUANTILES, axis=0)
            series[side] = whole[side][:, channel], low, high
        name = title if channels == 1 else f"{title}, channel {channel + 1}"
        drawn.append(plots.lines(name, np.arange(1, count + 1), series, against=against, of=of, log=log))
    return "".join(drawn)


def _some(x: np.ndarray) -> list[int]:
    return np.unique(np.linspace(0, len(x) - 1, min(len(x), _SPREAD)).astype(int)).tolist()


def _values(dataset: Dataset, sides: Mapping[str, np.ndarray]) -> str:
    """A histogram of each channel, in the user's unit."""
    shown = {side: x if dataset.scaling is None else dataset.scaling.decode(x) for side, x in sides.items()}
    channels, drawn = dataset.shape[-1], []
    for channel in range(min(channels, _CHANNELS)):
        values = {side: x[..., channel].astype(float).ravel() for side, x in shown.items()}
        edges = plots.bins_of(values[REAL])
        shares = {side: plots.shares_of(x, edges) for side, x in values.items()}
        name = "values" if channels == 1 else f"values, channel {channel + 1}"
        drawn.append(plots.histogram(name, edges, shares, against="value"))
    return "".join(drawn)
