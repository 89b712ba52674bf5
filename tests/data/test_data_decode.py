"""Picture files of every kind: what their pixels, transparency, palettes and 16 bits become."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cwgan_jax.data import decode

GREY, COLOUR, GREY_ALPHA = 0, 2, 4  # PNG's colour types


def png(path: Path, bits: int, kind: int, row: bytes, *chunks: tuple[bytes, bytes], size=(4, 4)) -> Path:
    """A PNG of equal rows, with chunks before its data, in forms that Pillow does not write."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", *size, bits, kind, 0, 0, 0)
    body = zlib.compress((b"\0" + row) * size[1])
    parts = [(b"IHDR", header), *chunks, (b"IDAT", body), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))
    return path


# The first of four pixels, black, is what the file calls transparent.
TRANSPARENT = {
    "grey of 1 bit": (1, GREY, b"\x70", b"\0\0", [255, 255, 255, 255]),
    "grey of 2 bits": (2, GREY, b"\x1a", b"\0\0", [255, 85, 170, 170]),
    "grey of 2 bits, a middle one": (2, GREY, b"\x1a", b"\0\1", [0, 255, 170, 170]),
    "grey of 4 bits": (4, GREY, b"\x05\xaf", b"\0\x05", [0, 255, 170, 255]),
    "grey of 8 bits": (8, GREY, b"\x00\x10\x80\xff", b"\0\0", [255, 16, 128, 255]),
    "grey of 16 bits": (16, GREY, b"\0\0\x80\x80\x40\x40\0\xff", b"\0\0", [255, 128, 64, 1]),
    "grey of 16 bits, a middle one": (16, GREY, b"\0\0\x80\x80\x40\x40\0\xff", b"\x80\x80", [0, 255, 64, 1]),
}


@pytest.mark.parametrize("name", TRANSPARENT)
def test_what_a_grey_png_calls_transparent_is_white(tmp_path, name):
    bits, kind, row, key, expected = TRANSPARENT[name]
    picture = decode.read(png(tmp_path / "x.png", bits, kind, row, (b"tRNS", key)))
    assert not picture.colour
    assert picture.pixels[2].tolist() == expected


@pytest.mark.parametrize("form", ["PNG", "GIF"])
@pytest.mark.parametrize("colour", [(10, 10, 10), (10, 20, 30)])
def test_what_a_palette_calls_transparent_is_white(tmp_path, form, colour):
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([*colour, 90, 90, 90])
    picture.putpixel((1, 0), 1)
    picture.save(tmp_path / "x", form, transparency=0)
    assert decode.read(tmp_path / "x", 3).pixels[0, :2].tolist() == [[255, 255, 255], [90, 90, 90]]


def test_what_a_png_in_colour_calls_transparent_is_white(tmp_path):
    key = struct.pack(">HHH", 0xFFFF, 0x8000, 0)
    wide = png(tmp_path / "16.png", 16, COLOUR, key + b"\x10\x10" * 9, (b"tRNS", key))
    assert decode.read(wide).pixels[0].tolist() == [[255, 255, 255], *[[16, 16, 16]] * 3]
    key = struct.pack(">HHH", 9, 8, 7)
    narrow = png(tmp_path / "8.png", 8, COLOUR, b"\x09\x08\x07" + b"\x10" * 9, (b"tRNS", key))
    assert decode.read(narrow).pixels[0].tolist() == [[255, 255, 255], *[[16, 16, 16]] * 3]


def test_grey_stays_grey(tmp_path):
    with_alpha = png(tmp_path / "a.png", 16, GREY_ALPHA, (b"\x80\0\xff\xff" + b"\0\0\0\0") * 2)
    greys = Image.fromarray(np.arange(16, dtype=np.uint8).reshape(4, 4) * 16).quantize(16)
    greys.save(tmp_path / "b.png")
    got = [decode.read(path) for path in (with_alpha, tmp_path / "b.png")]
    assert [picture.colour for picture in got] == [False, False]
    assert got[0].pixels[0].tolist() == [128, 255, 128, 255]
    assert got[1].pixels.ravel().tolist() == list(range(0, 256, 16))
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    palette.save(tmp_path / "c.png")
    assert decode.read(tmp_path / "c.png").colour


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_formats_go_by_content(tmp_path, form, mode):
    Image.new(mode, (8, 6), (100,) * len(mode)).save(tmp_path / "x.png", form)
    picture = decode.read(tmp_path / "x.png", 1)
    assert picture.format == form
    assert picture.pixels.shape == (6, 8)
    assert np.abs(picture.pixels.astype(int) - 100).max() <= 2  # some of them round


@pytest.mark.parametrize("form", ["EPS", "TGA", "PCX", "ICO", "SGI", "JPEG2000"])
def test_other_formats_are_not_opened(tmp_path, form):
    if form not in Image.SAVE:
        Image.init()
    Image.new("RGB", (16, 16)).save(tmp_path / "x.png", form)
    with pytest.raises(Image.UnidentifiedImageError):
        decode.read(tmp_path / "x.png")


def test_what_pillow_misreads_is_refused(tmp_path):
    """A palette of black and white in a BMP of 8 bits: its bytes are read as bits."""
    for bits in (1, 8):
        picture = Image.new("1" if bits == 1 else "P", (16, 16), 1)
        if bits == 8:
            picture.putpalette([0, 0, 0, 255, 255, 255])
        picture.save(tmp_path / f"{bits}.bmp")
    assert decode.read(tmp_path / "1.bmp").pixels.min() == 255
    with pytest.raises(ValueError, match="save it as PNG"):
        decode.read(tmp_path / "8.bmp")


def test_of_several_frames_the_first(tmp_path):
    frames = [Image.new("L", (4, 4), value) for value in (50, 100, 200)]
    for name, options in (("a.gif", {}), ("a.png", {}), ("a.tif", {}), ("a.webp", {"lossless": True})):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        picture = decode.read(tmp_path / name, 1)
        assert picture.several, name
        assert np.abs(picture.pixels.astype(int) - 50).max() <= 1, name
    frames[0].save(
        tmp_path / "a.jpg", "MPO", save_all=True, append_images=frames[1:]
    )  # as some telephones do
    assert decode.read(tmp_path / "a.jpg")[1:4] == ("JPEG", False, True)


def test_sixteen_bits(tmp_path):
    value = np.array([[0, 128, 129, 385, 65535]], np.uint16)
    Image.fromarray(value).save(tmp_path / "x.png")
    Image.fromarray(value).save(tmp_path / "x.tif")
    (tmp_path / "x.pgm").write_bytes(b"P5 5 1 4095\n" + (value // 16).astype(">u2").tobytes())
    expected = [0, 0, 1, 1, 255]
    for name in ("x.png", "x.tif"):
        picture = decode.read(tmp_path / name)
        assert (picture.pixels[0].tolist(), picture.brightest) == (expected, 65535), name
    assert decode.read(tmp_path / "x.pgm").pixels[0].tolist() == [0, 0, 0, 1, 255]


@pytest.mark.parametrize(
    "array",
    [np.full((4, 4), 0.5, np.float32), np.full((4, 4), 70_000, np.int32), np.full((4, 4), -1, np.int32)],
)
def test_values_of_no_known_range_are_refused(tmp_path, array):
    Image.fromarray(array).save(tmp_path / "x.tif")
    with pytest.raises(ValueError, match="save it with 8 or 16 bits"):
        decode.read(tmp_path / "x.tif")
