"""Picture files to pixels: which formats are read, and what becomes of transparency, palettes and 16 bits.

Where transparency is kept, there are four channels: the picture as it looks on white, which is what three
channels are too, and alpha. What is invisible is then white rather than any colour, and resizing, which
is linear, mixes no colours that cannot be seen.
"""

from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

# What Pillow may take a file for, judged by its content. Its other readers are not for files of any origin:
# that of EPS runs Ghostscript.
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")

# Names of files that are opened.
SUFFIXES = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif", ".tiff", ".bmp", ".gif"),
    *(".ppm", ".pgm", ".pbm", ".pnm"),
)

# PNG's transparent grey value, in the units of the file -> in those of Pillow's pixels.
_PNG_GREYS = {"L;2": 85, "L;4": 17}


class Picture(NamedTuple):
    """A decoded picture file.

    Attributes:
      pixels: u8[h, w], or u8[h, w, 3] if it is in colour or was asked for in three channels, or u8[h, w, 4]
        if it was asked for in four.
      format: of `FORMATS`.
      colour: whether the file is in colour.
      several: whether it holds several frames or pages, of which this is the first.
      brightest: highest value of a grey picture of 16 bits, else 0.
      transparent: whether any of it is.
    """

    pixels: np.ndarray
    format: str
    colour: bool
    several: bool
    brightest: int
    transparent: bool


def read(file: Path | BinaryIO, depth: int | None = None) -> Picture:
    """Decodes one picture, upright, on white where it is transparent.

    Args:
      file: a path, or an open file.
      depth: 1, 3 or 4 channels; None: 3 if it is in colour.

    Raises:
      Exception: it is not readable; Pillow's decoders raise many types (OSError, SyntaxError, struct.error).
    """
    from PIL import Image, ImageOps

    with Image.open(file, formats=FORMATS) as picture:
        if picture.width * picture.height > (Image.MAX_IMAGE_PIXELS or 1 << 27):
            raise ValueError(f"{picture.width}x{picture.height} pixels are too many")
        if picture.format == "BMP" and picture.mode == "1" and _bits(picture.fp) != 1:
            raise ValueError("Pillow misreads black and white in a BMP of more than one bit; save it as PNG")
        several = bool(getattr(picture, "is_animated", False))
        raw = _raw_mode(picture)
        picture.load()
        colour = _coloured(picture, raw)
        upright = ImageOps.exif_transpose(picture)
        see_through = _key(upright, picture.info.get("transparency"), raw)
        upright, brightest = _narrowed(upright, raw)
        mode = "RGB" if (colour if depth is None else depth > 1) else "L"
        pixels, alpha = np.array(_on_white(upright).convert(mode)), _alpha(upright)
        if see_through is not None:
            pixels[see_through], alpha[see_through] = 255, 0
        if depth == 4:
            pixels = np.concatenate([pixels, alpha[..., None]], -1)
        form = "JPEG" if picture.format == "MPO" else str(picture.format)
        return Picture(pixels, form, colour, several, brightest, bool(alpha.min() < 255))


def _bits(bmp: Any) -> int:
    """Bits of a pixel, by the header of an open BMP file."""
    bmp.seek(14)
    old = int.from_bytes(bmp.read(4), "little") == 12  # the size of the header
    bmp.seek(24 if old else 28)
    return int.from_bytes(bmp.read(2), "little")


def _raw_mode(picture: Any) -> str:
    """How the file holds its pixels, in Pillow's terms: "L;4", "LA;16B"; empty where Pillow does not say."""
    args = picture.tile[0][3] if picture.tile else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _coloured(picture: Any, raw: str) -> bool:
    """Whether it is in colour: neither grey nor a palette of greys."""
    if picture.mode in ("P", "PA"):
        palette = np.array(picture.getpalette("RGB") or [0, 0, 0]).reshape(-1, 3)
        return bool((palette != palette[:, :1]).any())
    # Pillow takes 16-bit grey with alpha for RGBA.
    return picture.mode == "LAB" or not (picture.mode[0] in "1LIF" or raw.startswith("LA"))


def _key(picture: Any, value: Any, raw: str) -> np.ndarray | None:
    """Where a picture has the one grey or colour that its file calls transparent: bool[h, w]."""
    if picture.mode not in ("1", "L", "I;16", "I;16B", "RGB") or not isinstance(value, (int, tuple)):
        return None  # a palette, which Pillow treats rightly, or an alpha channel
    picture.info.pop("transparency", None)
    pixels = np.asarray(picture)
    if picture.mode == "RGB":
        key = np.array(value, int)
        return (pixels == (key >> 8 if raw.endswith(";16B") else key)).all(-1)
    return pixels == (bool(value) if picture.mode == "1" else value * _PNG_GREYS.get(raw, 1))


def _narrowed(picture: Any, raw: str) -> tuple[Any, int]:
    """Scales grey of 16 bits to 8; returns the picture and its highest value, 0 if it has 8 bits."""
    from PIL import Image

    if picture.mode[0] not in "IF":
        return picture, 0
    wide = np.asarray(picture)
    if picture.mode == "F" or wide.min() < 0 or wide.max() > 65535:
        raise ValueError(f"values of {wide.min():g} to {wide.max():g}; save it with 8 or 16 bits, 0 is black")
    # Rounded to the nearest; Pillow's convert("L") would cut values off at 255 instead.
    white = 4095 if raw == "I;12" else 65535
    narrow = (wide.astype(np.uint32) * 255 + white // 2) // white
    return Image.fromarray(narrow.astype(np.uint8)), 0 if raw == "I;12" else int(wide.max())


def _on_white(picture: Any) -> Any:
    """Lays it on white, if it has an alpha channel or a palette with one."""
    from PIL import Image

    if not picture.has_transparency_data:
        return picture
    above = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)


def _alpha(picture: Any) -> np.ndarray:
    """u8[h, w]."""
    if picture.has_transparency_data:
        return np.array(picture.convert("RGBA"))[..., 3]
    return np.full((picture.height, picture.width), 255, np.uint8)
