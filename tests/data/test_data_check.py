"""Faults of pictures are found before the first step, all at once, and what was found is remembered."""

import os
from pathlib import Path

import numpy as np
import pytest
from data_helpers import fails
from PIL import Image

from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.config import Data
from cwgan_jax.data import decode
from cwgan_jax.data.folder import check


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(check, "_known", {})
    return tmp_path / "cache"


@pytest.fixture
def pictures(tmp_path) -> Path:
    random = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(30):
            image = Image.fromarray(random.integers(0, 256, (16, 16), np.uint8))
            image.save(tmp_path / "data" / name / f"{i:02}.png")
    return tmp_path / "data"


def damage(folder: Path, *numbers: int) -> list[Path]:
    files = [folder / f"{i:02}.png" for i in numbers]
    for file in files:
        file.write_bytes(file.read_bytes()[:120])
    return files


def config(folder: Path, **changes) -> Data:
    return Data(name="folder", dir=str(folder), size=16, **changes)


@pytest.mark.parametrize("resident_mib", [0, 4096])
def test_all_damaged_pictures_are_told_at_once(pictures, resident_mib):
    files = damage(pictures / "cats", 3, 9, 20) + damage(pictures / "dogs", 19)  # 9 and 19 are for testing
    with pytest.raises(DataError) as caught:
        data.load(config(pictures, resident_mib=resident_mib), "train")
    *lines, last = str(caught.value).splitlines()
    assert sorted(lines) == [f"{file}: not a readable picture (image file is truncated)" for file in files]
    assert last.startswith(f"{pictures}: 4 pictures cannot be read; repair or remove them")
    for file in files:
        file.unlink()
    assert len(data.load(config(pictures, resident_mib=resident_mib), "train").label) == 52


def test_of_many_the_first_twenty_and_a_count(pictures):
    damage(pictures / "cats", *range(30))
    with pytest.raises(DataError) as caught:
        data.load(config(pictures), "train")
    assert len(str(caught.value).splitlines()) == 22
    assert "\nand 10 more\n" in str(caught.value)


def test_what_was_found_is_remembered(pictures, cache, monkeypatch):
    decoded, read = [], decode.read
    monkeypatch.setattr(decode, "read", lambda file, *depth: decoded.append(file) or read(file, *depth))

    def opened(forget=True):
        if forget:
            monkeypatch.setattr(check, "_known", {})  # as another process
        decoded.clear()
        dataset = data.load(config(pictures, resident_mib=0), "train")
        return len(decoded) - 54, dict(dataset.summary)  # all 54 are looked at for their brightness

    first = opened()
    assert first[0] == 60
    assert opened() == (0, first[1])
    (kept,) = (cache / "cwgan_jax" / "pictures").iterdir()
    kept.write_bytes(b"{")
    assert opened() == first
    os.utime(pictures / "cats" / "03.png", ns=(1, 1))
    assert opened() == first
    kept.unlink()
    assert opened(forget=False)[0] == 0  # the other split of the same run


@pytest.mark.parametrize("home", ["file", "none"])
def test_no_cache_is_no_fault(pictures, tmp_path, monkeypatch, home):
    if home == "file":
        (tmp_path / "cache").write_text("")
    else:
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert len(data.load(config(pictures), "train").label) == 54


def test_a_picture_damaged_after_the_start(pictures):
    images = data.load(config(pictures, resident_mib=0), "train").image
    (file,) = damage(pictures / "cats", 1)
    with pytest.raises(DataError, match=f"{file}: not a readable picture .* goes on only with it repaired"):
        list(data.batches(images, 0, first=0, stop=6, count=1, batch=9, share=slice(0, 9)))


def test_what_is_no_picture_of_a_kind_that_is_read(pictures):
    (pictures / "cats" / "x.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n")
    fails(
        config(pictures), "cats/x.png: not a readable picture (none of PNG, JPEG, WEBP, TIFF, BMP, GIF, PPM)"
    )
