"""What is topped up: the examples of each class, or of each bin of a number."""

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data import Dataset, conditions
from cwgan_jax.data.conditions import Part, Schema
from cwgan_jax.data.conditions.parts import Classes, Cycle, Number, listed

_RESOLUTION = 2.0**-20  # of a stored number, in deviations or periods


class Group(NamedTuple):
    """Training examples that are alike in one part of their condition.

    Attributes:
      name: of the class, or the bin as `2 to 3`.
      members: i[n], their numbers.
      values: the class, or the two ends of the bin.
    """

    name: str
    members: np.ndarray
    values: tuple[Any, ...]


def part_of(schema: Schema, name: str) -> Part:
    """The part of that name; of no name the first class or number.

    Raises:
      ConfigError: there is none such.
    """
    able = [part for part in schema if isinstance(part, Classes | Number)]
    for part in able:
        if name in ("", part.name):
            return part
    has = f"it has {listed([part.name for part in able])}" if able else "it has none"
    raise ConfigError(f"--part={name}: this model must have a class or a number of that name; {has}")


def groups(dataset: Dataset, part: Part, bins: int) -> list[Group]:
    """The training examples by class, or by bins of equal width from the least to the largest number."""
    vectors = conditions.vectors(dataset.schema, dataset.condition)
    own = vectors[:, conditions.spans(dataset.schema)[part.name]]
    if isinstance(part, Classes):
        number = own.argmax(1)
        return [Group(x, np.flatnonzero(number == i), (x,)) for i, x in enumerate(part.names)]
    assert isinstance(part, Number)
    edges = np.linspace(part.low, part.high, bins + 1)
    number = np.clip(np.searchsorted(edges, part.decode(own), "right") - 1, 0, bins - 1)
    return [
        Group(f"{low:.4g} to {high:.4g}", np.flatnonzero(number == i), (float(low), float(high)))
        for i, (low, high) in enumerate(itertools.pairwise(edges))
    ]


def asked(
    dataset: Dataset, part: Part, group: Group, count: int, draw: np.random.Generator
) -> tuple[dict[str, list[Any]], np.ndarray]:
    """Conditions to draw a group's examples for.

    The class, or numbers anywhere in the bin; all else is that of random real examples of the group, or of
    any group where this one has none.

    Returns:
      Part -> its values [count]; and the vectors f32[count, C].
    """
    pool = group.members if len(group.members) else np.arange(dataset.size)
    vectors = conditions.vectors(dataset.schema, dataset.condition[draw.choice(pool, count)])
    columns = conditions.decode(dataset.schema, vectors)
    columns |= {x.name: _rounded(x, columns[x.name]) for x in dataset.schema if isinstance(x, Number | Cycle)}
    if isinstance(part, Classes):
        columns[part.name] = [group.values[0]] * count
    else:
        low, high = group.values
        columns[part.name] = draw.uniform(low, high, count).tolist()
    vectors[:, conditions.spans(dataset.schema)[part.name]] = part.encode(columns[part.name])
    return columns, vectors


def _rounded(part: Number | Cycle, values: Sequence[float]) -> list[float]:
    """Numbers without what float32 has added to them: 3, and not 3.0000002, which is no whole number."""
    scale = part.deviation if isinstance(part, Number) else part.period
    rounded = np.round(values, math.floor(-math.log10(scale * _RESOLUTION)))
    return [float(x) for x in rounded + 0.0]  # -0 becomes 0
