"""Pictures of 16 bits, or of floats, whose values are kept: they come back exactly."""

import numpy as np
import pytest
from data_helpers import fails
from PIL import Image

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data.source import fit

WIDE = np.random.default_rng(0).integers(0, 65536, (12, 16, 24), np.uint16)
REAL = np.random.default_rng(0).normal(3, 100, (12, 16, 24)).astype(np.float32)


def saved(folder, arrays, suffix="png"):
    for i, array in enumerate(arrays):
        path = folder / "ab"[i % 2] / f"{i:02}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(array).save(path)
    return folder


def options(folder, **more):
    return Data(**{"name": "folder", "dir": str(folder), "dtype": "float32", "size": "16x24"} | more)


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_sixteen_bits_come_back_exactly(tmp_path, suffix):
    train, test = (data.load(options(saved(tmp_path, WIDE, suffix)), split) for split in ("train", "test"))
    assert (train.kind, train.shape, train.class_names) == ("fields", (16, 24, 1), ("a", "b"))
    assert (train.example.mean(), train.example.std()) == pytest.approx((0, 1), abs=1e-5)
    assert train.scaling == test.scaling
    back = np.concatenate([train.scaling.decode(part.example) for part in (train, test)])
    assert back.dtype == np.uint16
    np.testing.assert_array_equal(back[..., 0], WIDE[[0, 2, 4, 6, 8, 1, 3, 5, 7, 9, 10, 11]])
    assert dict(train.summary)["values"].startswith("uint16, ")
    assert dict(train.summary)["classes"] == "2 with 5 images each"


def test_floats_come_back_to_their_precision(tmp_path):
    train = data.load(options(saved(tmp_path, REAL, "tif")), "train")
    back = train.scaling.decode(train.example)
    assert back.dtype == np.float32
    np.testing.assert_allclose(back[..., 0], REAL[[0, 2, 4, 6, 8, 1, 3, 5, 7, 9]], atol=1e-4)


def test_bytes_too_and_in_colour(tmp_path):
    """And resized as `source.fit` does it, up to the rounding of two passes."""
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (4, 40, 50, 3), np.uint8)
    train = data.load(options(saved(tmp_path, pictures), size=16), "train")
    back = train.scaling.decode(train.example)
    assert (back.dtype, back.shape) == (np.uint8, (2, 16, 16, 3))
    assert np.abs(back[0].astype(int) - fit(pictures[0], (16, 16), 3)).max() <= 1


def test_what_cannot_be_kept(tmp_path):
    saved(tmp_path, WIDE)
    fails(options(tmp_path, channels=3), "channels=3, but with dtype=float32 the 1 channels")
    fails(options(tmp_path, resident_mib=0), "takes 0 MiB, and such pictures are not streamed")
    Image.fromarray(np.zeros((16, 24), np.uint8)).save(tmp_path / "a" / "00.png")
    fails(options(tmp_path), "must be of one type", "00.png is uint8 with 1 channels", "is uint16")
    fails(Data(name="digits", dtype="float32"), "dtype=float32: only for folder; digits")


@pytest.mark.parametrize("name", ["colours", "infinite", "negative"])
def test_values_that_are_not_read(tmp_path, name):
    saved(tmp_path, WIDE, "tif")
    path = tmp_path / "a" / "02.tif"
    if name == "colours":
        path = path.with_suffix(".png")
        path.write_bytes(png16(np.zeros((16, 24, 3), np.uint16)))
    elif name == "infinite":
        Image.fromarray(np.full((16, 24), np.inf, np.float32)).save(path)
    else:
        Image.fromarray(np.full((16, 24), -1, np.int32)).save(path)
    what = {"colours": "16 bits, which Pillow cuts to 8", "infinite": "not finite", "negative": "-1 to -1"}
    fails(options(tmp_path), path, "not a readable picture", what[name])


def png16(pixels):
    """A PNG file of 16-bit colours, which Pillow does not write (PNG specification, sections 5 and 11)."""
    import struct
    import zlib

    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in pixels)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
