"""What a class may be called, decided where data are read; and how any name is shown in a message."""

import re
import unicodedata
from collections.abc import Iterable

from cwgan_jax.common.errors import DataError

# Control characters, lone surrogates (what bytes that are not UTF-8 become), ends of lines and of paragraphs.
_NOT_TEXT = ("Cc", "Cs", "Zl", "Zp")
_MOST = 20  # offenders listed


def checked(raw: Iterable[str], where: object) -> dict[str, str]:
    """Brings class names to the one form that everything else may rely on.

    That is text which UTF-8 can encode, in Unicode's normal form C, on one line, without control characters,
    without blanks at either end, not empty, and no two alike.

    Args:
      raw: names of folders, or as a published set has them.
      where: what they were read from, for the message.

    Returns:
      Raw name -> class name, in the order given.

    Raises:
      DataError: some cannot be brought to this form, or two become equal; names all of them.
    """
    names = {name: unicodedata.normalize("NFC", name).strip() for name in raw}
    bad = [name for name, clean in names.items() if not clean or not _is_text(clean)]
    if bad:
        raise DataError(
            f"{shown(where)}: {_listed(bad)}: not allowed as the name of a class, which must be UTF-8 text on"
            " one line; rename"
        )
    by_name: dict[str, list[str]] = {}
    for name, clean in names.items():
        by_name.setdefault(clean, []).append(name)
    alike = [name for same in by_name.values() if len(same) > 1 for name in same]
    if alike:
        raise DataError(
            f"{shown(where)}: {_listed(alike)}: these differ only in blanks at the ends or in how their"
            " accents are encoded; rename them, or put the pictures into one"
        )
    return names


def shown(text: object, *, accents: bool = False) -> str:
    """A name or path for a message: escapes what is not text on one line, and accents that stand alone."""
    return "".join(
        c.encode("unicode_escape").decode()
        if not _is_text(c) or (accents and unicodedata.combining(c))
        else c
        for c in str(text)
    )


def natural(text: str) -> tuple[list[str | int], str]:
    """The key of the natural order, in which "2" comes before "10"."""
    # re.split with a group alternates text and number, so that equal places hold equal types.
    parts = re.split(r"(\d+)", text.lower())
    return [int(part) if part.isdecimal() else part for part in parts], text


def _is_text(name: str) -> bool:
    return not any(unicodedata.category(character) in _NOT_TEXT for character in name)


def _listed(names: list[str]) -> str:
    listed = ", ".join(f'"{shown(name, accents=True)}"' for name in names[:_MOST])
    return listed + (f" and {len(names) - _MOST:,} more" if len(names) > _MOST else "")
