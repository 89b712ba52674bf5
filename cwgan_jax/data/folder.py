"""One folder of pictures per class."""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax import config
from cwgan_jax.data.source import Example, Source
from cwgan_jax.errors import DataError

_SUFFIXES = (".png", ".jpg", ".jpeg")
_LAYOUT = "give a folder that holds <class>/*.png|jpg|jpeg, or both train/<class> and test/<class>"


def source(data: config.Data, split: str) -> Source:
    """Opens one split of a folder of pictures.

    If `dir/train` and `dir/test` both exist, these are the splits. Otherwise every tenth picture of each
    class in the order of the file names is the test split; of fewer than ten pictures, but more than
    one, the last. Classes and pictures are in natural order: "2" comes before "10". Hidden files and
    files that are no pictures are passed over.

    Args:
      data: the config's section; `dir` holds the folders.
      split: "train" or "test".

    Raises:
      DataError: the folder is missing, or has no classes, or a class has no pictures.
    """
    root = Path(os.path.expanduser(data.dir))
    if not data.dir or not os.path.isdir(root):
        given = f"config.data.dir={data.dir}" if data.dir else "config.data.dir is empty"
        raise DataError(f"{given}: there is no such folder; {_LAYOUT}")
    try:
        names, chosen, everything = _choose(root, split)
    except OSError as error:
        raise DataError(f"{error.filename}: {error.strerror}; make it readable") from error
    if not chosen:
        raise DataError(f"{root}: no pictures for the {split} split, every class has only one; add pictures")
    depth = data.channels or _depth(everything)
    labels = lambda: np.array([number for _, number in chosen])  # noqa: E731
    return Source(str(root), len(chosen), depth, names, lambda block: _read(chosen, block, depth), labels)


_Labelled = list[tuple[Path, int]]


def _choose(root: Path, split: str) -> tuple[tuple[str, ...], _Labelled, list[Path]]:
    """Lists the class names, the split's pictures with their labels, and the pictures of both splits."""
    if (root / "train").is_dir() and (root / "test").is_dir():
        train, test = _classes(root / "train"), _classes(root / "test")
    else:
        both = _classes(root)
        test = {name: files[9::10] or files[1:][-1:] for name, files in both.items()}
        held_out = {file for files in test.values() for file in files}
        train = {name: [f for f in files if f not in held_out] for name, files in both.items()}
    names = tuple(train)
    unknown = [name for name in test if name not in train]
    if unknown:
        raise DataError(
            f"{root / 'test' / unknown[0]}: there is no class {unknown[0]} in {root / 'train'}; "
            f"both must have the same classes"
        )
    label = {name: i for i, name in enumerate(names)}
    wanted = train if split == "train" else test
    chosen = [(file, label[name]) for name, files in wanted.items() for file in files]
    return names, chosen, [file for part in (train, test) for fs in part.values() for file in fs]


def _classes(root: Path) -> dict[str, list[Path]]:
    """Lists the pictures of every class folder, in natural order."""
    folders = [p for p in _sorted(root) if p.is_dir()]
    if not folders:
        raise DataError(f"{root}: there are no class folders in it; {_LAYOUT}")
    classes = {
        folder.name: [p for p in _sorted(folder) if p.suffix.lower() in _SUFFIXES and p.is_file()]
        for folder in folders
    }
    for name, files in classes.items():
        if not files:
            raise DataError(f"{root / name}: there are no pictures in it; {_LAYOUT}")
    return classes


def _sorted(folder: Path) -> list[Path]:
    return sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=_natural)


def _natural(path: Path) -> tuple[list[str | int], str]:
    # re.split with a group alternates text and number, so that equal places hold equal types.
    parts = re.split(r"(\d+)", path.name.lower())
    return [int(part) if part.isdecimal() else part for part in parts], path.name


def _depth(files: list[Path]) -> int:
    """Returns 3 if any picture is in colour, else 1; only the headers are read."""

    def coloured(file: Path) -> bool:
        from PIL import Image

        try:
            with Image.open(file) as picture:
                return _mode(picture) == "RGB"
        except Exception as error:  # see _pixels
            raise _unreadable(file, error) from error

    with ThreadPoolExecutor() as pool:
        return 3 if any(pool.map(coloured, files)) else 1


def _read(chosen: _Labelled, block: Sequence[int], depth: int) -> Iterator[Example]:
    for i in block:
        file, label = chosen[i]
        yield _pixels(file, depth), label


def _pixels(file: Path, depth: int) -> np.ndarray:
    """Decodes one picture, upright and without transparency, to u8[h, w] or u8[h, w, 3]."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as picture:
            if picture.width * picture.height > (Image.MAX_IMAGE_PIXELS or 1 << 27):
                raise ValueError(f"{picture.width}x{picture.height} pixels are too many")
            picture.load()
            return np.asarray(_eight_bit(ImageOps.exif_transpose(picture), depth))
    except Exception as error:  # Pillow's decoders raise many types: OSError, SyntaxError, struct.error
        raise _unreadable(file, error) from error


def _mode(picture: Any) -> str:
    """Returns "L" for the modes of grey pictures, with transparency or of 16 bits or not, else "RGB"."""
    return "L" if picture.mode[0] in "1LIF" and picture.mode != "LAB" else "RGB"


def _eight_bit(picture: Any, depth: int) -> Any:
    """Converts to mode L or RGB; what is transparent becomes white."""
    from PIL import Image

    if picture.mode.startswith("I"):
        # convert("L") would cut 16-bit values off at 255 instead of scaling them.
        wide = np.asarray(picture).clip(0, 65535).astype(np.uint32)
        picture = Image.fromarray(((wide + 128) // 257).astype(np.uint8))
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
    return picture.convert("L" if depth == 1 else "RGB")


def _unreadable(file: Path, error: Exception) -> DataError:
    reason = " ".join(str(error).split())
    return DataError(f"{file}: not a readable picture ({reason}); repair or remove it")
