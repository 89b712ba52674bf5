"""Tables as data: every column by its type, and rows as the numbers that networks take."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.tables.types import TYPES, Block, Category, Column, Constant, Number, number
from cwgan_jax.data.tables.values import absent, plain

FEW = 10  # different numbers up to which a column is one of categories
_MOST = 1000  # categories of a column

Table = Mapping[str, Any]  # column name -> its values, one for each row


@dataclasses.dataclass(frozen=True)
class Columns:
    """How the rows of a table become numbers f32[N, D] and come back: its columns, in their order.

    Text, bools, and numbers of at most ten different values (each of which occurs twice on average) are
    categories, stored one-hot; other numbers and times are stored as normal quantiles (`types.Number`
    says why). A missing value (NaN, NaT, None) is a category of its own, or of a number a second block, so
    that missing values come back in their share. Columns of one value are kept aside and put back. What comes
    back has the names, the order and the types of the training rows, lies in their range and is rounded as
    they are. Objects that are numbers become floats.

    Attributes:
      columns: of the table.
      seed: of the places that rows get in the intervals of their quantiles.
    """

    columns: tuple[Column, ...]
    seed: int = 0

    @classmethod
    def fit(
        cls,
        table: Table,
        *,
        categories: Collection[str] = (),
        numbers: Collection[str] = (),
        seed: int = 0,
    ) -> "Columns":
        """Decides on the type of every column, and fits its map.

        Args:
          table: the training rows, the columns by name.
          categories: names of columns of numbers that are categories, however many.
          numbers: names of columns of numbers that are no categories, however few.
          seed: see `Columns`.

        Raises:
          DataError: there are no rows, or a column cannot be encoded; one line.
        """
        rows = _read(table)
        if not rows or not len(next(iter(rows.values()))):
            raise DataError("the table has no rows, or no columns; give at least one of each")
        if unknown := sorted({*categories, *numbers} - rows.keys()):
            raise DataError(f"column {unknown[0]!r}: there is none of this name; there are {_listed(rows)}")
        columns = [_column(name, x, name in categories, name in numbers) for name, x in rows.items()]
        if all(isinstance(column, Constant) for column in columns):
            raise DataError("every column of the table has one value only; there is nothing to learn")
        return cls(tuple(columns), seed)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def layout(self) -> tuple[Block, ...]:
        """(`tanh` or `softmax`, width) of the blocks of stored numbers, in their order."""
        return tuple(block for column in self.columns for block in column.blocks)

    @property
    def width(self) -> int:
        """D, how many stored numbers a row has."""
        return sum(width for _, width in self.layout)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A line about columns that the networks do not see."""
        constant = [column.name for column in self.columns if isinstance(column, Constant)]
        if not constant:
            return ()
        one = len(constant) == 1
        return (
            f"column{'' if one else 's'} {_listed(constant)}: {'it has' if one else 'they have'} one value"
            " only, which is put back into generated rows; the networks do not see"
            f" {'it' if one else 'them'}",
        )

    @property
    def summary(self) -> tuple[tuple[str, str], ...]:
        """What the columns are, for people, as (key, text)."""
        parts = []
        for kind, what in ((Number, "numbers"), (Category, "categories"), (Constant, "one value")):
            names = [column.name for column in self.columns if isinstance(column, kind)]
            parts += [f"{len(names)} of {what} ({_listed(names)})"] if names else []
        return (("columns", "; ".join(parts)),)

    def encode(self, table: Table) -> np.ndarray:
        """The stored numbers f32[N, D] of rows.

        A number beyond the range of the training rows is moved to its end.

        Args:
          table: the columns by name, in any order; others than those of the training rows are not read.

        Raises:
          DataError: a column is missing, or has a value that cannot be encoded; one line.
        """
        if absent_ := [name for name in self.names if name not in table]:
            raise DataError(f"column {absent_[0]!r} is missing; there are {_listed(table)}")
        rows = _read({name: table[name] for name in self.names})
        parts = [
            column.encode(rows[column.name], np.random.default_rng((self.seed, place)))
            for place, column in enumerate(self.columns)
        ]
        return np.concatenate(parts, 1)

    def decode(self, stored: np.ndarray) -> dict[str, np.ndarray]:
        """Rows f[N, D] as networks make them -> the columns, with the names and types of training."""
        stored = np.asarray(stored)
        ends = np.cumsum([sum(width for _, width in column.blocks) for column in self.columns])
        parts = np.split(stored.reshape(len(stored), -1), ends[:-1], axis=1)
        return {column.name: column.decode(part) for column, part in zip(self.columns, parts, strict=True)}

    def to_json(self) -> dict[str, Any]:
        """See `scaling.Scaling`; floats are written so that they come back to the bit."""
        names = {cls: name for name, cls in TYPES.items()}
        columns = [{"type": names[type(column)], **_plain(column)} for column in self.columns]
        return {"seed": self.seed, "columns": columns}

    @classmethod
    def from_json(cls, described: Mapping[str, Any]) -> "Columns":
        """What `to_json` wrote."""
        columns = []
        for each in described["columns"]:
            values = {k: tuple(v) if isinstance(v, list) else v for k, v in each.items() if k != "type"}
            columns.append(TYPES[each["type"]](**values))
        return cls(tuple(columns), described["seed"])


def _plain(column: Column) -> dict[str, Any]:
    values = {field.name: getattr(column, field.name) for field in dataclasses.fields(column)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _read(table: Table) -> dict[str, np.ndarray]:
    """The columns as arrays [N] of equal length; DataError for anything else."""
    rows = {str(name): plain(values) for name, values in table.items()}
    for name, column in rows.items():
        if column.ndim != 1:
            raise DataError(f"column {name!r} has {column.ndim} axes; a column of a table has one")
    if len(lengths := {name: len(x) for name, x in rows.items()}) and len(set(lengths.values())) > 1:
        first, *_ = lengths
        other = next(name for name, size in lengths.items() if size != lengths[first])
        raise DataError(
            f"column {other!r} has {lengths[other]} rows, {first!r} has {lengths[first]}; give equally many"
        )
    return rows


class _Different(NamedTuple):
    values: tuple[Any, ...]  # sorted
    rows: int  # that are not missing
    missing: bool


def _different(name: str, column: np.ndarray) -> _Different:
    gone = absent(column)
    there = column[~gone]
    try:
        values = sorted(set(there.tolist())) if there.dtype.kind in "OU" else np.unique(there).tolist()
    except TypeError:
        kinds = ", ".join(sorted({type(x).__name__ for x in there.tolist()}))
        raise DataError(f"column {name!r} mixes {kinds}; give one type in a column") from None
    return _Different(tuple(values), len(there), bool(gone.any()))


def _column(name: str, column: np.ndarray, category: bool, no_category: bool) -> Column:
    """Decides on the type of a column, and fits it."""
    kind = column.dtype.kind
    if kind not in "biufOUmM":
        raise DataError(f"column {name!r} is of type {column.dtype}; give numbers, times, text or bools")
    numeric = kind in "iuf"
    if no_category and not (numeric or kind in "mM"):
        raise DataError(
            f"column {name!r}: it holds no numbers, and cannot be read as such; leave out its type"
        )
    if kind in "mM":
        one = np.unique(column[~absent(column)]).astype(np.int64).tolist()
        constant = Constant(name, one[0] if one else None, column.dtype.str)
        return number(name, column) if len(one) > 1 else constant
    values, rows, missing = _different(name, column)
    if kind == "O" and (strange := [x for x in values if not isinstance(x, str | bool)]):
        raise DataError(
            f"column {name!r} holds {type(strange[0]).__name__}, not numbers, text or bools; times are read"
            " as datetime64"
        )
    if not values or (len(values) == 1 and not missing):
        return Constant(name, values[0] if values else None, column.dtype.str)
    few = len(values) <= FEW and len(values) <= rows / 2
    if numeric and not category and len(values) > 1 and (no_category or not few):
        return number(name, column)
    if len(values) > _MOST or (kind in "OU" and len(values) > max(FEW, rows / 2)):
        raise DataError(
            f"column {name!r} has {len(values):,} different values in {rows:,} rows; a column of categories"
            f" has at most {_MOST:,}, and each occurs twice on average: leave it out"
        )
    if kind == "f" and any(abs(x) == np.inf for x in values):
        raise DataError(f"column {name!r}: an infinite number; leave such rows out, or mark them as missing")
    return Category(name, values + ((None,) if missing else ()), column.dtype.str)


def _listed(names: Collection[str]) -> str:
    """The first names, quoted."""
    shown: Sequence[str] = [repr(name) for name in list(names)[:6]]
    return ", ".join(shown) + (", ..." if len(names) > 6 else "")
