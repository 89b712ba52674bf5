"""HDF5 files, and MATLAB's of version 7.3, which are such files with the axes the other way round."""

from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax.common import packages
from cwgan_jax.data.files.file import File, Shape, refused

_CLASS = "MATLAB_class"  # the attribute in which MATLAB says what an array is


def hdf5(path: Path) -> File:
    """The data sets of all groups, by their path in the file, such as `group/x`."""
    packages.need("h5py", "h5py", f"{path.name}", "save it as .npz", extra="files")
    import h5py

    with h5py.File(path, "r") as file:
        shapes = {name: item.shape for name, item in _datasets(file).items()}

    def load(name: str) -> np.ndarray:
        with h5py.File(path, "r") as file:
            return _values(file[name], path, name)

    return File(path, shapes, load)


def matlab(path: Path) -> File:
    """The variables of a `.mat` file of version 7.3, with their axes as MATLAB shows them."""
    what = f"{path.name}, a MATLAB file of version 7.3,"
    packages.need("h5py", "h5py", what, "save it with -v7", extra="files")
    import h5py

    def shape(item: Any) -> Shape:
        return tuple(reversed(item.shape))

    with h5py.File(path, "r") as file:
        found = {name: item for name, item in _datasets(file).items() if not name.startswith("#")}
        shapes = {name: shape(item) for name, item in found.items()}

    def load(name: str) -> np.ndarray:
        with h5py.File(path, "r") as file:
            return _matlab_values(file, file[name], path, name)

    return File(path, shapes, load)


def _datasets(file: Any) -> dict[str, Any]:
    """Every data set that has a shape, by its path."""
    import h5py

    found: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            found[name] = item

    file.visititems(visit)
    return found


def _values(item: Any, path: Path, name: str) -> np.ndarray:
    import h5py

    if h5py.check_string_dtype(item.dtype):
        return np.asarray(item.asstr()[()], object)
    if item.dtype.names or item.dtype.hasobject:
        raise refused(path, name, "compound values, references or lists of different lengths")
    if item.size and item.size * item.dtype.itemsize > 0 == item.id.get_storage_size():
        raise ValueError(f"an array {list(item.shape)} of which nothing was written")
    return np.asarray(item[()])


def _matlab_values(file: Any, item: Any, path: Path, name: str) -> np.ndarray:
    import h5py

    kind = item.attrs.get(_CLASS, b"")
    if kind == b"cell":
        references = np.asarray(item[()]).T
        texts = [_text(file[reference], path, name) for reference in references.ravel()]
        return np.array(texts, object).reshape(references.shape)
    if kind == b"char":
        codes = np.asarray(item[()]).T
        return np.array(["".join(map(chr, row)).rstrip() for row in np.atleast_2d(codes)], object)
    if item.attrs.get("MATLAB_empty", 0):
        return np.zeros(0)
    if h5py.check_ref_dtype(item.dtype) or "MATLAB_object_decode" in item.attrs:
        raise refused(path, name, "MATLAB objects", "numbers, or text as cellstr(x)")
    values = _values(item, path, name)
    return values.T.astype(bool) if kind == b"logical" else values.T


def _text(item: Any, path: Path, name: str) -> str:
    if item.attrs.get(_CLASS, b"") != b"char":
        raise refused(
            path, name, "a cell array of something else than text", "numbers, or text as cellstr(x)"
        )
    if item.attrs.get("MATLAB_empty", 0):
        return ""
    return "".join(map(chr, np.asarray(item[()]).T.ravel()))
