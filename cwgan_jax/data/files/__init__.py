"""Files of arrays and tables: one reader for each format, by the end of the file's name.

To add a format, write a function `(path) -> File` and one line of `FORMATS`. Pickles are never loaded: they
can run any program.
"""

from collections.abc import Callable
from pathlib import Path

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.files import hdf5, mat, npy, tables
from cwgan_jax.data.files.file import File, reading
from cwgan_jax.data.names import shown

__all__ = ["FORMATS", "File", "open_file"]

FORMATS: dict[str, Callable[[Path], File]] = {
    ".npz": npy.npz,
    ".npy": npy.npy,
    ".h5": hdf5.hdf5,
    ".hdf5": hdf5.hdf5,
    ".mat": mat.mat,
    ".csv": tables.csv,
    ".tsv": tables.csv,
    ".parquet": tables.parquet,
}
_PICKLES = (".pkl", ".pickle", ".p", ".joblib", ".pt", ".pth")


def open_file(path: Path) -> File:
    """Opens a file: what is in it, without reading it all where the format allows.

    Raises:
      DataError: it is missing, empty, broken, a pickle, or of no known format; one line.
    """
    end, name = path.suffix.lower(), shown(path)
    if end in _PICKLES:
        raise DataError(
            f"{name}: a pickle can run any program when it is loaded, so none is; save the arrays with"
            " np.savez, or a table as .csv or .parquet"
        )
    with reading(path):
        if path.is_dir():
            raise DataError(f"{name}: it is a folder; give one of the files in it")
        if end not in FORMATS:
            raise DataError(f"{name}: no known format; give one of {', '.join(FORMATS)}")
        if not path.is_file():
            raise DataError(f"{name}: there is no such file; check the path")
        if not path.stat().st_size:
            raise DataError(f"{name}: the file is empty; write it again")
        file = FORMATS[end](path)
    if not file.shapes:
        raise DataError(f"{name}: there are no arrays in it; write it again")
    return file
