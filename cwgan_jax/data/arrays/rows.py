"""The examples of a file with their conditions, and which of them are held out, as the config names them."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import held_out
from cwgan_jax.data.arrays.checks import aligned, check_size, check_values, whole
from cwgan_jax.data.axes import Axes, axes_of
from cwgan_jax.data.conditions.reading import classes_of, types_of
from cwgan_jax.data.files import File, open_file
from cwgan_jax.data.names import shown
from cwgan_jax.data.origin import Column, Origin

Table = dict[str, np.ndarray]


class Rows(NamedTuple):
    """Examples with their conditions, as the file has them.

    Attributes:
      values: [N, ..., C] of an array, or the columns [N] of a table by name.
      columns: of the condition, [N] or [N, k], by name.
      size: N.
    """

    values: np.ndarray | Table
    columns: Table
    size: int

    def chosen(self, marks: np.ndarray) -> "Rows":
        """Those that are marked, bool[N]."""
        values, columns = self.values, {name: column[marks] for name, column in self.columns.items()}
        some = {k: x[marks] for k, x in values.items()} if isinstance(values, dict) else values[marks]
        return Rows(some, columns, int(marks.sum()))


class Read(NamedTuple):
    """A file as the config has it.

    Attributes:
      train: the examples to train with.
      test: those that are held out; None: there are none.
      axes: of the array of examples; None: they are the rows of a table.
      origin: where all of it is in the file.
      summary: what was read, as (key, text).
    """

    train: Rows
    test: Rows | None
    axes: Axes | None
    origin: Origin
    summary: tuple[tuple[str, str], ...]


class _Part(NamedTuple):
    """Some examples of a file; attributes as in `Read`."""

    rows: Rows
    axes: Axes | None
    origin: Origin
    summary: tuple[tuple[str, str], ...]


class _Names(NamedTuple):
    """What the config names in the file.

    Attributes:
      keys: the array of examples, or the columns of a table.
      condition: arrays or columns.
      test: arrays or columns, or a file; none where `data.test` is a share.
    """

    keys: tuple[str, ...]
    condition: tuple[str, ...]
    test: tuple[str, ...]


def read(data: config.Data) -> Read:
    """Reads all examples of a file, and separates those that are held out.

    Raises:
      DataError: see `arrays.load`.
    """
    file = open_file(Path(data.file).expanduser())
    names = _names(data, file)
    rows, axes, origin, summary = _part(data, file, names.keys, names.condition)
    if len(names.test) == len(names.condition) + 1 and _are_examples(file, names.test[0], rows):
        test, other, *_ = _part(data, file, names.test[:1], names.test[1:])
        if _shape(test) != _shape(rows) or other != axes:
            raise DataError(
                f"config.data.test={data.test}: its examples are {_shape(test)}, those to train with"
                f" {_shape(rows)}; give both the same shape"
            )
        test = test._replace(columns=dict(zip(rows.columns, test.columns.values(), strict=True)))
        train, how = rows, ",".join(names.test)
    else:
        marks = held_out.checked(_marks(data, file, names, rows), f"config.data.test={data.test}")
        train, test, how = rows.chosen(~marks), rows.chosen(marks), ",".join(names.test) or "a share"
    told = f"{test.size:,} of {train.size + test.size:,} examples ({how})" if test.size else "none"
    return Read(train, test if test.size else None, axes, origin, (*summary, ("held out", told)))


def _names(data: config.Data, file: File) -> _Names:
    """The names of the config, each of which there is; the examples also where they are not named."""
    condition = _listed(data.condition, "condition", file)
    test = () if held_out.share_of(data.test) is not None else _listed(data.test)
    keys = _listed(data.key, "key", file)
    if not file.table and len(keys) > 1:
        raise DataError(f"config.data.key={data.key}: the examples are one array; give its name alone")
    if both := [name for name in keys if name in condition]:
        raise DataError(f"config.data.key={data.key}: {shown(both[0])} is in config.data.condition too")
    if not keys:
        free = [name for name in file.shapes if name not in (*condition, *test)]
        several = len(free) > 1 and file.path.suffix.lower() != ".npy"  # where it is called as the file
        if not free or (several and not file.table):
            raise DataError(
                f"config.data.key is empty: {shown(file.path)} has {file.listed()}; say which array holds the"
                " examples"
            )
        keys = tuple(free) if file.table else (free[0],)
    return _Names(keys, condition, test)


def _listed(text: str, key: str = "", file: File | None = None) -> tuple[str, ...]:
    """Names with commas between; DataError if the file has one not, or one comes twice."""
    names = _separated(text, file.shapes if file else ())
    for name in names:
        if file:
            file.check(name, f"config.data.{key}")
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(f"config.data.{key}={shown(text)}: {shown(twice[0])} is named twice; once is enough")
    return names


def _separated(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The names in a text with commas between; those with a comma in them are known."""
    parts, names = text.split(","), []
    while parts:
        ends = [end for end in range(len(parts), 0, -1) if ",".join(parts[:end]).strip() in known]
        end = ends[0] if ends else 1
        names.append(",".join(parts[:end]).strip())
        parts = parts[end:]
    return tuple(filter(None, names))


def _part(data: config.Data, file: File, keys: tuple[str, ...], condition: tuple[str, ...]) -> _Part:
    """The examples of these names with their conditions."""
    found = {name: file.read(name) for name in condition}
    columns = {name: whole(values, file) for name, values in found.items()}
    order = tuple(name for name in file.shapes if name in (*keys, *condition))
    origin = Origin(keys, "", order, tuple(Column.of(name, values) for name, values in found.items()))
    if file.table:
        table = {name: file.read(name) for name in keys}
        if not data.axes and all(column.ndim == 1 for column in table.values()):
            size = len(table[keys[0]])
            check_size(size, shown(file.path))
            summary = (("table", f"{len(table)} columns of {size:,} rows"),)
            return _Part(Rows(table, columns, size), None, origin, summary)
        array, name = _stacked(table), ",".join(keys[:2]) + (",..." if len(keys) > 2 else "")
    else:
        array, name = file.read(keys[0]), keys[0]
    axes = axes_of(array.shape, data.axes, shown(name))
    values = axes.moved(array)
    check_size(len(values), shown(name))
    check_values(array, shown(name))
    columns = {key: aligned(column, key, axes, array.shape, shown(name)) for key, column in columns.items()}
    summary = (("array", f"{shown(name)}, {array.dtype.name} {list(array.shape)} as {axes.summary}"),)
    origin = origin._replace(axes=axes.letters)
    if axes.inner:
        return _Part(Rows(values, columns, len(values)), axes, origin, summary)
    table = {str(i): column for i, column in enumerate(values.T)}
    return _Part(Rows(table, columns, len(values)), None, origin, summary)


def _stacked(table: Mapping[str, np.ndarray]) -> np.ndarray:
    """Columns of numbers as one array [N, L]; a single column is an array itself."""
    first = next(iter(table.values()))
    if len(table) == 1 and first.ndim > 1:
        return first
    for name, column in table.items():
        if column.ndim != 1 or column.dtype.kind not in "biuf":
            raise DataError(
                f"column {shown(name)}: it holds no numbers, and config.data.axes makes one array of all"
                " columns; say which in config.data.key"
            )
    return np.stack(list(table.values()), 1)


def _are_examples(file: File, name: str, rows: Rows) -> bool:
    """Whether an array named in `data.test` holds examples, rather than marks of them."""
    return name in file.shapes and not file.table and held_out.is_array(file.shapes[name])


def _shape(rows: Rows) -> list[int]:
    return [len(rows.values)] if isinstance(rows.values, dict) else list(rows.values.shape[1:])


def _marks(data: config.Data, file: File, names: _Names, rows: Rows) -> np.ndarray:
    """Which examples are held out, bool[N]."""
    share = held_out.share_of(data.test)
    if share is not None:
        types = {name: kind for name, kind in types_of(data.types).items() if name in rows.columns}
        classes = classes_of(rows.columns, types, where=shown(data.file)) if rows.columns else None
        marks = held_out.by_share(share, rows.size, classes)
        table = rows.values if isinstance(rows.values, dict) else {}
        return held_out.without_unseen(marks, (*table.values(), *rows.columns.values()))
    if len(names.test) != 1:
        raise DataError(
            f"config.data.test={data.test or 'nothing'}: give a share such as 0.1, an array or column that"
            " marks the examples, a file of their numbers, or arrays of their own: the examples, then one for"
            " each of config.data.condition"
        )
    return held_out.by_name(names.test[0], file, rows.size)
