"""NumPy's own files, `.npy` and `.npz`: headers are read first, and nothing is ever unpickled."""

import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from cwgan_jax.data.files.file import File, Shape, refused

_END = ".npy"
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}  # version 3.0 is for structured arrays only, which are refused


def npy(path: Path) -> File:
    """One array; those of the other `.npy` files in its folder go by the names of their files."""
    others = sorted(file.stem for file in path.parent.glob(f"*{_END}") if file.stem != path.stem)
    shapes = {path.stem: _shape_of(path)}
    for name in others:
        try:
            shapes[name] = _shape_of(path.with_name(name + _END))
        except Exception:  # damaged, or of objects; it may well not be needed
            shapes[name] = ()
    return File(path, shapes, lambda name: _mapped(path.with_name(name + _END)))


def npz(path: Path) -> File:
    """Any number of arrays, by the names they were saved under."""
    with zipfile.ZipFile(path) as archive:
        shapes = {}
        for info in archive.infolist():
            if info.filename.endswith(_END):
                name = info.filename.removesuffix(_END)
                with archive.open(info) as stream:
                    shapes[name] = _header(stream, path, name, info.file_size)[0]

    def load(name: str) -> np.ndarray:
        with zipfile.ZipFile(path) as archive, archive.open(name + _END) as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)

    return File(path, shapes, load)


def _shape_of(path: Path) -> Shape:
    with path.open("rb") as stream:
        return _header(stream, path, path.stem, path.stat().st_size)[0]


def _mapped(path: Path) -> np.ndarray:
    """The array of a file, read from disk as it is used; objects and wrong sizes are refused first."""
    _shape_of(path)
    array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def _header(stream: IO[bytes], path: Path, name: str, size: int) -> tuple[Shape, np.dtype]:
    """Shape and dtype, if the array is plain and as long as it says; otherwise an exception."""
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise refused(path, name, "a structured array", "one array for each of its fields")
    shape, _, dtype = _HEADERS[version](stream)
    if dtype.hasobject:
        raise refused(
            path, name, "Python objects, which would be a pickle and are never loaded", "text with dtype=str"
        )
    if dtype.names:
        raise refused(path, name, "a structured array", "one array for each of its fields")
    needed = math.prod(shape) * dtype.itemsize
    if size - stream.tell() != needed:
        raise ValueError(f"an array {list(shape)} takes {needed:,} bytes, it has {size - stream.tell():,}")
    return shape, dtype
