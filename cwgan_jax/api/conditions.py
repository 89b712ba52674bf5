"""Conditions in the forms that `Model.sample` takes, as the values of each part."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cwgan_jax.api.inputs import columns_of, is_table
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.conditions.parts import Labels, Text, listed


def read(schema: Schema, condition: Any) -> dict[str, list[Any]]:
    """The values of each part, by its name, of R conditions.

    Args:
      schema: of the model, with at least one part.
      condition: see `Model.sample`.

    Raises:
      DataError: it is of no such form, or a name is missing or unknown.
    """
    names = [part.name for part in schema]
    if is_table(condition):
        return _columns(columns_of(condition), names)
    if _single(condition):
        if isinstance(condition, str) and (len(names) > 1 or f"{names[0]}=" in condition.replace(" ", "")):
            return {name: [value] for name, value in conditions.parse(schema, condition).items()}
        return _rows(schema, [condition])
    return _rows(schema, list(condition))


def warn_outside(schema: Schema, columns: Mapping[str, Sequence[Any]]) -> None:
    """Warns of values that lie outside of what the training data have."""
    for part in schema:
        if line := part.outside(columns[part.name]):
            warnings.warn(line, stacklevel=4)  # where `sample` was called


def _columns(columns: Mapping[str, Any], names: Sequence[str]) -> dict[str, list[Any]]:
    """Columns of equal length; single values stand for all rows."""
    if unknown := [name for name in columns if name not in names]:
        raise DataError(f"condition {unknown[0]}: there is none of that name; there are: {listed(names)}")
    if missing := [name for name in names if name not in columns]:
        raise DataError(f"condition {missing[0]} is missing; all of these are needed: {listed(names)}")
    lists = {name: None if _single(columns[name]) else _list(columns[name]) for name in names}
    lengths = {name: len(column) for name, column in lists.items() if column is not None}
    count = next(iter(lengths.values()), 1)
    if wrong := [name for name, length in lengths.items() if length != count]:
        raise DataError(
            f"condition {wrong[0]} has {lengths[wrong[0]]} values, {next(iter(lengths))} has {count}; give as"
            " many of each, or a single one"
        )
    return {
        name: [_plain(columns[name])] * count if column is None else column for name, column in lists.items()
    }


def _single(value: Any) -> bool:
    """Whether a value is one alone, such as a name or a number, rather than several."""
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return True
    return isinstance(value, np.ndarray) and value.ndim == 0


def _list(values: Any) -> list[Any]:
    return [_plain(value) for value in values]


def _rows(schema: Schema, rows: Sequence[Any]) -> dict[str, list[Any]]:
    """A row for each condition: its values in the order of the parts, or one value alone."""
    if not rows:
        raise DataError("condition is empty; give at least one")
    if len(schema) == 1:
        alone = isinstance(schema[0], Labels)  # whose value may be a list
        return {schema[0].name: [_plain(row if alone or _single(row) else _only(row)) for row in rows]}
    for row in rows:
        if _single(row) or len(row) != len(schema):
            order = ", ".join(_described(part) for part in schema)
            raise DataError(f"condition {row}: give {len(schema)} values a row, in this order: {order}")
    return {part.name: [_plain(row[i]) for row in rows] for i, part in enumerate(schema)}


def _only(row: Any) -> Any:
    values = list(row)
    if len(values) != 1:
        raise DataError(f"condition {row}: this model has one condition alone; give one value a row")
    return values[0]


def _plain(value: Any) -> Any:
    """A value of Python's own; true and false as classes are called."""
    value = value.item() if isinstance(value, np.generic | np.ndarray) and np.ndim(value) == 0 else value
    return str(value).lower() if isinstance(value, bool) else value


def _described(part: Any) -> str:
    return f"{part.name} ({'text' if isinstance(part, Text) else part.kind})"
