"""Tables about pictures, in the form of Hugging Face's `imagefolder`: metadata.csv or metadata.jsonl.

Each row names a picture in the column `file_name`, relative to the table's folder; the other columns say
something about it: a class, numbers, a caption. There is one table in each split's folder, or one at the
root.
`labels.csv`, as `sample.py --format=folder` writes it, is read as well; its column is called `file`.

This is not the reader of `files.tables`: there pyarrow says what each column is, which is quick for a million
rows. Here every cell stays text until `conditions.reading` sees what it is, as a file may be called 7.5, and
a fault is told with its row.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.folder.listing import METADATA
from cwgan_jax.data.names import shown

_FILE = ("file_name", "file", "filename")
_CLASS = ("class", "class_name", "label", "category")  # what a class's column is called; the first there is
_LISTED = 3  # files shown in a message


class Metadata(NamedTuple):
    """What tables say of pictures.

    Attributes:
      where: the table, for messages; of several the first.
      columns: names, without that of the file.
      rows: picture -> its row, column -> value.
    """

    where: str
    columns: tuple[str, ...]
    rows: dict[Path, dict[str, Any]]

    @property
    def of_classes(self) -> str:
        """The column of classes; empty if none is called so."""
        lower = {name.strip().casefold(): name for name in reversed(self.columns)}
        return next((lower[name] for name in _CLASS if name in lower), "")


def metadata(folders: Iterable[Path], names: Sequence[str] = METADATA) -> Metadata | None:
    """Reads the tables in some folders; None if there are none.

    Args:
      folders: the root, and the folders of splits.
      names: what the tables may be called.

    Raises:
      DataError: one cannot be read, or they do not fit each other or the pictures.
      OSError: the same.
    """
    found: Metadata | None = None
    for folder in folders:
        there = [name for name in names if (folder / name).is_file()]
        if len(there) > 1:
            both = " and ".join(there[:2])
            raise DataError(f"{shown(folder)}: there are {both}, which both are about the pictures; keep one")
        if there:
            one = _table(folder / there[0])
            found = one if found is None else _joined(found, one)
    return found


def chosen(
    table: Metadata, names: Sequence[str], files: Sequence[Path], more: Mapping[str, Sequence[Any]]
) -> dict[str, np.ndarray]:
    """The columns of the condition, for some pictures.

    Args:
      table: what is known of them.
      names: of the columns.
      files: the pictures, which all have a row.
      more: columns beside those of the table, which have priority.

    Returns:
      Name -> objects [N], as `conditions.reading.schema_of` takes them.

    Raises:
      DataError: there is no such column.
    """
    columns = {}
    for name in names:
        if name not in table.columns and name not in more:
            there = ", ".join(map(shown, table.columns)) or "none beside the file"
            raise DataError(f"{table.where}: there is no column {shown(name)}; its columns are: {there}")
        values = [table.rows[file].get(name) for file in files] if name in table.columns else more[name]
        columns[name] = np.empty(len(files), object)
        columns[name][:] = values
    return columns


def described(table: Metadata, files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Those of some pictures that have a row, and those that have none.

    Raises:
      DataError: none has one.
    """
    known = [file for file in files if file in table.rows]
    if not known:
        raise DataError(
            f"{table.where}: none of its rows is about {shown(files[0].name)} or another of the"
            f" {len(files):,} pictures; file_name must be the path of a picture, from the folder of the table"
        )
    return known, [file for file in files if file not in table.rows]


def _table(path: Path) -> Metadata:
    """Reads one table."""
    where = shown(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = (_lines if path.suffix == ".jsonl" else _rows)(text, where)
    except (UnicodeDecodeError, csv.Error, RecursionError) as error:
        raise DataError(f"{where}: not a table in UTF-8 ({shown(error)}); save it as one") from error
    columns = tuple(dict.fromkeys(name for row in lines for name in row))
    key = next((name for name in _FILE if name in columns), None)
    if key is None:
        names = ", ".join(map(shown, columns)) or "no columns"
        raise DataError(
            f"{where}: there is no column file_name, which names the pictures, but {names}; add it"
        )
    rows: dict[Path, dict[str, Any]] = {}
    faults: dict[str, list[str]] = {}
    for number, row in enumerate(lines, 1):
        name = row.pop(key, None)
        if not isinstance(name, str) or not name.strip():
            faults.setdefault("rows without a file_name", []).append(f"row {number:,}")
            continue
        file = path.parent / os.path.normpath(name.strip().replace("\\", "/"))
        if not _is_file(file):
            faults.setdefault("rows about files that are not there", []).append(shown(name))
        elif file in rows:
            faults.setdefault("more than one row about a file", []).append(shown(name))
        rows[file] = row
    for what, places in faults.items():
        listed = ", ".join(places[:_LISTED]) + (", ..." if len(places) > _LISTED else "")
        raise DataError(f"{where}: {what}, {len(places):,} ({listed}); correct or remove them")
    return Metadata(where, tuple(name for name in columns if name != key), rows)


def _is_file(path: Path) -> bool:
    try:
        return os.path.isfile(path)
    except ValueError:  # a NUL in it
        return False


def _joined(a: Metadata, b: Metadata) -> Metadata:
    if both := a.rows.keys() & b.rows.keys():
        raise DataError(f"{b.where}: {shown(min(both))} has a row in {a.where} too; remove one")
    columns = tuple(dict.fromkeys((*a.columns, *b.columns)))
    return Metadata(a.where, columns, a.rows | b.rows)


def _rows(text: str, where: str) -> list[dict[str, Any]]:
    """The rows of a CSV file; the separator is the one of , ; and tab that is most frequent in the header."""
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    lines = [line for line in lines if line]
    if not lines:
        raise DataError(f"{where}: it is empty; write a header, file_name and other columns, and rows")
    names = [name.strip() for name in lines[0]]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f'{where}: two columns are called "{shown(twice)}"; rename one')
    wrong = [i for i, line in enumerate(lines) if len(line) != len(names)]
    if wrong:
        raise DataError(
            f"{where}: row {wrong[0]:,} has {len(lines[wrong[0]]):,} values, the header {len(names):,}; put"
            f' text that holds "{shown(separator)}" into double quotes'
        )
    if len(lines) == 1:
        raise DataError(f"{where}: there is a header and no row; add a row for each picture")
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]


def _lines(text: str, where: str) -> list[dict[str, Any]]:
    """The rows of a file with a JSON object on each line."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{where}: line {number:,} is not JSON ({shown(error)}); correct it") from error
        if not isinstance(row, dict):
            raise DataError(
                f'{where}: line {number:,} is not of the form {{"file_name": "1.png", "label": 3}}'
            )
        rows.append(row)
    if not rows:
        raise DataError(f"{where}: it is empty; write a line for each picture")
    return rows
