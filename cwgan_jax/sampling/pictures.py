"""Sheets of examples, for each kind of data that has them."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from PIL import Image

from cwgan_jax.data.scaling import Channels
from cwgan_jax.kinds import fields, volumes
from cwgan_jax.pictures import numbers, sheets
from cwgan_jax.sampling.load import Model

_REACH = 3.0  # deviations, of values that have no unit in common


class Picture(Protocol):
    """Draws a sheet."""

    def __call__(
        self,
        model: Model,
        title: str,
        example: np.ndarray,
        row_names: Sequence[str] = (),
        column_names: Sequence[str] = (),
    ) -> Image.Image:
        """A picture of stored examples [rows, columns, *shape], with names of rows and columns, or none."""
        ...


def _images(
    model: Model,
    title: str,
    example: np.ndarray,
    row_names: Sequence[str] = (),
    column_names: Sequence[str] = (),
) -> Image.Image:
    del model
    return sheets.sheet([sheets.Panel(title, example)], row_names=row_names, column_names=column_names)


def _numbers(draw: numbers.Draw) -> Picture:
    """Lines or maps, in the user's unit where there is one for all channels."""

    def picture(
        model: Model,
        title: str,
        example: np.ndarray,
        row_names: Sequence[str] = (),
        column_names: Sequence[str] = (),
    ) -> Image.Image:
        shape, scaling = example.shape[2:], model.scaling
        values, unit = example.astype(np.float64), "standard deviations"
        span = -_REACH, _REACH
        if isinstance(scaling, Channels) and shape[-1] == 1:
            values, unit = scaling.decode(example.reshape(-1, *shape)).reshape(example.shape), ""
            span = scaling.low, scaling.high
        panel = numbers.Panel(title, values)
        return draw([panel], row_names, unit, column_names=column_names, span=span)

    return picture


PICTURES: dict[str, Picture] = {
    "images": _images,
    "signals": _numbers(numbers.lines),
    "fields": _numbers(fields.draw),
    "volumes": _numbers(volumes.draw),
}
"""By the kind of data, key of `kinds.KINDS`."""


def picture(
    model: Model,
    title: str,
    example: np.ndarray,
    *,
    row_names: Sequence[str] = (),
    column_names: Sequence[str] = (),
) -> Image.Image:
    """A sheet of stored examples [rows, columns, *shape], see `Picture`."""
    return PICTURES[model.data["kind"]](model, title, example, row_names, column_names)
