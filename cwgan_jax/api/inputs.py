"""What a user gives to `fit`, arrays or tables with conditions, as one file that the engine trains from.

The file lies in the run's folder, so that the run can be measured, resumed and sampled from a command line
too. Its name has a digest of what is in it: other data never replace those of an earlier run.
"""

import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.common.files import write_whole
from cwgan_jax.data.names import shown

EXAMPLES = "x"
CONDITION = "condition"
"""What a condition is called that the user gives no name."""


class Inputs(NamedTuple):
    """Examples and conditions by name.

    Attributes:
      columns: an array of examples with its conditions, or the columns of a table and its conditions.
      keys: the names of the examples: one array, or the columns that are generated.
      condition: the names of the conditions.
      table: whether the examples are the columns of a table.
    """

    columns: Mapping[str, Any]
    keys: tuple[str, ...]
    condition: tuple[str, ...]
    table: bool


def is_table(x: Any) -> bool:
    """Whether a value has named columns: a DataFrame, or a mapping."""
    return isinstance(x, Mapping) or (hasattr(x, "columns") and hasattr(x, "to_numpy"))


def read(x: Any, condition: Any) -> Inputs:
    """Examples and conditions in the forms that `fit` takes.

    Raises:
      DataError: they differ in length, or cannot be used; one line.
    """
    if is_table(x):
        table = columns_of(x)
        named = _named(condition, table)
        conditions = {name: table[name] for name in named} if named else _conditions(condition)
        keys = tuple(name for name in table if name not in conditions or not named)
    else:
        table, keys = {EXAMPLES: _array(x)}, (EXAMPLES,)
        conditions, named = _conditions(condition), ()
    if not named and (both := [name for name in conditions if name in table]):
        raise DataError(f"condition {shown(both[0])}: the examples have a column of that name; rename one")
    if not keys:
        raise DataError("every column is a condition, or there is none; leave at least one to be generated")
    count = len(table[keys[0]])
    for name, column in (table | conditions).items():
        if "," in name:
            raise DataError(f'column "{shown(name)}": a name must have no comma; rename it')
        if is_table(x) and len(column) != count:  # of arrays the axes say which one counts
            raise DataError(f"{shown(name)} has {len(column):,} rows, {keys[0]} has {count:,}; give as many")
    return Inputs(table | conditions, keys, tuple(conditions), is_table(x))


def write(inputs: Inputs, folder: Path) -> Path:
    """Writes examples and conditions into a folder, as .npz or, tables, as .parquet; returns the file.

    Raises:
      DataError: a column cannot be written.
    """
    if inputs.table:
        content = _parquet(inputs.columns)
        path = folder / f"data-{hashlib.sha256(content).hexdigest()[:12]}.parquet"
        if not path.exists():
            write_whole(path, content)
        return path
    arrays = {name: _plain(column, name) for name, column in inputs.columns.items()}
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    path = folder / f"data-{digest.hexdigest()[:12]}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{os.getpid()}.{path.name}")  # numpy appends .npz to any other end
        try:
            np.savez(temporary, **arrays)  # type: ignore[arg-type]
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return path


def columns_of(table: Any) -> dict[str, Any]:
    """The columns of a DataFrame or a mapping, by name."""
    names = list(table) if isinstance(table, Mapping) else list(table.columns)
    if len({str(name) for name in names}) < len(names):
        raise DataError("two columns have the same name; give each a name of its own")
    return {str(name): table[name] for name in names}


def _named(condition: Any, table: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of the table that a condition names; none where it is no list of names."""
    names = [condition] if isinstance(condition, str) else condition
    if not isinstance(names, list | tuple) or not names or not all(isinstance(name, str) for name in names):
        return ()
    known = [name for name in names if name in table]
    count = len(next(iter(table.values()), ()))
    if not known and len(names) == count:
        return ()  # a value for each row
    if unknown := [name for name in names if name not in table]:
        raise DataError(
            f"condition {shown(unknown[0])}: the table has only the columns {', '.join(map(shown, table))}"
        )
    return tuple(known)


def _conditions(condition: Any) -> dict[str, Any]:
    """Conditions by name."""
    if condition is None:
        return {}
    if is_table(condition):
        return columns_of(condition)
    name = getattr(condition, "name", None)
    if isinstance(condition, str):
        raise DataError(f"condition={shown(condition)}: x has no columns; give a value for each example")
    return {CONDITION if name is None else str(name): _array(condition)}


def _array(values: Any) -> np.ndarray:
    """An array, or of lists of labels a text each, with semicolons between them."""
    if isinstance(values, Sequence) and values and any(isinstance(x, list | tuple | set) for x in values):
        flat = [label for x in values if isinstance(x, list | tuple | set) for label in x]
        if any(isinstance(label, str) for label in flat):
            return np.array([x if isinstance(x, str) else ";".join(map(str, x)) for x in values])
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"the values make no array ({error}); give all examples the same shape") from error
    return array if array.ndim else array[None]


def _plain(column: Any, name: str) -> np.ndarray:
    """Numbers or text, as .npz files hold them without pickles."""
    array: np.ndarray = np.asarray(column)
    if array.dtype.kind == "O":
        if missing := [
            i for i, value in enumerate(array.ravel().tolist()) if value is None or value != value
        ]:
            raise DataError(f"{shown(name)}: entry {missing[0]} has no value; fill it in, or leave it out")
        array = np.array(array.tolist())
    if array.dtype.kind not in "biufcUmM":
        raise DataError(f"{shown(name)}: values of the type {array.dtype}; give numbers or text")
    return array


def _parquet(columns: Mapping[str, Any]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    arrays = {}
    for name, column in columns.items():
        try:
            plain = pyarrow.array(column, from_pandas=True)
            arrays[name] = plain.combine_chunks() if hasattr(plain, "combine_chunks") else plain
        except (pyarrow.ArrowException, TypeError, ValueError) as error:
            cause = " ".join(str(error).split())[:150]
            raise DataError(f"column {shown(name)} cannot be used: {cause}") from error
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays), buffer)
    return buffer.getvalue()
