"""The file format of MNIST (IDX): four files of raw bytes, compressed with gzip or not.

The format: two zero bytes, a type code (8: u8), the number of dimensions, each dimension as a big-endian
u32, then the values (LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist/).
"""

import gzip
import os
import zlib
from pathlib import Path

import numpy as np

from cwgan_jax import config
from cwgan_jax.data.source import Source
from cwgan_jax.errors import DataError

# (split, content) -> file name, without `.gz`.
FILES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}

# Families of ten classes, with the names TFDS gives them.
CLASS_NAMES = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "kmnist": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
}


def found(folder: str) -> bool:
    """Says whether a folder holds any of the four files, with or without `.gz`."""
    return bool(folder) and any(_find(folder, name) for name in FILES.values())


def source(data: config.Data, split: str) -> Source:
    """Opens one split of a set of MNIST-format files.

    The classes are those of mnist, fashion_mnist or kmnist if `data.name` is one of them; otherwise 0
    to the highest label of the training files.

    Args:
      data: the config's section; `dir` holds the files.
      split: "train" or "test".

    Raises:
      DataError: a file is missing, damaged, or does not fit the others.
    """
    image_file, label_file = _file(data.dir, split, "images"), _file(data.dir, split, "labels")
    image, label = read(image_file, dimensions=3), read(label_file, dimensions=1)
    if len(image) != len(label):
        raise DataError(
            f"{image_file}: {len(image)} images, but {label_file} has {len(label)} labels; "
            f"they must be equally many, put a matching pair there"
        )
    names = CLASS_NAMES.get(data.name) or _numbered(_file(data.dir, "train", "labels"))
    if len(label) and label.max() >= len(names):
        raise DataError(
            f"{label_file}: label {label.max()} found, labels of {data.name} must be in "
            f"0..{len(names) - 1}; use a matching file"
        )
    pairs = lambda block: ((image[i], int(label[i])) for i in block)  # noqa: E731
    return Source(str(image_file), len(image), 1, names, pairs, lambda: label)


def read(path: Path, *, dimensions: int) -> np.ndarray:
    """Reads one IDX file of bytes.

    Args:
      path: the file; whether it is compressed is seen from its first bytes.
      dimensions: how many the file must have: 3 for images, 1 for labels.

    Returns:
      u8 array of the shape the file states.

    Raises:
      DataError: the file cannot be read, is of another kind, too short or too long.
    """
    content = _content(path)
    header = 4 + 4 * dimensions
    magic = bytes([0, 0, 8, dimensions])
    if content[:4] != magic:
        raise DataError(
            f"{path}: begins with 0x{content[:4].hex()}, an IDX file of bytes with {dimensions} "
            f"dimension(s) begins with 0x{magic.hex()}; replace it with the original file"
        )
    if len(content) < header:
        raise DataError(f"{path}: truncated, its header is incomplete; replace it with the original")
    shape = tuple(int(n) for n in np.frombuffer(content, ">u4", dimensions, offset=4))
    expected = header + int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise DataError(
            f"{path}: {len(content)} bytes, its header {shape} asks for {expected}; it is truncated "
            f"or damaged, replace it with the original file"
        )
    if 0 in shape:
        raise DataError(f"{path}: its header {shape} says that it is empty; use another file")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{path}: truncated or damaged gzip file ({error}); replace it with the original file"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check the file") from error


def _file(folder: str, split: str, content: str) -> Path:
    name = FILES[split, content]
    path = _find(folder, name)
    if path is None:
        raise DataError(f"{Path(folder) / name}[.gz]: missing; put it next to the other IDX files")
    return path


def _find(folder: str, name: str) -> Path | None:
    # os.path takes a folder that may not be entered for a missing one; pathlib raises.
    paths = (Path(os.path.expanduser(folder)) / file for file in (name, f"{name}.gz"))
    return next((path for path in paths if os.path.isfile(path)), None)


def _numbered(label_file: Path) -> tuple[str, ...]:
    return tuple(str(i) for i in range(int(read(label_file, dimensions=1).max()) + 1))
