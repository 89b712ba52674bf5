"""Conditions on a command line: written out, from a file, or from value to value."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax.common.errors import ConfigError, DataError
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.conditions.parts import Classes, Cycle, Number, listed
from cwgan_jax.data.conditions.reading import values_of
from cwgan_jax.data.files import FORMATS, open_file
from cwgan_jax.data.names import shown
from cwgan_jax.sampling.request import Sweep
from cwgan_jax.sampling.rows import example

Columns = dict[str, list[Any]]

_COLUMNS = 9  # values of a sweep
_HOP = 4  # frames of a GIF from one value to the next
_MOST = 1000  # values of a sweep


def written(schema: Schema, texts: Sequence[str]) -> Columns:
    """Reads `power=0.3,angle=45`, or a bare value where there is one part; one text a row.

    Raises:
      DataError: see `conditions.parse`.
    """
    rows = [conditions.parse(schema, text) for text in texts]
    return {part.name: [row[part.name] for row in rows] for part in schema}


def from_file(schema: Schema, path: Path, warn: Callable[[str], None]) -> Columns:
    """Reads a table with a column for each part of a condition, and a row for each condition.

    Args:
      schema: of the conditions.
      path: .csv, .tsv, .parquet, .jsonl, or a file of arrays.
      warn: called with one line if there are columns that are not read.

    Raises:
      DataError: the file cannot be read, a column is missing, or a value cannot be used.
    """
    where = f"--condition_file={shown(path)}"
    if not schema:
        raise DataError(f"{where}: this model was trained without conditions; leave it out")
    names = [part.name for part in schema]
    table = _table(path, where)
    wanted = {name: column for name, column in table.items() if _is_of(name, names)}
    covered = [name for name in names if name in wanted or any(_is_of(key, [name]) for key in wanted)]
    if missing := [name for name in names if name not in covered]:
        raise DataError(
            f"{where}: there is no column {missing[0]}; it needs {listed(names)}, and has"
            f" {listed(list(table))}"
        )
    if surplus := [name for name in table if name not in wanted]:
        warn(f"{where}: columns that are no condition are not read: {listed(surplus)}")
    if not len(next(iter(wanted.values()))):
        raise DataError(f"{where}: there are no rows in it; give at least one")
    read = values_of(schema, wanted, where=where)
    return {name: list(values) for name, values in read.items()}


def _is_of(column: str, names: Sequence[str]) -> bool:
    """Whether a column is a part of the condition, or an array of several, `x` of `x_0` and `x_1`."""
    return any(name == column or re.fullmatch(rf"{re.escape(column)}_\d+", name) for name in names)


def _table(path: Path, where: str) -> dict[str, np.ndarray]:
    allowed = (*FORMATS, ".jsonl")
    if path.suffix.lower() not in allowed:
        raise DataError(f"{where}: no known format; give one of {', '.join(allowed)}")
    if not path.is_file():
        raise DataError(f"{where}: there is no such file")
    if path.suffix.lower() == ".jsonl":
        return _json_lines(path, where)
    file = open_file(path)
    return {name: file.read(name) for name in file.shapes}


def _json_lines(path: Path, where: str) -> dict[str, np.ndarray]:
    """A JSON object a line; a key that a line lacks is a missing value."""
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except ValueError as error:
        raise DataError(f"{where}: it cannot be read ({error}); write a JSON object on each line") from error
    if not rows:
        raise DataError(f"{where}: there are no rows in it; give at least one")
    if not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{where}: a line is no JSON object; write one on each line")
    table = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        table[str(name)] = column = np.empty(len(rows), object)
        column[:] = [row.get(name) for row in rows]
    return table


def check(schema: Schema, columns: Columns, warn: Callable[[str], None]) -> None:
    """Warns of values that the training data do not reach, a line for each part."""
    for part in schema:
        if line := part.outside(columns[part.name]):
            warn(line)


def sweep(schema: Schema, text: str | None) -> Sweep | None:
    """Reads `angle` or `angle=-60:60:13`; None of a model without conditions.

    Args:
      schema: of the conditions.
      text: none: the first number, or else the first class.

    Raises:
      ConfigError: there is no such part, or no such values of it.
    """
    able = [part for part in schema if isinstance(part, Number | Cycle | Classes)]
    if text is None:
        part = next((part for part in able if not isinstance(part, Classes)), None) or next(iter(able), None)
        if part is None and schema:
            raise ConfigError(
                f"--format=sweep: {listed([part.name for part in schema])} cannot go from value to value; it"
                " takes a number or a class"
            )
        return _span(part, "", "--format=sweep") if part else None
    name, _, span = text.partition("=")
    flag = f"--sweep={text}"
    if not schema:
        raise ConfigError(f"{flag}: this model was trained without conditions; leave it out")
    part = next((part for part in able if part.name == name.strip()), None)
    if part is None:
        there = f"there are {listed([part.name for part in able])}" if able else "this model has none"
        raise ConfigError(
            f"{flag}: {name.strip() or 'nothing'} is no number or class of a condition; {there}"
        )
    return _span(part, span, flag)


def _span(part: Number | Cycle | Classes, span: str, flag: str) -> Sweep:
    """The values of a part: all classes, or numbers from LOW to HIGH."""
    if isinstance(part, Classes):
        if span:
            raise ConfigError(f"{flag}: the classes come as they are; give --sweep={part.name}")
        return Sweep(part.name, list(part.names), list(part.names), 1)
    low, high = _ends(part)
    count = _COLUMNS
    if span:
        ends = span.split(":")
        try:
            low, high = map(float, ends[:2])
            count = int(*ends[2:]) if ends[2:] else count
        except (TypeError, ValueError):
            raise ConfigError(f"{flag}: write LOW:HIGH or LOW:HIGH:VALUES, as in {_usage(part)}") from None
        if not (np.isfinite([low, high]).all() and low != high and 2 <= count <= _MOST):
            raise ConfigError(f"{flag}: two different numbers and 2 to {_MOST} values, as in {_usage(part)}")
    fine = np.linspace(low, high, (count - 1) * _HOP + 1).tolist()
    return Sweep(part.name, fine[::_HOP], fine, _HOP)


def _ends(part: Number | Cycle) -> tuple[float, float]:
    return (part.low, part.high) if isinstance(part, Number) else (0.0, part.period)


def _usage(part: Number | Cycle) -> str:
    low, high = _ends(part)
    return f"--sweep={part.name}={low:.3g}:{high:.3g}:{_COLUMNS}"


def how(schema: Schema) -> str:
    """How a condition is written, for a message."""
    return f'--condition="{example(schema)}"'
