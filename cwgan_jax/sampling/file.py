"""A file of examples in the input's own format, layout, units and types, with their conditions."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import whole
from cwgan_jax.data.origin import Origin
from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format
from cwgan_jax.sampling.rows import Rows
from cwgan_jax.sampling.stream import Part, parts, values
from cwgan_jax.sampling.writers import FLAT, ROWS, WRITERS, Contents, Table, siblings


def is_file(path: Path) -> bool:
    """Whether a path is that of a file that can be written, rather than a folder."""
    return path.suffix.lower() in WRITERS


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a file of the examples and their conditions, each under the name that the input has for it.

    Its name is `request.out` where that ends in a known format; otherwise its format is that of the input.

    Raises:
      ConfigError: there is such a file, or the examples do not fit into this format.
    """
    path, size = _path(model, request), len(request.rows) * request.each
    write(model, request.rows, parts(model, request), size, path, overwrite=request.overwrite)
    return Drawing(path, len(request.rows), request.each)


def write(
    model: Model,
    rows: Rows,
    drawn: Iterable[Part],
    size: int,
    path: Path,
    *,
    marks: tuple[str, ...] = (),
    overwrite: bool = False,
) -> None:
    """Writes examples with their conditions, laid out as the input is.

    Args:
      model: that they were drawn from.
      rows: the conditions.
      drawn: the examples, some at a time.
      size: how many there are in all.
      path: the file; of .npy the other arrays go to files of their names beside it.
      marks: names of further columns, which are 1 for each example.
      overwrite: whether files that are there are replaced.

    Raises:
      ConfigError: see `draw`.
    """
    origin, suffix = model.origin, path.suffix.lower()
    if suffix == ".npy" and not origin.axes:
        raise ConfigError(
            f"{path}: a file of this format holds one array, and these are the columns of a table; write"
            " .csv, .parquet, or another"
        )
    beside = origin.beside(rows.columns, flat=suffix in FLAT)
    for each in (path, *siblings(path, (*beside, *marks))):
        if each.exists() and not overwrite:
            raise ConfigError(
                f"{each}: the file is there already; replace it with --overwrite, or choose another with"
                " --out"
            )
    lay_out = _layout(origin, suffix)

    def tables() -> Iterator[Table]:
        for part in drawn:
            conditions = {name: column[part.row] for name, column in beside.items()}
            more = {name: np.ones(len(part.row), np.int64) for name in marks}
            yield lay_out(values(model, part.example), conditions) | more

    with whole(path) as temporary:
        WRITERS[suffix](temporary, Contents(size, tables(), origin.place))


def _path(model: Model, request: DrawRequest) -> Path:
    if is_file(request.out):
        return request.out
    stem = output.stem(model, request, "file")
    return named(model, request.out, stem) if suffix(model) != ".npy" else named(model, request.out / stem)


def named(model: Model, folder: Path, stem: str = "") -> Path:
    """The path of a file in the input's format.

    Args:
      model: to draw from.
      folder: that it is in; of its own for .npy, where the names of files are those of arrays.
      stem: of the file's name where that is of no further meaning.
    """
    end = suffix(model)
    return folder / f"{model.origin.key if end == '.npy' else stem}{end}"


def suffix(model: Model) -> str:
    """The end of a file's name, of the input's format where it was a file."""
    own = Path(model.config.data.file).suffix.lower()
    if own in WRITERS:
        return own
    return ".csv" if model.scaling is not None and model.scaling.layout else ".npz"


def _layout(origin: Origin, suffix: str) -> Callable[[np.ndarray | Table, Table], Table]:
    """(examples in the user's units, their conditions) -> the arrays or columns of a file, by name."""

    def lay_out(drawn: np.ndarray | Table, conditions: Table) -> Table:
        if isinstance(drawn, dict) and not origin.axes:
            return origin.ordered(drawn | conditions)
        array = origin.array(drawn, first=True)
        if suffix not in ROWS:
            return {origin.key: array} | conditions
        return origin.ordered(_columns(origin, array, suffix) | conditions)

    return lay_out


def _columns(origin: Origin, array: np.ndarray, suffix: str) -> Table:
    """Examples [n, ...] as columns of a table; ConfigError if they cannot be."""
    flat = array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array
    if not origin.place and flat.ndim == 2 and len(origin.keys) == flat.shape[1]:
        return dict(zip(origin.keys, flat.T, strict=True))
    if suffix not in FLAT and not origin.place:
        return {origin.key: array}
    if flat.ndim != 2 or origin.place:
        shape = " x ".join(map(str, array.shape[1:]))
        raise ConfigError(
            f"{suffix}: a table has a row of numbers for each example, and these are {shape}; write"
            " --out=x.npz, or another format of arrays"
        )
    return {f"{origin.key}_{i}": column for i, column in enumerate(flat.T)}


FORMAT = Format(
    draw,
    "a file of all examples with their conditions, in the input's format and units",
    most=None,
    each=lambda model, rows: 10,
)
