"""Sections of tables: the columns one by one, how they go together, and categories that are rare."""

from collections.abc import Sequence
from html import escape

import numpy as np

from cwgan_jax.data import Dataset
from cwgan_jax.data.tables.columns import Columns
from cwgan_jax.data.tables.types import Category
from cwgan_jax.evaluation.conditioned import Set
from cwgan_jax.kinds import tables as kind
from cwgan_jax.metrics import marginals
from cwgan_jax.metrics.tables import FIGURES, figures
from cwgan_jax.report import plots
from cwgan_jax.report.cells import table
from cwgan_jax.report.charts import number
from cwgan_jax.report.examples import Own, Real
from cwgan_jax.report.page import Section
from cwgan_jax.report.plots import GENERATED, REAL

_COLUMNS = 24  # with charts of their own
_BARS = 10  # categories of a column that are drawn, the most frequent ones

Sides = dict[str, kind.Rows]


def own() -> Own:
    """What tables have of their own; the first part of the condition is what others are to be told by."""

    def values(train: Dataset, test: Dataset, examples: Set) -> dict[str, float]:
        return _figures(train, test, rows(test, examples.example, examples.condition))

    def floor(train: Dataset, test: Dataset) -> dict[str, float]:
        return _figures(train, test, None)

    return Own(FIGURES, values, floor, _sections, features=False, transfer=False)


def rows(dataset: Dataset, example: np.ndarray, condition: np.ndarray) -> kind.Rows:
    """Rows in the user's units; conditions f32[N, C] as columns behind the others."""
    stored = condition.argmax(1) if dataset.class_names else condition
    return kind.rows(dataset, example, stored)


def _whole(dataset: Dataset) -> kind.Rows:
    everything = np.arange(dataset.size)
    return kind.rows(dataset, np.asarray(dataset.example[everything]), dataset.condition)


def _figures(train: Dataset, test: Dataset, generated: kind.Rows | None) -> dict[str, float]:
    real = _whole(train)
    target = train.schema[0].name if train.schema else None
    return figures(real, _whole(test), real if generated is None else generated, target)


def _sections(real: Real, sets: Sequence[Set]) -> list[Section]:
    train, test = _whole(real.train), _whole(real.test)
    sides = {REAL: test, GENERATED: rows(real.test, sets[0].example, sets[0].condition)}
    columns = Columns.fit(train)
    return [
        ("columns", "Columns", _columns(columns, sides)),
        ("associations", "Associations", _associations(columns, sides)),
        ("rare", "Rare categories", _rare(columns, train, sides)),
    ]


def _columns(columns: Columns, sides: Sides) -> str:
    """A chart of each column."""
    every = {side: marginals.numbers(columns, table) for side, table in sides.items()}
    categories = {c.name: c for c in columns.columns if isinstance(c, Category)}
    drawn = []
    for name in list(every[REAL])[:_COLUMNS]:
        if category := categories.get(name):
            shares = _shares(category, {side: x[name] for side, x in every.items()})
            chosen = np.sort(np.argsort(-shares[REAL], kind="stable")[:_BARS])
            texts = [_text(category.values[i]) for i in chosen]
            shown = {side: x[chosen] for side, x in shares.items()}
            drawn.append(plots.bars(name, texts, shown, against="share of the rows"))
            continue
        edges = plots.bins_of(every[REAL][name])
        shown = {side: plots.shares_of(x[name], edges) for side, x in every.items()}
        drawn.append(plots.histogram(name, edges, shown, against=name))
    left = len(every[REAL]) - len(drawn)
    note = f"<p>The first {len(drawn)} columns; {left} more are not drawn.</p>" if left else ""
    return f'{note}<div class="charts">{"".join(drawn)}</div>'


def _shares(category: Category, numbers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of each category; what was not in training is in none."""
    count = len(category.values)
    return {side: marginals.shares(x.astype(int) + 1, count + 1)[1:] for side, x in numbers.items()}


def _associations(columns: Columns, sides: Sides) -> str:
    """The matrices side by side, and their difference."""
    names = list(marginals.numbers(columns, sides[REAL]))
    if len(names) < 2:
        return ""
    found = {side: marginals.associations(columns, table) for side, table in sides.items()}
    gap = marginals.association_gap(*found.values())
    note = (
        "<p>Spearman's correlation of two numbers, the correlation ratio of a number and a category,"
        f" Cramer's V of two categories. The mean difference is {number(gap)}.</p>"
    )
    drawn = [plots.matrix(side, matrix, names) for side, matrix in found.items()]
    drawn.append(plots.matrix("generated less real", found[GENERATED] - found[REAL], names))
    return f'{note}<div class="charts">{"".join(drawn)}</div>'


def _rare(columns: Columns, train: kind.Rows, sides: Sides) -> str:
    """The categories that fewer than 5 % of the real rows have."""
    every = {side: marginals.numbers(columns, x) for side, x in {"training": train, **sides}.items()}
    lines = []
    for category in (c for c in columns.columns if isinstance(c, Category)):
        shares = _shares(category, {side: x[category.name] for side, x in every.items()})
        rare = np.flatnonzero((shares[REAL] > 0) & (shares[REAL] < marginals.RARE))
        for i in rare[np.argsort(shares[REAL][rare], kind="stable")]:
            title = f'<th scope="row">{escape(f"{category.name}: {_text(category.values[i])}")}</th>'
            cells = "".join(f"<td>{share[i]:.2%}</td>" for share in shares.values())
            lines.append(f"<tr>{title}{cells}</tr>")
    if not lines:
        return ""
    return table(["category", "training rows", "held-out rows", "generated rows"], lines)


def _text(value: object) -> str:
    return "missing" if value is None else str(value)
