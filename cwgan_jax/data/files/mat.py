"""MATLAB's `.mat` files: up to version 7 by SciPy, of version 7.3 as HDF5."""

from pathlib import Path

import numpy as np

from cwgan_jax.data.files import hdf5, mat5
from cwgan_jax.data.files.file import File, refused

_HDF5 = b"\x89HDF\r\n\x1a\n"
_AT = 512  # bytes, where HDF5 begins in a file that starts with MATLAB's own header


def mat(path: Path) -> File:
    """The variables of a file of any version, by their names."""
    with path.open("rb") as stream:
        start = stream.read(_AT + len(_HDF5))
    if start[_AT:] == _HDF5 or start.startswith(_HDF5):
        return hdf5.matlab(path)
    from scipy import io

    if 0 not in start[:4]:  # which version 4 begins with
        mat5.check(path.read_bytes())
    shapes = {name: shape for name, shape, _ in io.whosmat(path)}

    def load(name: str) -> np.ndarray:
        return _plain(io.loadmat(path, variable_names=[name])[name], path, name)

    return File(path, shapes, load)


def _plain(values: object, path: Path, name: str) -> np.ndarray:
    """Numbers as they are, cells of text as text; structs, objects and sparse matrices are refused."""
    if not isinstance(values, np.ndarray):
        raise refused(path, name, "a sparse matrix", "full(x)")
    if type(values) is not np.ndarray or values.dtype.names:
        raise refused(path, name, "MATLAB objects or structs", "numbers, or text as cellstr(x)")
    if values.dtype.hasobject:
        return np.array([_text(cell, path, name) for cell in values.ravel()], object).reshape(values.shape)
    if values.dtype.kind == "U":  # a matrix of letters, a row each
        return np.array([row.rstrip() for row in values.ravel()], object)
    return values


def _text(cell: object, path: Path, name: str) -> str:
    if isinstance(cell, np.ndarray) and cell.dtype.kind == "U" and cell.size <= 1:
        return str(cell.item()) if cell.size else ""
    raise refused(path, name, "cells of something else than text", "numbers, or text as cellstr(x)")
