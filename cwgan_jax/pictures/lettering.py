"""Text on pictures, whatever the script: a font that has the letters, or escapes for them."""

import functools
from pathlib import Path

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

SIZE = 14  # pixels
_LONGEST = 60  # characters of a name


def shortened(name: str) -> str:
    """A name of at most 60 characters, without its middle if it is longer."""
    return name if len(name) <= _LONGEST else f"{name[:40]}...{name[-17:]}"


def lettered(text: str) -> tuple[str, FreeTypeFont]:
    """How to draw a line of text.

    Pillow's font has ASCII only; DejaVu Sans, which comes with Matplotlib, most alphabets, but not, say,
    Chinese. What it lacks becomes Python's escape, so that two names never look alike.

    Args:
      text: one line.

    Returns:
      The text as the font can draw it, and the font.
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
    """Whether DejaVu Sans has a letter: it draws all that it lacks as one and the same box."""
    if character.isspace() or not character.isprintable():
        return character == " "
    return bytes(_wide().getmask(character)) != bytes(_wide().getmask("\U0010fffe"))
