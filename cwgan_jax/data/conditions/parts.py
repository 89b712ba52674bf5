"""The parts of conditions: a class, several labels, a number, a text; each becomes a vector, and back.

To add one, write a class like these and one line of `conditions.PARTS`. Its `output` says how a network that
reads it ends: softmax, sigmoid or linear.
"""

import dataclasses
import difflib
import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.conditions.text import Text as Text
from cwgan_jax.data.conditions.text import listed


def _places(part: Any, values: Iterable[Any]) -> list[int]:
    """The numbers of names; DataError for one that there is not, with the nearest one that there is."""
    number, places = {name: i for i, name in enumerate(part.names)}, []
    for text in (str(value).strip() for value in values):
        if text not in number:
            near = difflib.get_close_matches(text, part.names, n=1)
            meant = f"; did you mean {near[0]}?" if near else f"; there are: {listed(part.names)}"
            raise DataError(f"condition {part.name}={text}: not among those of the training data{meant}")
        places.append(number[text])
    return places


@dataclasses.dataclass(frozen=True)
class Classes:
    """One of several classes, one-hot.

    Attributes:
      name: of the condition.
      names: C names.
    """

    name: str
    names: tuple[str, ...]
    kind: ClassVar[str] = "class"
    output: ClassVar[str] = "softmax"

    @property
    def width(self) -> int:
        """C."""
        return len(self.names)

    def numbers(self, values: Sequence[Any]) -> np.ndarray:
        """Names -> class numbers i32[N]; DataError for one that there is not."""
        return np.array(_places(self, values), np.int32)

    def encode(self, values: Sequence[Any]) -> np.ndarray:
        """Names -> f32[N, C]; errors as in `numbers`."""
        return np.eye(self.width, dtype=np.float32)[self.numbers(values)]

    def decode(self, vectors: np.ndarray) -> list[Any]:
        """f[N, C] -> the name of the largest of each."""
        return [self.names[i] for i in vectors.argmax(1)]

    def outside(self, values: Sequence[Any]) -> str:
        """Nothing: what is no class is refused by `encode`."""
        return ""


@dataclasses.dataclass(frozen=True)
class Labels:
    """Any of several labels at once, multi-hot.

    Attributes:
      name: of the condition.
      names: C names.
    """

    name: str
    names: tuple[str, ...]
    kind: ClassVar[str] = "labels"
    output: ClassVar[str] = "sigmoid"

    @property
    def width(self) -> int:
        """C."""
        return len(self.names)

    def encode(self, values: Sequence[Any]) -> np.ndarray:
        """For each example its labels, as a sequence or as text with semicolons -> f32[N, C] of 0 and 1."""
        result = np.zeros((len(values), self.width), np.float32)
        for row, value in zip(result, values, strict=True):
            each = value.split(";") if isinstance(value, str) else value
            row[_places(self, (one for one in each if str(one).strip()))] = 1
        return result

    def decode(self, vectors: np.ndarray) -> list[Any]:
        """f[N, C] -> the names of those above a half, as text with semicolons."""
        return [";".join(self.names[i] for i in np.flatnonzero(row > 0.5)) for row in vectors]

    def outside(self, values: Sequence[Any]) -> str:
        """Nothing: what is no label is refused by `encode`."""
        return ""


def _number(name: str, value: Any) -> float:
    """Reads a number; DataError for what is no finite one."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"condition {name}={value}: it must be a finite number")
    return number


@dataclasses.dataclass(frozen=True)
class Number:
    """A number, standardised.

    Attributes:
      name: of the condition.
      mean: of the training data.
      deviation: theirs, > 0.
      low: the least of them.
      high: the largest.
    """

    name: str
    mean: float
    deviation: float
    low: float
    high: float
    kind: ClassVar[str] = "number"
    output: ClassVar[str] = "linear"
    width: ClassVar[int] = 1

    @classmethod
    def of(cls, name: str, values: Sequence[Any]) -> "Number":
        """The number that training data have: finite values, at least one."""
        x = np.asarray(values, np.float64)
        spread = float(x.std())
        return cls(name, float(x.mean()), spread if spread > 0 else 1.0, float(x.min()), float(x.max()))

    def encode(self, values: Sequence[Any]) -> np.ndarray:
        """Numbers in their own unit -> f32[N, 1]; DataError for what is no finite number."""
        numbers = np.array([_number(self.name, x) for x in values], np.float64)
        return ((numbers - self.mean) / self.deviation).astype(np.float32)[:, None]

    def decode(self, vectors: np.ndarray) -> list[Any]:
        """f[N, 1] -> numbers in their own unit."""
        return list((vectors[:, 0].astype(np.float64) * self.deviation + self.mean).tolist())

    def outside(self, values: Sequence[Any]) -> str:
        """A line if any value lies outside what the training data have; empty: all lie inside."""
        numbers = (_number(self.name, value) for value in values)
        beyond = [x for x in numbers if not self.low <= x <= self.high]
        if not beyond:
            return ""
        return (
            f"condition {self.name}={beyond[0]:g}: the training data have {self.low:g} to {self.high:g};"
            " what is drawn outside of that is an extrapolation"
        )


@dataclasses.dataclass(frozen=True)
class Cycle:
    """A number that starts again after a period, such as an angle or an hour: its cosine and sine.

    Attributes:
      name: of the condition.
      period: after which the same comes again, > 0.
    """

    name: str
    period: float
    kind: ClassVar[str] = "cycle"
    output: ClassVar[str] = "linear"
    width: ClassVar[int] = 2

    def encode(self, values: Sequence[Any]) -> np.ndarray:
        """Numbers in their own unit -> f32[N, 2]; DataError for what is no finite number."""
        angle = 2 * np.pi / self.period * np.array([_number(self.name, x) for x in values], np.float64)
        return np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)

    def decode(self, vectors: np.ndarray) -> list[Any]:
        """f[N, 2] -> numbers in [0, period)."""
        angle = np.arctan2(vectors[:, 1].astype(np.float64), vectors[:, 0])
        return list((angle / (2 * np.pi) % 1 * self.period).tolist())

    def outside(self, values: Sequence[Any]) -> str:
        """Nothing: every number lies on the circle."""
        return ""
