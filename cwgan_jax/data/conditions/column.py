"""One column of a table as it was read: numbers, text or lists, without missing values."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.common.errors import DataError

_POINT = re.compile(r"^([+-]?\d+)\.0+$", re.ASCII)  # of a class number that was once a float
GUESSED = (";", "|")  # what separates labels, where it is not said that a column holds any
_SEPARATORS = (*GUESSED, ",")
_WORDS = 3  # of a label, at the most, where labels are only guessed at


class Column(NamedTuple):
    """A column of N rows.

    Attributes:
      name: of the column.
      values: f64[N] or i64[N]; or a list of N texts, or of N lists of text.
      type: one of `reading.TYPES` if it was said; empty: it is to be seen.
      fault: (numbers of rows, what is wrong with the first of them) -> the error.
    """

    name: str
    values: Any
    type: str
    fault: Callable[[Sequence[int], str], DataError]

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return isinstance(self.values, list) and not self.is_lists

    @property
    def is_lists(self) -> bool:
        """Whether it holds lists."""
        return isinstance(self.values, list) and isinstance(self.values[0], list)

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers."""
        return isinstance(self.values, np.ndarray) and self.values.dtype.kind == "i"

    def different(self, most: int) -> set[Any]:
        """The different values; it stops counting at `most`."""
        found: set[Any] = set()
        for value in self.values.tolist():
            found.add(value)
            if len(found) >= most:
                break
        return found

    def separated(self) -> str:
        """The sign that separates labels in the texts: ";" or "|"; empty if they are no lists of labels."""
        for sign in GUESSED:
            if any(sign in text for text in self.values):
                labels = [label for text in self.values for label in _split(text, sign)]
                if all(len(label.split()) <= _WORDS for label in labels):
                    return sign
        return ""

    def numbers(self) -> np.ndarray:
        """f64[N]."""
        if isinstance(self.values, np.ndarray):
            return self.values.astype(float)
        texts = self.texts()
        wrong = [i for i, text in enumerate(texts) if number(text) is None]
        if wrong:
            raise self.fault(wrong, f'"{texts[wrong[0]]}" is no number')
        return np.array([number(text) for text in texts], float)

    def texts(self) -> list[str]:
        """N texts; numbers as they are written shortest."""
        if self.is_lists:
            return [" ".join(row) for row in self.values]
        if self.is_text:
            return [text.strip() for text in self.values]
        return [f"{value:.12g}" if isinstance(value, float) else str(value) for value in self.values.tolist()]

    def classes(self) -> list[str]:
        """N names of classes."""
        if not self.is_lists:
            texts = self.texts()
            if empty := [i for i, text in enumerate(texts) if not text]:
                raise self.fault(empty, "there is no value")
            return [_POINT.sub(r"\1", text) for text in texts]
        if wrong := [i for i, row in enumerate(self.values) if len(row) != 1]:
            raise self.fault(wrong, f"{len(self.values[wrong[0]])} classes in place of one")
        return [row[0] for row in self.values]

    def labels(self) -> list[list[str]]:
        """N lists of labels, some of them perhaps empty."""
        if self.is_lists:
            return self.values
        texts = self.texts()
        present = [sign for sign in _SEPARATORS if any(sign in text for text in texts)]
        return [_split(text, present[0]) if present else [text] * bool(text) for text in texts]


def number(text: str) -> float | None:
    """The finite number that a text is; None if it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _split(text: str, sign: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(sign) if part.strip()))
