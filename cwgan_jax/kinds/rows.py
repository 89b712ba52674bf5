"""The rows of a sheet: one condition each, with real examples of it or of the nearest ones."""

from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.config import Config
from cwgan_jax.data import Dataset, conditions
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.conditions.parts import Number, Text

_CLOSE = 100_000  # examples among which the nearest conditions are looked for


class Row(NamedTuple):
    """A row of a sheet: one condition.

    Attributes:
      name: of the condition; empty: there is none.
      real: numbers of real examples of this condition, or of the nearest ones, the nearest first.
      condition: one, as stored.
      latent: which latents it has: the number of the class, or of the row.
    """

    name: str
    real: list[int]
    condition: np.ndarray
    latent: int


def rows(dataset: Dataset, conditional: bool, most: int, columns: int) -> list[Row]:
    """The rows of a sheet.

    Each is a class. Where conditions are not just a class, they are those of real examples, the first number
    among them spread evenly over its range. Without conditions the rows are arbitrary real examples.

    Args:
      dataset: the training split.
      conditional: whether the generator sees the conditions.
      most: rows at the most.
      columns: real examples in a row, at the most.
    """
    size, stored = dataset.size, dataset.condition
    if not (conditional and dataset.schema):
        real = even(size, most * columns)
        blocks = [real[i::most] for i in range(min(most, len(real)))]
        return [Row("", block, stored[block[0]], i) for i, block in enumerate(blocks)]
    if names := dataset.class_names:
        found = []
        for label in even(len(names), most):
            members = np.flatnonzero(stored == label)
            real = members[even(len(members), columns)].tolist()
            found.append(Row(names[label], real, np.asarray(label), label))
        return found
    chosen = _spread(dataset, most)
    called = named(dataset.schema, stored[chosen])
    near = _nearest(dataset, stored[chosen], columns)
    return [
        Row(name, real, stored[number], i)
        for i, (name, real, number) in enumerate(zip(called, near, chosen, strict=True))
    ]


def named(schema: Schema, condition: np.ndarray) -> list[str]:
    """Conditions f[N, C] for people: `angle=45, digit=3`, or the caption where there is nothing else."""
    values = conditions.decode(schema, condition)
    if len(schema) == 1 and isinstance(schema[0], Text):
        return [str(x) for x in values[schema[0].name]]
    texts = [[f"{name}={_short(x)}" for x in each] for name, each in values.items()]
    return [", ".join(row) for row in zip(*texts, strict=True)]


def vectors(schema: Schema, stored: np.ndarray, config: Config) -> np.ndarray:
    """Stored conditions as the networks take them, f[N, C]; of an unconditional model f[N, 0]."""
    dtype = np.dtype(config.model.dtype)
    if not config.model.conditional:
        return np.zeros((len(stored), 0), dtype)
    return conditions.vectors(schema, stored).astype(dtype)


def vector(schema: Schema, stored: np.ndarray) -> np.ndarray:
    """One stored condition, i32[] or f32[C], as a vector f32[C]."""
    return conditions.vectors(schema, np.asarray(stored)[None])[0]


def even(count: int, most: int) -> list[int]:
    """Numbers below `count`, at most `most` of them, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int)).tolist() if count else []


def _spread(dataset: Dataset, most: int) -> list[int]:
    """Examples whose first number is spread over its range; without numbers, of different conditions."""
    numbers = [part for part in dataset.schema if isinstance(part, Number)]
    if not numbers:
        _, first = np.unique(dataset.condition[:_CLOSE], axis=0, return_index=True)
        first = np.sort(first)
        return [int(first[i]) for i in even(len(first), most)]
    column = dataset.condition[:, conditions.spans(dataset.schema)[numbers[0].name]][:, 0]
    wanted = np.linspace(column.min(), column.max(), most)
    return list(dict.fromkeys(int(np.abs(column - value).argmin()) for value in wanted))


def _nearest(dataset: Dataset, condition: np.ndarray, columns: int) -> list[list[int]]:
    """For each condition f[R, C] the examples whose own are nearest, among 100,000 at the most."""
    among = np.array(even(dataset.size, _CLOSE))
    there = dataset.condition[among]
    found = []
    for row in condition:
        far = np.square(there - row).sum(1)
        found.append(among[np.argsort(far, kind="stable")[:columns]].tolist())
    return found


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
