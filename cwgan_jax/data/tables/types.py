"""The types of columns of a table: numbers, categories, and columns of one value."""

import dataclasses
import functools
from typing import Any

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.tables.values import absent, decimals_of, to_float, typed, unit_of

Block = tuple[str, int]  # (`tanh` or `softmax`, how many stored numbers)

EXACT = 1024  # a column of at most so many different numbers gives each an interval of its own
_KNOTS = 257  # of the map of a column of more numbers
_HEAP = 1 / 256  # share of the rows from which a number among many has an interval of its own
_MARGIN = 1e-6  # at the ends of an interval: rounding to float32 must not lead out of it


@dataclasses.dataclass(frozen=True)
class Constant:
    """A column of one value, or of nothing but missing ones: the networks do not see it.

    Attributes:
      name: of the column.
      value: that it has in every row; None: missing.
      dtype: of the column, as NumPy writes it.
    """

    name: str
    value: Any
    dtype: str

    blocks = ()

    def encode(self, column: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """The stored numbers: f32[N, 0]."""
        del random
        return np.zeros((len(column), 0), np.float32)

    def decode(self, stored: np.ndarray) -> np.ndarray:
        """f32[N, 0] -> the column."""
        return _objects([self.value], self.dtype)[np.zeros(len(stored), int)]


@dataclasses.dataclass(frozen=True)
class Category:
    """A column of categories, stored one-hot; a missing value is a category.

    Attributes:
      name: of the column.
      values: the categories, sorted; None, for missing values, is the last one.
      dtype: of the column, as NumPy writes it.
    """

    name: str
    values: tuple[Any, ...]
    dtype: str

    @property
    def blocks(self) -> tuple[Block, ...]:
        """One softmax."""
        return (("softmax", len(self.values)),)

    def encode(self, column: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """f32[N, number of categories]; DataError for a value that is none of them."""
        del random
        places = {value: place for place, value in enumerate(self.values)}
        gone = absent(column)
        listed = [None if no else x for x, no in zip(column.tolist(), gone, strict=True)]
        if unseen := [x for x in listed if x not in places]:
            known = ", ".join("missing" if x is None else repr(x) for x in self.values[:8])
            more = ", ..." if len(self.values) > 8 else ""
            raise DataError(
                f"column {self.name!r}: {'a missing value' if unseen[0] is None else repr(unseen[0])} is not"
                f" among its categories ({known}{more}); leave such rows out, or train with them"
            )
        return np.eye(len(self.values), dtype=np.float32)[[places[x] for x in listed]]

    def decode(self, stored: np.ndarray) -> np.ndarray:
        """The category with the largest number of each row f[N, number of categories]."""
        return _objects(self.values, self.dtype)[np.argmax(stored, 1)]


@dataclasses.dataclass(frozen=True)
class Number:
    """A column of numbers or times, stored as the normal quantile of its place among the others.

    The map from values to quantiles is that of the training rows: monotone, linear between knots. It makes
    heavy tails, several modes and gaps alike easy to draw, and nothing outside the range that was seen comes
    back. A value that occurs often (a heap: many exact zeros, whole numbers) has an interval of quantiles, in
    which each of its rows has a place drawn by the seed of the columns; whatever falls into the interval
    comes back as exactly this value. With at most `EXACT` different values each has its interval.

    The quantile is divided by the largest possible one, to lie in [-1, 1]. Where values are missing a block
    of two says (there, missing), and the number of a missing one is drawn like any.

    Attributes:
      name: of the column.
      values: of the knots, ascending; of times the count of `unit`.
      quantiles: of the knots, ascending.
      decimals: to which what comes back is rounded, as in the training rows; None: it is not.
      missing: whether there are missing values.
      dtype: of the column, as NumPy writes it.
      unit: of times, the coarsest in which all of them are whole; empty: they are numbers.
    """

    name: str
    values: tuple[float, ...]
    quantiles: tuple[float, ...]
    decimals: int | None
    missing: bool
    dtype: str
    unit: str = ""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The number, and whether it is missing where that occurs."""
        return (("tanh", 1), ("softmax", 2)) if self.missing else (("tanh", 1),)

    @functools.cached_property
    def _knots(self) -> tuple[np.ndarray, np.ndarray]:
        return np.array(self.values), np.array(self.quantiles)

    def encode(self, column: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """f32[N, 1 or 3]; a value beyond the range is moved to its end. DataError for what is no number."""
        gone, (values, quantiles) = absent(column), self._knots
        if gone.any() and not self.missing:
            raise DataError(
                f"column {self.name!r}: {gone.sum()} missing values, there were none in training; leave such"
                " rows out, or train with them"
            )
        x = to_float(self.name, column, gone, self.unit).clip(values[0], values[-1])
        share = random.random(len(x))
        first, after = np.searchsorted(values, x), np.searchsorted(values, x, "right")
        heap = after > first  # it is the value of a knot, or of several, the interval
        low, high = np.where(heap, first, first - 1), np.where(heap, after - 1, first)
        part = np.divide(x - values[low], values[high] - values[low], out=np.zeros_like(x), where=~heap)
        z = quantiles[low] + part * (quantiles[high] - quantiles[low])
        z = np.where(heap, _between(quantiles[low], quantiles[high], share), z)
        z = np.where(gone, _between(quantiles[0], quantiles[-1], share), z)
        stored = (z / quantiles[-1])[:, None]
        if self.missing:
            stored = np.concatenate([stored, ~gone[:, None], gone[:, None]], 1)
        return stored.astype(np.float32)

    def decode(self, stored: np.ndarray) -> np.ndarray:
        """f[N, 1 or 3] -> the column."""
        values, quantiles = self._knots
        z = (stored[:, 0].astype(np.float64) * quantiles[-1]).clip(quantiles[0], quantiles[-1])
        high = np.searchsorted(quantiles, z, "right").clip(1, len(values) - 1)
        low = high - 1
        width = quantiles[high] - quantiles[low]
        part = np.divide(z - quantiles[low], width, out=np.ones_like(z), where=width > 0)
        x = values[low] + part * (values[high] - values[low])
        if self.decimals is not None:
            x = np.round(x, self.decimals)
        gone = stored[:, 2] > stored[:, 1] if self.missing else np.zeros(len(x), bool)
        return typed(x.clip(values[0], values[-1]), gone, self.dtype, self.unit)


Column = Constant | Category | Number
TYPES = {"constant": Constant, "category": Category, "number": Number}


def number(name: str, column: np.ndarray) -> Number:
    """Fits the map of a column of numbers or times, of at least two different ones."""
    gone, unit = absent(column), unit_of(column)
    x = np.sort(to_float(name, column, gone, unit)[~gone])
    values, quantiles = _knots(x)
    decimals = decimals_of(x, column.dtype)
    knots = tuple(values.tolist()), tuple(quantiles.tolist())
    return Number(name, *knots, decimals, bool(gone.any()), column.dtype.str, unit)


def _knots(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and normal quantiles of the map of sorted numbers f64[N]."""
    from scipy import special  # slow to import

    limit = float(special.ndtri(1 - 0.5 / len(x)))
    values, count = np.unique(x, return_counts=True)
    end = np.cumsum(count)
    if len(values) <= EXACT:
        edge = special.ndtri(end[:-1] / len(x)).clip(-limit, limit)
        edges = np.concatenate([[-limit], edge, [limit]])
        return values.repeat(2), np.stack([edges[:-1], edges[1:]], 1).ravel()
    z = special.ndtri((np.arange(len(x)) + 0.5) / len(x))
    heaps = count >= _HEAP * len(x)
    last = end[heaps]
    first = last - count[heaps]
    even = np.searchsorted(z, np.linspace(-limit, limit, _KNOTS))
    row = np.unique(np.concatenate([even, first - 1, first, last - 1, last]).clip(0, len(x) - 1))
    return x[row], z[row]


def _between(low: Any, high: Any, share: np.ndarray) -> np.ndarray:
    """Normally distributed numbers in intervals [N], from numbers that are uniform in [0, 1)."""
    from scipy import special  # slow to import

    below, above = special.ndtr(low), special.ndtr(high)
    margin = np.minimum(_MARGIN, (high - low) / 4)
    return special.ndtri(below + share * (above - below)).clip(low + margin, high - margin)


def _objects(values: Any, dtype: str) -> np.ndarray:
    """Values, None where one is missing, as an array of a column's type."""
    kind = np.dtype(dtype)
    if kind.kind == "O":
        result = np.empty(len(values), object)
        result[:] = values
        return result
    missing = kind.type("NaT") if kind.kind in "mM" else np.nan
    return np.array([missing if x is None else x for x in values], kind)
