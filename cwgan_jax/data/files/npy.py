"""NumPy's own files, `.npy` and `.npz`: headers are read first, and nothing is ever unpickled."""

import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from cwgan_jax.data.files.file import File, Shape, refused

_END = ".npy"
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}  # version 3.0 is for structured arrays only, which are refused


def npy(path: Path) -> File:
    """One array; those of the other `.npy` files in its folder go by the names of their files."""
    others = sorted(file for file in path.parent.glob(f"*{_END}") if file.stem != path.stem)
    shapes = {path.stem: _of_file(path)} | {file.stem: _if_plain(_of_file, file) for file in others}

    def load(name: str) -> np.ndarray:
        file = path.with_name(name + _END)
        _of_file(file)  # refuses objects, and a wrong size
        array: np.ndarray = np.load(file, mmap_mode="r", allow_pickle=False)
        return array

    return File(path, shapes, load)


def npz(path: Path) -> File:
    """Any number of arrays, by the names they were saved under."""
    with zipfile.ZipFile(path) as archive:
        members = [name for name in archive.namelist() if name.endswith(_END)]
        shapes = {name.removesuffix(_END): _if_plain(_of_member, archive, name, path) for name in members}

    def load(name: str) -> np.ndarray:
        with zipfile.ZipFile(path) as archive:
            _of_member(archive, name + _END, path)
            with archive.open(name + _END) as stream:
                array: np.ndarray = np.lib.format.read_array(stream, allow_pickle=False)
                return array

    return File(path, shapes, load)


def _if_plain(shape: Callable[..., Shape], *of: Any) -> Shape:
    """() of an array that cannot be read; it may well not be needed, and reading it says why."""
    try:
        return shape(*of)
    except Exception:  # as in `file.reading`
        return ()


def _of_file(path: Path) -> Shape:
    with path.open("rb") as stream:
        return _header(stream, path, path.stem, path.stat().st_size)


def _of_member(archive: zipfile.ZipFile, name: str, path: Path) -> Shape:
    with archive.open(name) as stream:
        return _header(stream, path, name.removesuffix(_END), archive.getinfo(name).file_size)


def _header(stream: IO[bytes], path: Path, name: str, size: int) -> Shape:
    """The shape, if the array is plain and as long as it says; otherwise an exception."""
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
    return tuple(shape)
