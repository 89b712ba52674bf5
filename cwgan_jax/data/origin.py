"""How a user's file lays out its examples and conditions, so that what is drawn can be laid out alike."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.data.axes import Axes

Table = dict[str, np.ndarray]

_KEY = "x"  # what an array of examples is called, where the input has no name for it


class Column(NamedTuple):
    """An array or a column of the condition, as the file has it.

    Attributes:
      name: of it.
      dtype: NumPy's name of its type; `object` of text.
      width: k of numbers [N, k]; 0 of a column [N].
    """

    name: str
    dtype: str
    width: int = 0

    @classmethod
    def of(cls, name: str, values: np.ndarray) -> "Column":
        """That of values [N], [1, N] or [N, k]."""
        several = values.ndim == 2 and len(values) > 1 and values.dtype.kind != "O"
        return cls(name, values.dtype.name, values.shape[1] if several else 0)

    def parts(self, names: Mapping[str, Any]) -> tuple[str, ...]:
        """What it is called among the parts of a condition; none where the condition does not have it."""
        several = tuple(f"{self.name}_{i}" for i in range(self.width))
        one = (self.name,) if self.name in names else ()
        return one or (several if all(name in names for name in several) else ())

    def restored(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """The column of its parts' values [n], in its own type."""
        if not self.width:
            return typed(values[0], self.dtype)
        if len(values) == self.width:
            return typed(np.stack(values, 1), self.dtype)
        marks = np.zeros((len(values[0]), self.width))  # one class of k, or some of k labels
        for row, value in zip(marks, values[0].tolist(), strict=True):
            row[[int(place) for place in str(value).split(";") if place]] = 1
        return typed(marks, self.dtype)


class Origin(NamedTuple):
    """Where in the user's file the examples and the conditions are; a value that JSON holds.

    Attributes:
      keys: the array of examples, or the columns of a table, by their names.
      axes: of the array, a letter for each, see `data.axes`; empty: the examples are the rows of a table.
      order: the names of all examples and conditions, as the file has them one behind the other.
      conditions: the arrays or columns of the condition.
    """

    keys: tuple[str, ...] = (_KEY,)
    axes: str = ""
    order: tuple[str, ...] = ()
    conditions: tuple[Column, ...] = ()

    @property
    def key(self) -> str:
        """The name of the array of examples, also where it is written into another format."""
        return self.keys[0] if len(self.keys) == 1 else _KEY

    @property
    def place(self) -> int:
        """Of the axis of examples in their array."""
        return max(0, self.axes.find("N"))

    def array(self, values: np.ndarray | Table, *, first: bool = False) -> np.ndarray:
        """Values in the user's units, [n, ..., C] or C columns [n], as the array that they are of.

        Args:
          values: of n examples.
          first: whether the axis of examples stays the first one.
        """
        if isinstance(values, dict):
            values = np.stack(list(values.values()), 1)
        axes = "N" + self.axes.replace("N", "") if first else self.axes
        return Axes(axes, True).restored(values)

    def beside(self, columns: Mapping[str, np.ndarray], *, flat: bool) -> Table:
        """The values [n] of a condition's parts, by name, as the arrays or columns that they are of.

        Args:
          columns: the values.
          flat: whether there are no arrays [n, k], as in a CSV file: their parts remain.
        """
        rest, found = dict(columns), {}
        for column in self.conditions:
            parts = column.parts(rest)
            if parts and not (flat and column.width):
                found[column.name] = column.restored([rest.pop(name) for name in parts])
        return found | rest

    def ordered(self, table: Table) -> Table:
        """Columns in the order of the file; as they are where the examples have other names than there."""
        if not all(key in table for key in self.keys):
            return table
        return {name: table[name] for name in self.order if name in table} | table

    def to_json(self) -> dict[str, Any]:
        """As a checkpoint has it."""
        return {**self._asdict(), "conditions": [column._asdict() for column in self.conditions]}


def from_json(described: Mapping[str, Any] | None, shape: Sequence[int]) -> Origin:
    """What `to_json` wrote; of data that come from no file of arrays the usual layout.

    Args:
      described: what the checkpoint says.
      shape: of an example, the channels last.
    """
    if described is None:
        inner = ("", "L", "HW", "XYZ")[len(shape) - 1]
        return Origin(axes=f"N{inner}C" if inner else "")
    conditions = tuple(Column(**column) for column in described["conditions"])
    keys, order = tuple(described["keys"]), tuple(described["order"])
    return Origin(keys, described["axes"], order, conditions)


def typed(values: np.ndarray, dtype: str) -> np.ndarray:
    """Values in the type of their column, unless that makes others of them.

    A fraction that was asked for stays one, where the training data have whole numbers.
    """
    kind = np.dtype(dtype)
    if kind.kind == "O":
        return np.array([str(value) for value in values.tolist()], object)
    if kind.kind == "b" and values.dtype.kind == "O":
        return values == "true" if set(values) <= {"true", "false"} else values
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            result = values.astype(kind)
    except (ValueError, OverflowError):  # text in place of numbers
        return values
    kept = np.isfinite(result) if kind.kind == "f" else result == values
    return result if kept.all() else values
