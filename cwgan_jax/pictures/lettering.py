"""Text on pictures in any script: a font that has the letters, or escapes for them."""

import functools
from pathlib import Path

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

SIZE = 14  # pixels
_LONGEST = 60  # characters of a name

Lettering = tuple[str, FreeTypeFont]
"""A line of text that a font can draw, and the font."""


def shortened(name: str) -> str:
    """A name of at most 60 characters, without its middle if it is longer."""
    return name if len(name) <= _LONGEST else f"{name[:40]}...{name[-17:]}"


def lettered(text: str) -> Lettering:
    """How to draw a line of text.

    Pillow's font has ASCII only. DejaVu Sans, which comes with Matplotlib, has most alphabets, but not
    Chinese, for example. What it lacks is written as Python's escape, so that no two names look alike.

    Args:
      text: one line.
    """
    if text.isascii() and text.isprintable():
        return text, _plain()
    font = _wide()
    return "".join(c if _has(c) else c.encode("unicode_escape").decode() for c in text), font


@functools.cache
def _plain() -> FreeTypeFont:
    font = ImageFont.load_default(SIZE)
    assert isinstance(font, FreeTypeFont)
    return font


@functools.cache
def _wide() -> FreeTypeFont:
    import matplotlib

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), SIZE, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def _has(character: str) -> bool:
    """Whether DejaVu Sans has a letter: it draws the same box for all that it lacks."""
    if character.isspace() or not character.isprintable():
        return character == " "
    return bytes(_wide().getmask(character)) != bytes(_wide().getmask("\U0010fffe"))
