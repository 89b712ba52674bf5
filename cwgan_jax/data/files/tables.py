"""Tables, read by pyarrow: `.csv` and `.tsv` with a row of names, and `.parquet`."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.files.file import File
from cwgan_jax.data.names import shown

_DELIMITERS = ",;\t|"


def csv(path: Path) -> File:
    """A table with the names of the columns in its first row; commas, semicolons, tabs or bars between."""
    from pyarrow import csv as reader

    with path.open("rb") as stream:
        line = stream.readline(2**20)
    try:
        first = line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{shown(path)}: its first row is not UTF-8; save it as UTF-8") from error
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(_DELIMITERS, key=first.count)
    _check_names([name.strip().strip('"') for name in first.split(delimiter)], path)
    parse = reader.ParseOptions(delimiter=delimiter)
    convert = reader.ConvertOptions(strings_can_be_null=True)
    table = _codes_kept(path, parse, reader.read_csv(path, parse_options=parse, convert_options=convert))
    shapes = dict.fromkeys(table.column_names, (table.num_rows,))
    return File(path, shapes, lambda name: _array(table.column(name), name), table=True)


def _codes_kept(path: Path, parse: Any, table: Any) -> Any:
    """The table of a `.csv` file with the columns as text that hold codes, such as 00501, and no counts."""
    import pyarrow as pa
    from pyarrow import compute
    from pyarrow import csv as reader

    whole = {field.name: pa.string() for field in table.schema if pa.types.is_integer(field.type)}
    if not whole:
        return table
    options = reader.ConvertOptions(include_columns=list(whole), column_types=whole, strings_can_be_null=True)
    texts = reader.read_csv(path, parse_options=parse, convert_options=options)
    for name in whole:
        if compute.any(compute.match_substring_regex(texts.column(name), r"^\s*[+-]?0[0-9]")).as_py():
            table = table.set_column(table.column_names.index(name), name, texts.column(name))
    return table


def parquet(path: Path) -> File:
    """A table; a column of lists of equal length is an array with two axes."""
    from pyarrow import parquet as reader

    about = reader.ParquetFile(path)
    names = [name for name in about.schema_arrow.names if not name.startswith("__index_level_")]
    _check_names(names, path)
    shapes = dict.fromkeys(names, (about.metadata.num_rows,))

    def load(name: str) -> np.ndarray:
        return _array(reader.read_table(path, columns=[name]).column(name), name)

    return File(path, shapes, load, table=True)


def _check_names(names: list[str], path: Path) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{shown(path)}: two columns are called {shown(twice[0])!r}; give each a name of its own"
        )
    if all(map(_is_number, names)):
        raise DataError(
            f"{shown(path)}: its first row is {shown(', '.join(names[:3]))}, ...; it must hold the names of"
            " the columns: add them"
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _array(column: Any, name: str) -> np.ndarray:
    """A column as NumPy has it: missing numbers are NaN, missing texts None."""
    from pyarrow import ChunkedArray, types

    if isinstance(column, ChunkedArray):
        column = column.combine_chunks()
    kind = column.type
    if types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _stacked(column, name)
    if types.is_decimal(kind):
        column = column.cast("float64")
    elif types.is_date(kind):
        column = column.cast("timestamp[s]")
    elif types.is_null(kind):
        return np.full(len(column), np.nan)
    elif types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        what = "bytes, or text that is not UTF-8" if "binary" in str(kind) else str(kind)
        raise DataError(f"column {shown(name)!r} holds {what}; give numbers, text, times or lists of numbers")
    return np.array(column.to_numpy(zero_copy_only=False))


def _stacked(column: Any, name: str) -> np.ndarray:
    lengths = set(column.value_lengths().to_pylist())
    if len(lengths) > 1 or None in lengths:
        some = ", ".join(sorted(map(str, lengths))[:3])
        raise DataError(
            f"column {shown(name)!r} has lists of different lengths ({some}, ...); bring them to one length"
        )
    values = _array(column.flatten(), name)
    return values.reshape(len(column), -1, *values.shape[1:])
