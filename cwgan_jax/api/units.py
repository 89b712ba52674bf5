"""What is drawn, as the user had it: units, types, axes and columns; and as a picture."""

import importlib
import importlib.util
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cwgan_jax.data.arrays.axes import Axes
from cwgan_jax.kinds import entry
from cwgan_jax.sampling.formats import FORMATS
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import DrawRequest
from cwgan_jax.sampling.stream import values


def restored(model: Model, example: np.ndarray, beside: Mapping[str, np.ndarray]) -> Any:
    """Stored examples [N, *shape] as the user's: an array with his axes, or a table with the conditions.

    Args:
      model: that they were drawn from.
      example: as stored.
      beside: the conditions [N], by name, which a table gets as further columns.
    """
    drawn = values(model, example)
    if not isinstance(drawn, dict):
        section = model.config.data
        plain = section.name != "arrays" or not section.axes
        return drawn if plain else Axes(section.axes.upper(), True).restored(drawn)
    columns = drawn | dict(beside)
    if importlib.util.find_spec("pandas") is None:
        return columns
    return importlib.import_module("pandas").DataFrame(columns)


def sheet(model: Model, count: int, seed: int) -> Image.Image:
    """The picture that `sample.py` makes by default; ConfigError where there is none.

    Args:
      model: to draw from.
      count: examples of each condition.
      seed: of the latents.
    """
    format_ = entry(FORMATS, model.data["kind"])["grid"]
    with tempfile.TemporaryDirectory() as folder:
        request = DrawRequest(rows=format_.rows(model), each=count, seed=seed, out=Path(folder))
        with Image.open(format_.draw(model, request).path) as picture:
            return picture.copy()
