"""The file format of MNIST (IDX): four files of raw bytes, compressed with gzip or not; or one NumPy archive.

The format: two zero bytes, a type code (8: u8, 12: i32), the number of dimensions, each dimension as a
big-endian u32, then the values (LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist/).
"""

import gzip
import string
import zipfile
import zlib
from pathlib import Path

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.idx import files as idx_files
from cwgan_jax.data.names import shown
from cwgan_jax.data.source import IN_MEMORY, Source, Stack

_BALANCED = tuple(string.digits + string.ascii_uppercase + "abdefghnqrt")

# Data sets of known classes. Those of ten have the names TFDS gives them; those of EMNIST are the characters.
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
    "qmnist": tuple("0123456789"),
    "emnist/mnist": tuple("0123456789"),
    "emnist/digits": tuple("0123456789"),
    "emnist/letters": tuple(string.ascii_lowercase),
    "emnist/balanced": _BALANCED,
    "emnist/bymerge": _BALANCED,
    "emnist/byclass": tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase),
}


def found(data: config.Data) -> bool:
    """Whether the data folder holds any of the four files, or an archive, under a name that is known."""
    return idx_files.found(data) or idx_files.archive(data) is not None


def source(data: config.Data, split: str) -> Source:
    """Opens one split of a set of MNIST-format files.

    The classes are the known ones of `data.name`; of a name that is not known, 0 to the highest label of the
    training files. EMNIST's images lie transposed in its files, and are put upright; the labels of its
    letters begin at 1.

    Args:
      data: the config's section; `dir` holds the files.
      split: "train" or "test".

    Raises:
      DataError: a file is missing, damaged, or does not fit the others.
    """
    base, part = idx_files.family(data.name)
    name = f"{base}/{part}" if part else base
    image, label, image_file, label_file = _arrays(data, split)
    if len(image) != len(label):
        raise DataError(
            f"{image_file}: {len(image)} images, but {label_file} has {len(label)} labels; "
            f"they must be equally many, put a matching pair there"
        )
    if name == "emnist/letters":
        label = label.astype(int) - 1
    names = CLASS_NAMES.get(name) or _numbered(label if split == "train" else _arrays(data, "train")[1])
    wrong = label[(label < 0) | (label >= len(names))]
    if len(wrong):
        first = 1 if name == "emnist/letters" else 0
        raise DataError(
            f"{label_file}: label {wrong[0] + first} found, labels of {data.name} must be in "
            f"{first}..{len(names) - 1 + first}; use a matching file"
        )
    about = f"{image_file}, {Path(label_file).name}"
    if base == "emnist":
        image, about = (
            image.swapaxes(1, 2),
            f"{about}; EMNIST's images lie transposed in it and are put upright",
        )
    some = lambda block: Stack(image[block], label[block])  # noqa: E731
    summary = (("files", about),)
    return Source(image_file, len(image), 1, of_classes(names), some, lambda: label, summary, block=IN_MEMORY)


def _arrays(data: config.Data, split: str) -> tuple[np.ndarray, np.ndarray, str, str]:
    """u8[N, h, w] and labels [N] of a split, and what to call their files."""
    if not idx_files.found(data) and (archive := idx_files.archive(data)):
        return _archived(archive, split)
    files = [_file(data, split, content) for content in ("images", "labels")]
    label = (
        read(files[1], dimensions=2, code=12)[:, 0]
        if "idx2-int" in files[1].name
        else read(files[1], dimensions=1)
    )
    return read(files[0], dimensions=3), label, shown(files[0]), shown(files[1])


def _archived(path: Path, split: str) -> tuple[np.ndarray, np.ndarray, str, str]:
    """The same from Keras's `mnist.npz`."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            image, label = (content[f"{which}_{split}"] for which in "xy")
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"{shown(path)}: not a NumPy archive of x_train, y_train, x_test and y_test ({shown(error)});"
            " replace it with the original file"
        ) from error
    if (
        image.dtype != np.uint8
        or image.ndim != 3
        or not image.size
        or label.ndim != 1
        or label.dtype.kind not in "iu"
    ):
        raise DataError(
            f"{shown(path)}: x_{split} is {image.dtype}{list(image.shape)} and y_{split} {label.dtype}"
            f"{list(label.shape)}; they must be uint8 images [N, height, width] and N whole numbers"
        )
    return image, label, f"{shown(path)}, x_{split}", f"{shown(path)}, y_{split}"


def read(path: Path, *, dimensions: int, code: int = 8) -> np.ndarray:
    """Reads one IDX file.

    Args:
      path: the file; whether it is compressed is seen from its first bytes.
      dimensions: how many the file must have: 3 for images, 1 for labels.
      code: of its type, 8 for bytes (u8) or 12 for i32.

    Returns:
      u8 or i32 array of the shape the file states.

    Raises:
      DataError: the file cannot be read, is of another kind, too short or too long.
    """
    content = _content(path)
    header = 4 + 4 * dimensions
    magic, kind = bytes([0, 0, code, dimensions]), np.dtype({8: "u1", 12: ">i4"}[code])
    if content[:4] != magic:
        raise DataError(
            f"{shown(path)}: begins with 0x{content[:4].hex()}, an IDX file with {dimensions} "
            f"dimension(s) begins with 0x{magic.hex()}; replace it with the original file"
        )
    if len(content) < header:
        raise DataError(f"{shown(path)}: truncated, its header is incomplete; replace it with the original")
    shape = tuple(int(n) for n in np.frombuffer(content, ">u4", dimensions, offset=4))
    expected = header + int(np.prod(shape, dtype=object)) * kind.itemsize
    if len(content) != expected:
        raise DataError(
            f"{shown(path)}: {len(content)} bytes, its header {shape} asks for {expected}; it is truncated "
            f"or damaged, replace it with the original file"
        )
    if 0 in shape:
        raise DataError(f"{shown(path)}: its header {shape} says that it is empty; use another file")
    return np.frombuffer(content, kind, offset=header).reshape(shape)


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{shown(path)}: truncated or damaged gzip file ({error}); replace it with the original file"
        ) from error
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read ({error.strerror}); check the file") from error


def _file(data: config.Data, split: str, content: str) -> Path:
    path = idx_files.find(data, split, content)
    if path is None:
        name = idx_files.prefix(data.name) + idx_files.FILES[split, content]
        raise DataError(f"{shown(Path(data.dir) / name)}[.gz]: missing; put it next to the other IDX files")
    return path


def _numbered(label: np.ndarray) -> tuple[str, ...]:
    return tuple(str(number) for number in range(int(label.max()) + 1))
