"""How two tables differ: column by column, and in how their columns go together."""

import itertools

import numpy as np

from cwgan_jax.data.tables.columns import Columns, Table
from cwgan_jax.data.tables.types import Category, Constant
from cwgan_jax.data.tables.values import absent, plain, to_float, unit_of

RARE = 0.05  # share of the rows up to which a category is rare
_FOUND = 0.5  # of its share, from which a rare category counts as covered


def shares(values: np.ndarray, count: int) -> np.ndarray:
    """The shares f64[count] of category numbers i[N] in [0, count)."""
    return np.bincount(values, minlength=count) / max(len(values), 1)


def numbers(columns: Columns, table: Table) -> dict[str, np.ndarray]:
    """The columns that have more than one value, as f64[N]: category numbers, or numbers, NaN where missing.

    A category that was not in training is -1.
    """
    result = {}
    for column in columns.columns:
        values = plain(table[column.name])
        gone = absent(values)
        if isinstance(column, Category):
            places = {value: place for place, value in enumerate(column.values)}
            listed = [None if no else x for x, no in zip(values.tolist(), gone, strict=True)]
            result[column.name] = np.array([places.get(x, -1) for x in listed], float)
        elif not isinstance(column, Constant):
            x = to_float(column.name, values, gone, unit_of(values) and column.unit)
            result[column.name] = np.where(gone, np.nan, x)
    return result


def categorical(columns: Columns) -> dict[str, int]:
    """How many categories each column of categories has."""
    return {c.name: len(c.values) for c in columns.columns if isinstance(c, Category)}


def marginal_distances(columns: Columns, real: Table, generated: Table) -> dict[str, float]:
    """The distance of each column's distribution, 0 where they are the same.

    Of categories the total variation, half the sum of the differences of their shares, in [0, 1]. Of numbers
    the Wasserstein distance W1 over the real ones' standard deviation; to that of columns with missing values
    the difference of their shares is added.

    It is not continuous in what networks make: a number that rounding moves over the edge of an interval (see
    `tables.types.Number`) comes back as the neighbouring value, which changes W1 by the gap over N.
    """
    from scipy import stats  # slow to import

    a, b, counts = numbers(columns, real), numbers(columns, generated), categorical(columns)
    distances = {}
    for name, x in a.items():
        y = b[name]
        if name in counts:
            p, q = (shares(z.astype(int) + 1, counts[name] + 1) for z in (x, y))  # 0: not in training
            distances[name] = float(np.abs(p - q).sum() / 2)
            continue
        missing = abs(np.isnan(x).mean() - np.isnan(y).mean())
        x, y = x[~np.isnan(x)], y[~np.isnan(y)]
        moved = stats.wasserstein_distance(x, y) / (x.std() or 1.0) if len(x) and len(y) else float("inf")
        distances[name] = float(moved + missing)
    return distances


def associations(columns: Columns, table: Table) -> np.ndarray:
    """How strongly each two columns go together, f64[F, F] in [-1, 1], 1 on the diagonal.

    Of two numbers Pearson's correlation of their ranks (Spearman's, as the tails may be heavy), of a number
    and a category the correlation ratio eta (Fisher 1925: the root of the share of the rank's variance that
    is between the categories), of two categories Cramer's V. Rows with a missing number are left out of its
    pairs.
    """
    values, counts = numbers(columns, table), categorical(columns)
    names = list(values)
    matrix = np.eye(len(names))
    for (i, a), (j, b) in itertools.combinations(enumerate(names), 2):
        x, y = values[a], values[b]
        there = ~(np.isnan(x) | np.isnan(y))
        x, y = x[there], y[there]
        if a in counts and b in counts:
            value = cramers_v(x, y)
        elif a in counts or b in counts:
            value = correlation_ratio(x, y) if a in counts else correlation_ratio(y, x)
        else:
            value = correlation(x, y)
        matrix[i, j] = matrix[j, i] = value
    return matrix


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's correlation of numbers f[N] and f[N]; 0 where one of them does not vary."""
    from scipy import stats  # slow to import

    if len(x) < 2 or not np.ptp(x) or not np.ptp(y):
        return 0.0
    return float(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1])


def correlation_ratio(category: np.ndarray, number: np.ndarray) -> float:
    """Eta of the ranks of numbers f[N] in groups, in [0, 1]; 0 where they do not vary."""
    from scipy import stats  # slow to import

    if len(number) < 2 or not np.ptp(number):
        return 0.0
    rank = stats.rankdata(number)
    _, group = np.unique(category, return_inverse=True)
    size = np.bincount(group)
    between = size * np.square(np.bincount(group, rank) / size - rank.mean())
    return float(np.sqrt(between.sum() / np.square(rank - rank.mean()).sum()))


def cramers_v(x: np.ndarray, y: np.ndarray) -> float:
    """Cramer's V of two columns of categories [N], in [0, 1]; 0 where one of them does not vary."""
    from scipy import stats  # slow to import

    (_, a), (_, b) = (np.unique(z, return_inverse=True) for z in (x, y))
    if len(x) == 0 or not a.max() or not b.max():
        return 0.0
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    return float(stats.contingency.association(table.astype(int), method="cramer"))


def association_gap(a: np.ndarray, b: np.ndarray) -> float:
    """The mean difference of two matrices f[F, F] over the pairs of columns; 0 for a single column."""
    pairs = np.triu_indices(len(a), 1)
    return float(np.abs(a - b)[pairs].mean()) if len(pairs[0]) else 0.0


def rare_coverage(columns: Columns, real: Table, generated: Table) -> float:
    """Of the categories with a share of less than 5 % of the real rows, those that are there in half of it.

    Returns:
      In [0, 1]; NaN where there is no rare category.
    """
    a, b, counts = numbers(columns, real), numbers(columns, generated), categorical(columns)
    covered: list[bool] = []
    for name, count in counts.items():
        p, q = (shares(x[name].astype(int) + 1, count + 1)[1:] for x in (a, b))
        rare = (p > 0) & (p < RARE)
        covered += (q >= _FOUND * p)[rare].tolist()
    return float(np.mean(covered)) if covered else float("nan")
