"""Folders of pictures: classes and splits, every kind of picture, and one line about bad input."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from data_helpers import fails
from PIL import Image

from cwgan_jax import data
from cwgan_jax.config import Data


def save(path: Path, picture: np.ndarray | Image.Image, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    picture.save(path, **options)
    return path


def flat(value: int, *shape: int) -> np.ndarray:
    return np.full(shape or (16, 16), value, np.uint8)


def test_folder_values_and_natural_order(tmp_path):
    for name in ("10", "2", "a"):
        for i in range(1, 13):
            save(tmp_path / name / f"{i}.png", flat(i + (100 if name == "10" else 0)))
    train, test = (data.load(Data(name="folder", dir=str(tmp_path), size=16), s) for s in ("train", "test"))
    assert train.class_names == test.class_names == ("2", "10", "a")
    assert train.label.tolist() == [0] * 11 + [1] * 11 + [2] * 11
    assert train.image[:11, 0, 0, 0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12]
    assert test.image[:, 5, 5, 0].tolist() == [10, 110, 10]
    assert test.label.tolist() == [0, 1, 2]


def test_folder_small_classes(tmp_path):
    save(tmp_path / "one" / "a.png", flat(1))
    save(tmp_path / "two" / "a.png", flat(2))
    save(tmp_path / "two" / "b.png", flat(3))
    train, test = (data.load(Data(name="folder", dir=str(tmp_path), size=16), s) for s in ("train", "test"))
    assert train.image[:, 0, 0, 0].tolist() == [1, 2]
    assert test.image[:, 0, 0, 0].tolist() == [3]
    assert test.label.tolist() == [1]


def test_folder_with_splits(tmp_path):
    for i in range(3):
        save(tmp_path / "train" / "a" / f"{i}.png", flat(i))
        save(tmp_path / "train" / "b" / f"{i}.png", flat(10 + i))
    save(tmp_path / "test" / "b" / "x.png", flat(99))
    train, test = (data.load(Data(name="folder", dir=str(tmp_path), size=16), s) for s in ("train", "test"))
    assert train.image[:, 0, 0, 0].tolist() == [0, 1, 2, 10, 11, 12]
    assert (test.class_names, test.label.tolist()) == (("a", "b"), [1])


def test_folder_depth_is_the_same_for_both_splits(tmp_path):
    for i in range(10):
        save(tmp_path / "a" / f"{i}.png", flat(i, 16, 16, 3) if i == 9 else flat(i))
    config = Data(name="folder", dir=str(tmp_path), size=16)
    train, test = data.load(config, "train"), data.load(config, "test")
    assert train.image.shape == (9, 16, 16, 3)
    assert test.image.shape == (1, 16, 16, 3)
    assert (
        data.load(Data(name="folder", dir=str(tmp_path), size=16, channels=1), "train").image.shape[-1] == 1
    )


def test_folder_ignores_what_is_no_picture(tmp_path):
    save(tmp_path / "a" / "x.PNG", flat(5))
    save(tmp_path / "a" / "y.JPeG", flat(5), format="jpeg")
    save(tmp_path / "a" / ".hidden.png", flat(9))
    save(tmp_path / ".cache" / "x.png", flat(9))
    (tmp_path / "a" / "notes.txt").write_text("no picture")
    (tmp_path / "a" / "folder.png").mkdir()
    (tmp_path / "README").write_text("no class")
    got = data.load(Data(name="folder", dir=str(tmp_path), size=16), "train")
    assert got.class_names == ("a",)
    assert got.image[:, 0, 0, 0].tolist() == [5]


def one_picture(tmp_path, picture, *, channels=None, suffix="png", **options) -> np.ndarray:
    save(tmp_path / "a" / f"x.{suffix}", picture, **options)
    config = Data(name="folder", dir=str(tmp_path), size=16, channels=channels)
    return data.load(config, "train").image[0]


def test_folder_sixteen_bit(tmp_path):
    wide = np.full((16, 16), 128 * 257, np.uint16)
    wide[0, 0] = 65535
    got = one_picture(tmp_path, wide)
    assert got.shape == (16, 16, 1)
    assert (got[5, 5, 0], got[0, 0, 0]) == (128, 255)


def test_folder_palette(tmp_path):
    palette = Image.new("P", (16, 16), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert one_picture(tmp_path, palette)[3, 3].tolist() == [10, 20, 30]


def test_folder_transparent_becomes_white(tmp_path):
    rgba = flat(0, 16, 16, 4)
    rgba[:8] = [10, 20, 30, 255]
    got = one_picture(tmp_path, rgba)
    assert got[0, 0].tolist() == [10, 20, 30]
    assert got[-1, -1].tolist() == [255, 255, 255]


def test_folder_grey_with_alpha_stays_grey(tmp_path):
    got = one_picture(tmp_path, Image.merge("LA", [Image.new("L", (16, 16), v) for v in (77, 255)]))
    assert got.shape == (16, 16, 1)
    assert got[0, 0, 0] == 77


def test_folder_palette_with_transparency_gives_no_warning(tmp_path):
    palette = Image.new("P", (16, 16), 0)
    palette.putpalette([9, 9, 9, 10, 20, 30])
    palette.putpixel((0, 0), 1)
    got = one_picture(tmp_path, palette, transparency=bytes([255, 0]))
    assert got[0, 0].tolist() == [255, 255, 255]
    assert got[5, 5].tolist() == [9, 9, 9]


def test_folder_cmyk(tmp_path):
    got = one_picture(tmp_path, Image.new("CMYK", (16, 16), (0, 255, 255, 0)), suffix="jpg")
    assert np.abs(got[5, 5].astype(int) - [255, 0, 0]).max() < 8  # JPEG rounds


def test_folder_respects_exif_orientation(tmp_path):
    picture = Image.fromarray(np.repeat(np.array([[0], [255]], np.uint8), 8, 0).repeat(16, 1))
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180 degrees
    got = one_picture(tmp_path, picture, suffix="jpg", exif=exif)
    assert got[2, 8, 0] > 200
    assert got[13, 8, 0] < 50


def test_folder_any_size(tmp_path):
    assert one_picture(tmp_path, flat(3, 1, 500)).shape == (16, 16, 1)


def folder_config(path: Path) -> Data:
    return Data(name="folder", dir=str(path), size=16)


def test_folder_bad_input(tmp_path):
    fails(Data(name="folder"), "config.data.dir is empty")
    fails(folder_config(tmp_path / "nowhere"), tmp_path / "nowhere", "no such folder")
    fails(folder_config(tmp_path), tmp_path, "no class folders")
    save(tmp_path / "a" / "x.png", flat(1))
    fails(folder_config(tmp_path), tmp_path, "no pictures for the test split", split="test")
    (tmp_path / "b").mkdir()
    fails(folder_config(tmp_path), tmp_path / "b", "no pictures in it")
    fails(folder_config(tmp_path / "a" / "x.png"), tmp_path / "a" / "x.png", "no such folder")


def test_folder_unknown_test_class(tmp_path):
    save(tmp_path / "train" / "a" / "x.png", flat(1))
    save(tmp_path / "test" / "z" / "x.png", flat(1))
    fails(folder_config(tmp_path), tmp_path / "test" / "z", "no class z")


@pytest.mark.parametrize("keep", [0, 4, 200, -40])
@pytest.mark.parametrize("channels", [None, 1])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_folder_broken_picture(tmp_path, keep, channels, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    path = save(tmp_path / "a" / f"x.{suffix}", noise)
    path.write_bytes(path.read_bytes()[:keep])
    save(tmp_path / "a" / "good.png", flat(1))
    save(tmp_path / "a" / "z.png", flat(1))
    config = Data(name="folder", dir=str(tmp_path), size=16, channels=channels)
    fails(config, path, "not a readable picture")


def test_folder_picture_that_is_text(tmp_path):
    save(tmp_path / "a" / "x.png", flat(1))
    (tmp_path / "a" / "y.png").write_text("<html>404</html>")
    fails(folder_config(tmp_path), tmp_path / "a" / "y.png", split="test")


def test_folder_decompression_bomb(tmp_path, monkeypatch):
    path = save(tmp_path / "a" / "x.png", flat(1, 100, 100))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 6000)  # warns from 6,000 on, raises from 12,000 on
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        fails(Data(name="folder", dir=str(tmp_path), channels=1), path, "too many")
    save(path, flat(1, 200, 100))
    fails(Data(name="folder", dir=str(tmp_path), channels=1), path, "decompression bomb")
