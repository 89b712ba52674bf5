"""The bundled digits turned by known angles, with strokes of known thickness.

A condition is the digit and two numbers. Angles are uniform in [-60, 60] degrees, but for a band that the
training split leaves out, strokes uniform in [0.5, 1.5].
"""

from collections.abc import Iterable

import numpy as np

from cwgan_jax import config
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions.parts import Classes, Number
from cwgan_jax.data.sets import renderings
from cwgan_jax.data.source import Example, Source

ANGLE, STROKE = (-60.0, 60.0), (0.5, 1.5)
HELD_OUT = (20.0, 30.0)
"""Degrees, in which no training picture lies."""


def _number(name: str, low: float, high: float) -> Number:
    return Number(name, (low + high) / 2, (high - low) / 12**0.5, low, high)


SCHEMA = (
    Classes("digit", tuple("0123456789")),
    _number("angle", *ANGLE),
    _number("stroke", *STROKE),
)


def source(data: config.Data, split: str) -> Source:
    """Opens one split: eight 32x32 pictures of each digit of that split of `digits`, grey.

    Args:
      data: the config's section; nothing in it matters here.
      split: "train" or "test"; only the test split has angles of the band `HELD_OUT`.
    """
    del data
    digit, label = renderings.digits(split)
    gap = HELD_OUT[1] - HELD_OUT[0] if split == "train" else 0.0
    angle = ANGLE[0] + renderings.uniform(1, split, len(label)) * (ANGLE[1] - ANGLE[0] - gap)
    angle[angle >= HELD_OUT[0]] += gap
    stroke = STROKE[0] + renderings.uniform(2, split, len(label)) * (STROKE[1] - STROKE[0])
    return pictures(digit, label, angle, stroke)


def pictures(digit: np.ndarray, label: np.ndarray, angle: np.ndarray, stroke: np.ndarray) -> Source:
    """Pictures of N digits.

    Args:
      digit: f32[N, 8, 8], see `renderings.digits`.
      label: i[N].
      angle: f[N], in degrees, counterclockwise.
      stroke: f[N].
    """
    columns = {"digit": label.tolist(), "angle": angle.tolist(), "stroke": stroke.tolist()}
    condition = conditions.encode(SCHEMA, columns)

    def read(numbers: Iterable[int]) -> Iterable[Example]:
        for i in numbers:
            ink = renderings.ink(digit[i], angle[i], stroke[i])
            yield np.rint(255 * ink).astype(np.uint8), condition[i]

    return Source("rotated_digits", len(label), 1, SCHEMA, read, lambda: condition)
