"""Files of arrays and tables, written a part at a time where the format allows: a writer for each format.

To add a format, write a function `(path, contents) -> None` and one line of `WRITERS`.
"""

import contextlib
import csv
import io
import itertools
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.common import packages
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import whole
from cwgan_jax.sampling.tables import texts

Table = dict[str, np.ndarray]

_MAT = 2**31 - 1  # bytes of an array in a .mat file of version 5
_HEADER = b"MATLAB 5.0 MAT-file, written by cwgan_jax"


class Contents(NamedTuple):
    """What is written.

    Attributes:
      size: N, how many examples there are.
      parts: some of them at a time: name -> [n, ...], the same names each time, the examples' own first.
      place: of the axis of examples in the first array, as it is written.
    """

    size: int
    parts: Iterator[Table]
    place: int = 0


class _Split(NamedTuple):
    """Contents of which the first array comes in blocks; the others are complete after the last block."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    blocks: Iterator[np.ndarray]
    rest: dict[str, list[np.ndarray]]

    def others(self) -> Table:
        """The other arrays, once all blocks are used."""
        return {name: np.concatenate(parts) for name, parts in self.rest.items()}


def _split(contents: Contents) -> _Split:
    first = next(contents.parts)
    name = next(iter(first))
    rest: dict[str, list[np.ndarray]] = {key: [] for key in first if key != name}

    def blocks() -> Iterator[np.ndarray]:
        for part in itertools.chain([first], contents.parts):
            for key, values in rest.items():
                values.append(part[key])
            yield _plain(part[name])

    array = _plain(first[name])
    if array.dtype.kind in "UO":  # its width is known at the end
        array = _plain(np.concatenate(list(blocks())))
        return _Split(name, array.shape, array.dtype, iter([array]), rest)
    if contents.place:
        moved = np.moveaxis(np.concatenate(list(blocks())), 0, contents.place)
        return _Split(name, moved.shape, moved.dtype, iter([moved]), rest)
    return _Split(name, (contents.size, *array.shape[1:]), array.dtype, blocks(), rest)


def _plain(array: np.ndarray) -> np.ndarray:
    """An array without Python's objects: text as text, gaps empty."""
    return np.array(texts(array), str) if array.dtype.kind == "O" else array


def _npy_to(stream: Any, shape: tuple[int, ...], dtype: np.dtype, blocks: Iterator[np.ndarray]) -> None:
    descr = np.lib.format.dtype_to_descr(dtype)
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    for block in blocks:
        stream.write(np.ascontiguousarray(block).tobytes())


def npz(path: Path, contents: Contents) -> None:
    """Arrays by name, as `numpy.savez` writes them; the same contents make the same bytes."""
    split = _split(contents)
    with zipfile.ZipFile(path, "w") as archive:

        @contextlib.contextmanager
        def member(name: str) -> Iterator[Any]:
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as stream:
                yield stream

        with member(split.name) as stream:
            _npy_to(stream, split.shape, split.dtype, split.blocks)
        for name, array in split.others().items():
            plain = _plain(array)
            with member(name) as stream:
                _npy_to(stream, plain.shape, plain.dtype, iter([plain]))


def npy(path: Path, contents: Contents) -> None:
    """The examples, and each other array in a file of its name beside, where the reader finds it."""
    split = _split(contents)
    with path.open("wb") as stream:
        _npy_to(stream, split.shape, split.dtype, split.blocks)
    for name, array in split.others().items():
        plain = _plain(array)
        with whole(path.with_name(f"{name}.npy")) as temporary, temporary.open("wb") as stream:
            _npy_to(stream, plain.shape, plain.dtype, iter([plain]))


def siblings(path: Path, names: Sequence[str]) -> list[Path]:
    """The files that are written beside one, for arrays other than the examples; of .npy alone there are any.

    Raises:
      ConfigError: an array cannot be called so there.
    """
    if path.suffix.lower() != ".npy":
        return []
    for name in names:
        if Path(name).name != name or name.casefold() == path.stem.casefold():
            raise ConfigError(
                f"{path}: {name} would have to be a file of this name beside it; choose another name with"
                " --out, or write .npz"
            )
    return [path.with_name(f"{name}.npy") for name in names]


def hdf5(path: Path, contents: Contents) -> None:
    """Data sets by name."""
    packages.need("h5py", "h5py", f"{path.suffix} files", "write --out=x.npz", extra="files")
    import h5py

    def plain(array: np.ndarray) -> np.ndarray:
        return np.array(texts(array), object) if array.dtype.kind in "OUmM" else array

    split = _split(contents)
    with h5py.File(path, "w") as file:
        if split.dtype.kind in "UmM":
            file.create_dataset(split.name, data=plain(next(split.blocks)), dtype=h5py.string_dtype())
        else:
            data = file.create_dataset(split.name, split.shape, split.dtype)
            place = 0
            for block in split.blocks:
                data[place : place + len(block)] = block
                place += len(block)
        for _ in split.blocks:
            pass
        for name, array in split.others().items():
            text = array.dtype.kind in "OUmM"
            file.create_dataset(name, data=plain(array), dtype=h5py.string_dtype() if text else None)


def mat(path: Path, contents: Contents) -> None:
    """MATLAB's format, version 5: variables by name, text as cells.

    Raises:
      ConfigError: the examples are larger than such a file can hold.
    """
    from scipy import io as scipy_io

    split = _split(contents)
    size = int(np.prod(split.shape, dtype=np.float64)) * split.dtype.itemsize
    if size > _MAT:
        raise ConfigError(
            f"{path.suffix}: a MATLAB file holds 2 GiB of examples at the most, these are {size / 2**30:.1f};"
            " lower --count, or write --out=x.h5 or x.npz"
        )
    blocks = list(split.blocks)
    arrays = {split.name: np.concatenate(blocks), **split.others()}
    buffer = io.BytesIO()
    variables = {name: _for_matlab(array) for name, array in arrays.items()}
    scipy_io.savemat(buffer, variables, oned_as="column", long_field_names=True)
    content = bytearray(buffer.getvalue())
    content[:116] = _HEADER.ljust(116)  # SciPy's own has the time in it
    path.write_bytes(content)


def _for_matlab(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "OUmM":
        return array
    cells = np.empty((len(array), 1), object)
    cells[:, 0] = texts(array)
    return cells


def _lines(path: Path, contents: Contents, delimiter: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        for i, part in enumerate(contents.parts):
            if i == 0:
                lines.writerow(part)
            lines.writerows(zip(*map(texts, part.values()), strict=True))


def parquet(path: Path, contents: Contents) -> None:
    """A table; arrays with more axes as lists."""
    packages.need("pyarrow", "pyarrow", ".parquet files", "write --out=x.csv")
    import pyarrow
    from pyarrow import parquet as writer

    with contextlib.ExitStack() as stack:
        open_file = None
        for part in contents.parts:
            columns = {name: _arrow(pyarrow, array) for name, array in part.items()}
            table = pyarrow.table(columns)
            if open_file is None:
                open_file = stack.enter_context(writer.ParquetWriter(path, table.schema))
            open_file.write_table(table.cast(open_file.schema))


def _arrow(pyarrow: Any, array: np.ndarray) -> Any:
    if array.ndim > 1:
        flat = _arrow(pyarrow, array.reshape(-1, *array.shape[2:]))
        return pyarrow.FixedSizeListArray.from_arrays(flat, array.shape[1])
    if array.dtype.kind == "O" and not any(isinstance(x, bool) for x in array[:1000]):
        return pyarrow.array(array.tolist(), pyarrow.string())
    return pyarrow.array(array)


WRITERS: dict[str, Callable[[Path, Contents], None]] = {
    ".npz": npz,
    ".npy": npy,
    ".h5": hdf5,
    ".hdf5": hdf5,
    ".mat": mat,
    ".csv": lambda path, contents: _lines(path, contents, ","),
    ".tsv": lambda path, contents: _lines(path, contents, "\t"),
    ".parquet": parquet,
}
"""By the end of a file's name, as the readers in `data.files`."""
ROWS = (".csv", ".tsv", ".parquet")
"""Formats of tables, which have a row for each example."""
FLAT = (".csv", ".tsv")
"""Of these, those whose cells hold a single value."""
