"""A file of examples in the input's own format, units and types, with their conditions beside."""

import csv
import functools
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import whole, write_whole
from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format
from cwgan_jax.sampling.rows import Rows
from cwgan_jax.sampling.stream import Part, parts, values
from cwgan_jax.sampling.tables import texts
from cwgan_jax.sampling.writers import ROWS, WRITERS, Contents, Table

_KEY = "x"  # what examples are called, where the input has no name for them


def is_file(path: Path) -> bool:
    """Whether a path is that of a file that can be written, rather than a folder."""
    return path.suffix.lower() in WRITERS


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a file: what the input calls them, and a column for each part of the condition.

    Its name is `request.out` where that ends in a known format; otherwise its format is that of the input.

    Raises:
      ConfigError: there is such a file, or the examples do not fit into this format.
    """
    rows, count = request.rows, request.each
    path = _path(model, request)
    table = path.with_suffix(".csv") if path.suffix.lower() == ".npy" and rows.columns else None
    for each in filter(None, (path, table)):
        if each.exists() and not request.overwrite:
            raise ConfigError(
                f"{each}: the file is there already; replace it with --overwrite, or choose another with"
                " --out"
            )
    letters = letters_of(model)
    arrange = functools.partial(arranged, model, rows, path, letters)
    tables: Iterator[Table] = map(arrange, parts(model, request))
    contents = Contents(len(rows) * count, tables, letters.index("N") if letters else 0)
    with whole(path) as temporary:
        WRITERS[path.suffix.lower()](temporary, contents)
    if table:
        write_whole(table, _conditions(rows, count))
    return Drawing(path, len(rows), count)


def _path(model: Model, request: DrawRequest) -> Path:
    if is_file(request.out):
        return request.out
    return request.out / f"{output.stem(model, request, 'file')}{suffix(model)}"


def suffix(model: Model) -> str:
    """The end of a file's name, of the input's format where it was a file."""
    own = Path(model.config.data.file).suffix.lower()
    if own in WRITERS:
        return own
    return ".csv" if model.scaling is not None and model.scaling.layout else ".npz"


def letters_of(model: Model) -> str:
    """The axes of the input, see `data.axes`; empty of tables.

    Where the config does not say them they are the usual ones: examples first, channels last, or none if
    there is only one.
    """
    data, shape = model.config.data, model.data["shape"]
    if len(shape) < 2:
        return ""
    if data.axes:
        return data.axes.upper()
    inner = {2: "L", 3: "HW", 4: "XYZ"}[len(shape)]
    alone = shape[-1] == 1 and data.name == "arrays"
    return f"N{inner}" if alone else f"N{inner}C"


def arranged(model: Model, rows: Rows, path: Path, letters: str, part: Part) -> Table:
    """Examples with their conditions, as columns or arrays by name."""
    drawn = values(model, part.example)
    conditions = {name: column[part.row] for name, column in rows.columns.items()}
    if isinstance(drawn, dict):
        return drawn | conditions
    keys = [key.strip() for key in model.config.data.key.split(",") if key.strip()]
    array = _axes(drawn, letters)
    if path.suffix.lower() not in ROWS:
        return {keys[0] if len(keys) == 1 else _KEY: array} | conditions
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim != 2 or letters[0] != "N":
        if path.suffix.lower() == ".parquet" and letters[0] == "N":
            return {keys[0] if len(keys) == 1 else _KEY: array} | conditions
        shape = " x ".join(map(str, model.data["shape"]))
        raise ConfigError(
            f"{path.suffix}: a table has a row of numbers for each example, and these are {shape}; write"
            " --out=x.npz, or another format of arrays"
        )
    if len(keys) != array.shape[1]:
        keys = [f"{keys[0] if len(keys) == 1 else _KEY}_{i}" for i in range(array.shape[1])]
    return dict(zip(keys, array.T, strict=True)) | conditions


def _axes(values: np.ndarray, letters: str) -> np.ndarray:
    """[n, ..., C] -> the axes in the input's order, but with the examples first."""
    order = letters.replace("N", "")
    if "C" not in order:
        return values[..., 0]
    return np.moveaxis(values, -1, 1 + order.index("C"))


def _conditions(rows: Rows, count: int) -> bytes:
    """The conditions of all examples as CSV."""
    table = io.StringIO()
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow(rows.columns)
    for row in zip(*map(texts, rows.columns.values()), strict=True):
        lines.writerows([row] * count)
    return table.getvalue().encode()


FORMAT = Format(
    draw,
    "a file of all examples with their conditions, in the input's format and units",
    most=None,
    each=lambda model, rows: 10,
)
