"""What examples are drawn for: rows of conditions, and the latents that each row takes."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import Part, Schema
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text, listed
from cwgan_jax.data.conditions.sentences import Sentence


@dataclasses.dataclass(frozen=True)
class Rows:
    """R conditions, one a row of a sheet.

    Attributes:
      names: for people: the class or the caption, or `angle=45, digit=3`; none where there are no conditions.
      series: i[R], whose latents a row takes: those of its class where a condition is a class and nothing
        else, otherwise those of the row's number.
      turn: i[R], how many earlier rows take from the same series; they take its latents one after another.
      vector: f[R, C].
      columns: part -> its values [R], in the user's terms and types.
    """

    names: list[str]
    series: np.ndarray
    turn: np.ndarray
    vector: np.ndarray
    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        """R."""
        return len(self.series)

    def without(self, part: str) -> list[str]:
        """Names of the rows by all parts but one, R; empty text where there are no others."""
        rest = {name: column for name, column in self.columns.items() if name != part}
        return _listed(rest) if rest else [""] * len(self)

    def slots(self, count: int) -> np.ndarray:
        """The numbers of the first `count` latents of each row in its series, i[R, count]."""
        return self.turn[:, None] * count + np.arange(count)


def of_values(schema: Schema, columns: Mapping[str, Sequence[Any]], dtype: np.dtype) -> Rows:
    """Rows of the values of every part, by its name, each of R.

    Raises:
      DataError: see `conditions.encode`.
    """
    vector = conditions.encode(schema, columns).astype(dtype)
    typed = {part.name: _typed(part, columns[part.name]) for part in schema}
    series = vector.argmax(1) if conditions.class_names(schema) else np.arange(len(vector))
    return Rows(_names(schema, typed), series, _turns(series), vector, typed)


def of_nothing(series: Sequence[int], dtype: np.dtype) -> Rows:
    """Rows without a condition, which differ in their latents alone."""
    number = np.array(series, int)
    return Rows([], number, _turns(number), np.zeros((len(number), 0), dtype), {})


def spread(schema: Schema, count: int) -> dict[str, list[Any]]:
    """Values for `count` rows that nobody chose: spread over what the training data have, part -> values.

    The first number goes from its least to its largest value, the others stay at their mean; classes and
    labels come in turn.

    Raises:
      ConfigError: there is a text, which has no such values.
    """
    first = next((part for part in schema if isinstance(part, Number | Cycle)), None)

    def values(part: Part) -> list[Any]:
        match part:
            case Classes() if len(schema) == 1:
                return [part.names[i * part.width // count] for i in range(count)]
            case Classes() | Labels():
                return [part.names[i % part.width] for i in range(count)]
            case Number() if part is first and count > 1:
                return list(np.linspace(part.low, part.high, count).tolist())
            case Number():
                return [part.mean] * count
            case Cycle():
                return [i * part.period / count if part is first else 0.0 for i in range(count)]
            case Text() | Sentence():
                known = [x for x in part.names if " " not in x]
                there = f"; the training data have the words {listed(known)}" if known else ""
                raise ConfigError(
                    "--condition is missing: a text says what to draw,"
                    f' --condition="{example(schema)}"{there}'
                )

    return {part.name: values(part) for part in schema}


def example(schema: Schema) -> str:
    """How a condition is written, for a message: `angle=45,digit=3`."""
    if len(schema) == 1 and isinstance(schema[0], Text | Sentence):
        return "some words"
    return ",".join(f"{part.name}={_example(part)}" for part in schema)


def _example(part: Part) -> str:
    match part:
        case Classes() | Labels():
            return part.names[0]
        case Number():
            return f"{part.mean:.3g}"
        case Cycle():
            return f"{part.period / 4:g}"
        case Text() | Sentence():
            return "some words"


def _typed(part: Part, values: Sequence[Any]) -> np.ndarray:
    """The values of a part as a column of a file has them: numbers, whole numbers or text."""
    if isinstance(part, Number | Cycle):
        return np.array([float(x) for x in values])
    if isinstance(part, Labels):
        texts = [x if isinstance(x, str) else ";".join(map(str, x)) for x in values]
        return np.array(texts, object)
    if isinstance(part, Classes) and all(map(_is_whole, part.names)):
        return np.array([int(x) for x in values])
    return np.array([str(x).strip() for x in values], object)


def _is_whole(name: str) -> bool:
    return name.lstrip("-").isdecimal() and name.isascii() and str(int(name)) == name and len(name) < 19


def _names(schema: Schema, columns: Mapping[str, np.ndarray]) -> list[str]:
    if len(schema) == 1 and not isinstance(schema[0], Number | Cycle):
        return [_shown(x) for x in columns[schema[0].name].tolist()]
    return _listed(columns)


def _listed(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Rows of columns as `angle=45, digit=3`."""
    texts = [[_shown(x) for x in column.tolist()] for column in columns.values()]
    return [
        ", ".join(f"{name}={text}" for name, text in zip(columns, row, strict=True))
        for row in zip(*texts, strict=True)
    ]


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _turns(series: np.ndarray) -> np.ndarray:
    """How many earlier entries equal each, i[R]."""
    order = np.argsort(series, kind="stable")
    ordered = series[order]
    first = np.searchsorted(ordered, ordered)
    turn = np.empty(len(series), int)
    turn[order] = np.arange(len(series)) - first
    return turn
