"""Choosing classes on a command line, by name or by number."""

import csv
import re
import unicodedata
from collections.abc import Callable, Sequence

from cwgan_jax.common.errors import ConfigError

_NUMBERS = re.compile(r"(#?)([0-9]{1,9})(?:-([0-9]{1,9}))?")
_MOST = 20  # names listed in a message


def classes(text: str, names: Sequence[str], warn: Callable[[str], None] = lambda _: None) -> list[int]:
    """Reads `cat,dog`, `#3,#1`, `#0-9`, or plain numbers if these are not names, as class numbers.

    A part that is the name of a class means that class. `#3` and `#0-9` are numbers, counted from 0. So are
    `3` and `0-9`, unless the names of classes are numbers other than their own. A name with a comma has to
    be in quotation marks.

    Args:
      text: parts separated by commas.
      names: of all classes.
      warn: called with one line if a name was chosen that may have been meant as another class's number.

    Returns:
      Class numbers, each once, in the order of the text.

    Raises:
      ConfigError: a part is neither a name nor a number of a class, or could be either.
    """
    number = {name: label for label, name in enumerate(names)}
    chosen: list[int] = []
    taken: list[str] = []  # as names, though they could be the numbers of other classes
    for part in _parts(text):
        span = _span(part, len(names))
        if part in number:
            chosen.append(number[part])
            if span and list(span) != [number[part]]:
                taken.append(part)
        elif span is None:
            raise ConfigError(f"--classes={text}: {part!r} is no class; {_allowed(names)}")
        elif not part.startswith("#") and _called_by_other_numbers(names):
            meant = _listed([names[label] for label in span])
            raise ConfigError(
                f"--classes={text}: {part} is not the name of a class, and classes have numbers for names:"
                f" write #{part} for {meant} (counted from 0), or names: {_listed(names)}"
            )
        else:
            chosen.extend(span)
    if taken:
        numbers = ",".join(part if part.startswith("#") else f"#{part}" for part in taken)
        warn(
            f"--classes={text}: {_listed(taken)} taken as the name of a class; for the number, from 0 on,"
            f" write {numbers}"
        )
    return list(dict.fromkeys(chosen))


def _parts(text: str) -> list[str]:
    """Splits at commas outside quotation marks, as CSV does."""
    try:
        (row,) = csv.reader([text], skipinitialspace=True)
    except csv.Error as error:
        raise ConfigError(
            f"--classes={text!r}: cannot be read ({error}); write names with commas between them"
        ) from error
    return [unicodedata.normalize("NFC", part).strip() for part in row or [""]]


def _span(part: str, count: int) -> range | None:
    """The numbers that a part could be, or None."""
    if not (match := _NUMBERS.fullmatch(part)):
        return None
    first, last = int(match[2]), int(match[3] or match[2])
    return range(first, last + 1) if first <= last < count else None


def _called_by_other_numbers(names: Sequence[str]) -> bool:
    """Whether the name of any class is a number other than its own."""
    return any(
        re.fullmatch("[0-9]+", name) and name.lstrip("0") != str(label).lstrip("0")
        for label, name in enumerate(names)
    )


def _allowed(names: Sequence[str]) -> str:
    last = len(names) - 1
    mark = "#" if _called_by_other_numbers(names) else ""
    return f"give numbers in {mark}0-{last}, a range like {mark}0-{last}, or names: {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    quoted = (
        '"' + name.replace('"', '""') + '"' if re.search('[,"]', name) else name for name in names[:_MOST]
    )
    return ", ".join(quoted) + (", ..." if len(names) > _MOST else "")
