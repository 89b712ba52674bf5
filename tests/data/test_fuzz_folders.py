"""Generated folders of pictures: each is read rightly, or refused in plain lines.

Fifteen by default; CWGAN_FUZZ_FOLDERS says how many, and with CWGAN_FULL=1 there are 300.
"""

import os
import unicodedata
from typing import NamedTuple

import numpy as np
import pytest
from conftest import FULL
from PIL import Image

from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.config import Data
from cwgan_jax.data.folder import check

COUNT = int(os.environ.get("CWGAN_FUZZ_FOLDERS") or (300 if FULL else 15))

MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "JPEG": ("L", "RGB", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"),
    "BMP": ("1", "L", "P", "RGB"),
    "GIF": ("1", "L", "P"),
    "PPM": ("1", "L", "RGB"),
}
NAMES = (
    *(
        b"cats",
        b"dogs",
        b"2",
        b"10",
        b"0-9",
        b"a b",
        b"dog, small",
        b"#1",
        b"$x$",
        b"-rf",
        b"<b>",
        b'"q"',
        b"%s",
    ),
    *(name.encode() for name in ("caf\u00e9", "cafe\u0301", "\u732b", "\U0001f600", "\u202eabc", "x" * 200)),
    *(b" padded ", b"Dogs", b"bus.d", b"con", b"train"),
)
BAD_NAMES = (b"caf\xe9", b"a\nb", b" ", b"\x07", "a\u2028b".encode())
LAYOUTS = (
    (b"",),
    (b"train", b"test"),
    (b"train", b"val"),
    (b"Train", b"validation"),
    (b"train", b"test", b"dev"),
)
DAMAGES = ("empty", "text", "eps", "half", "flip")


class Folder(NamedTuple):
    """What was written: class -> values of its pictures, and what must come of it.

    Attributes:
      train: class name -> value of each picture of the training split; of all pictures without splits.
      test: the same of the test split; None without splits.
      broken: whether it must be refused: True, False, or None where both would do.
    """

    train: dict[str, list[int]]
    test: dict[str, list[int]] | None
    broken: bool | None


def one_picture(path, draw):
    """Writes a picture of one grey; returns its value, 255 where it is transparent."""
    form = draw.choice(list(MODES))
    mode = draw.choice(MODES[form])
    size = tuple(int(n) for n in draw.integers(1, 40, 2)) if draw.random() < 0.6 else (16, 16)
    value, seen = int(draw.integers(40, 256)), bool(draw.random() < 0.7)
    if mode == "1":
        value = 255 * int(draw.integers(2))
        picture = Image.new("1", size, value)
    elif mode == "I;16":
        picture = Image.fromarray(np.full(size[::-1], value * 257, np.uint16))
    elif mode == "P":
        picture = Image.new("P", size, 1)
        picture.putpalette([0, 0, 0, value, value, value, 9, 9, 9])
    elif mode in ("LA", "RGBA"):
        picture = Image.new(mode, size, (value,) * (len(mode) - 1) + (255 * seen,))
        value = value if seen else 255
    else:
        picture = Image.new("L", size, value).convert("RGB").convert(mode)
    options = {"quality": 100} if form in ("JPEG", "WEBP") else {}
    with open(path, "wb") as file:
        picture.save(file, form, **options)
    return value


def damaged(path, draw):
    """Spoils a file; returns whether it can no longer be a picture, or None if nobody knows."""
    how = draw.choice(DAMAGES)
    with open(path, "rb") as file:
        content = bytearray(file.read())
    if how == "flip":
        for i in draw.integers(0, len(content), 5):
            content[i] ^= 1 << int(draw.integers(8))
    else:
        whole = {"empty": b"", "text": b"<html>404</html>", "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n"}
        content = whole.get(how, content[: len(content) // 2])
    with open(path, "wb") as file:
        file.write(content)
    return None if how in ("flip", "half") else True  # half of a tiny file may hold all of its pixels


def clutter(folder, draw):
    """Adds what is no picture, and a picture in a subfolder; returns its value."""
    for name in draw.choice([b"notes.txt", b"x.avif", b"Thumbs.db", b".hidden.png", b"README"], 2):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"?")
    os.makedirs(os.path.join(folder, b"more", b"deep.png"), exist_ok=True)
    os.symlink(b"/nowhere", os.path.join(folder, b"gone.png"))
    os.symlink(b"..", os.path.join(folder, b"more", b"circle"))
    return one_picture(os.path.join(folder, b"more", b"1.png"), draw)


def written(root, draw):
    """Writes a folder of pictures."""
    layout = LAYOUTS[int(draw.integers(len(LAYOUTS)))] if draw.random() < 0.6 else LAYOUTS[0]
    names = [NAMES[i] for i in draw.permutation(len(NAMES))[: int(draw.integers(1, 5))]]
    faults = []  # True: it must be refused; None: it may be
    if draw.random() < 0.15:
        names.append(BAD_NAMES[int(draw.integers(len(BAD_NAMES)))])
        faults.append(True)
    clean = [unicodedata.normalize("NFC", os.fsdecode(name)).strip() for name in names]
    faults.append(len(set(clean)) < len(clean))
    faults.append(layout == LAYOUTS[0] and names == [b"train"])  # a split without classes
    splits = []
    for split in layout[:2]:
        folders = [os.path.join(os.fsencode(root), *filter(None, (split, name))) for name in names]
        values = [pictures(folder, draw, faults) for folder in folders]
        splits.append(dict(zip(clean, values, strict=True)))
    broken = True if True in faults else None if None in faults else False
    return Folder(splits[0], splits[1] if len(splits) > 1 else None, broken)


def pictures(folder, draw, faults):
    """Fills the folder of a class; returns the values of its pictures."""
    os.makedirs(folder)
    values = []
    for i in range(int(draw.integers(1, 13)) if draw.random() < 0.97 else 0):
        suffix = draw.choice([b".png", b".JPG", b".webp", b".tiff", b".gif", b".bmp", b".pgm"])
        path = os.path.join(folder, (b"%d" if draw.random() < 0.9 else b"\xff%d") % i + suffix)
        values.append(one_picture(path, draw))
        if draw.random() < 0.02:
            faults.append(damaged(path, draw))
    if draw.random() < 0.2:
        values.append(clutter(folder, draw))
    faults.append(not values)
    return values


@pytest.mark.parametrize("number", range(COUNT))
def test_a_generated_folder_is_read_rightly_or_refused_in_plain_lines(tmp_path, monkeypatch, number):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(check, "_known", {})
    draw = np.random.default_rng([7, number])
    folder = written(tmp_path / "data", draw)
    config = Data(
        name="folder",
        dir=str(tmp_path / "data"),
        size=int(draw.choice([8, 16, 28])),
        channels=[None, 1, 3][int(draw.integers(3))],
        resident_mib=int(draw.choice([0, 4096])),
    )
    try:
        train, test = data.load(config, "train"), None
        if folder.test or any(len(values) > 1 for values in folder.train.values()):
            test = data.load(config, "test")
    except DataError as error:
        refused(folder, error, config)
    else:
        assert not folder.broken
        if folder.broken is False:
            compare(folder, train, test, config)


def refused(folder, error, config):
    """A few lines that can be printed, each of which says where; and not without a reason."""
    assert folder.broken is not False, str(error)
    lines = str(error).splitlines()
    assert 1 <= len(lines) <= 22
    assert all(config.dir in line for line in lines if not line.startswith("and "))
    str(error).encode()


def compare(folder, train, test, config):
    """What was read against what was written."""
    assert set(train.class_names) == set(folder.train)
    for line in (*(f"{key}: {text}" for key, text in train.summary), *train.warnings):
        line.encode()
        assert "\n" not in line
    parts = [train, *([test] if test else [])]
    for part in parts:
        assert part.class_names == train.class_names
        assert part.image.shape[1:3] == (config.size, config.size)
        assert part.image.shape[3] in ((config.channels,) if config.channels else (1, 3))
    expected = [folder.train, folder.test] if folder.test else [folder.train]
    split = parts if folder.test else [parts]
    for values, read in zip(expected, split, strict=True):
        together = read if isinstance(read, list) else [read]
        for label, name in enumerate(train.class_names):
            got = np.sort(np.concatenate([pixels(part)[part.label == label] for part in together]).ravel())
            np.testing.assert_allclose(got, np.sort(values[name]), atol=3)  # JPEG and CMYK round


def pixels(dataset):
    """The value of every image, all of whose pixels are alike."""
    image = dataset.image[np.arange(len(dataset.label))].astype(int)
    assert np.ptp(image, axis=(1, 2, 3)).max() <= 6
    return image.mean((1, 2, 3))
