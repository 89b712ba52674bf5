"""Real images for the page, where the data of a model lie on this machine."""

import base64
import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.sampling.load import Model

EACH = 8  # of each class
_ALL = 24  # where there are no classes


def examples(model: Model, data_dir: str | None) -> list[list[str]]:
    """A few held-out images as data URIs, a list for each class, or one list; [] if the data are elsewhere.

    Args:
      model: the model, which knows its data by name.
      data_dir: where they lie; None: where they lay in training.
    """
    section = model.config.data
    if data_dir is not None:
        section = dataclasses.replace(section, dir=data_dir)
    if model.data["kind"] != "images" or not (section.name == "digits" or Path(section.dir or "-").exists()):
        return []
    try:
        test = data.load(section, "test")
    except DataError:
        return []
    same = tuple(test.image.shape[1:]) == tuple(model.data["shape"])
    if not same or (model.class_names and tuple(test.class_names) != tuple(model.class_names)):
        return []
    if not model.class_names:
        return [[uri(one) for one in test.image[np.arange(min(_ALL, len(test.label)))]]]
    label = np.asarray(test.label)
    places: Sequence[np.ndarray] = [np.flatnonzero(label == c)[:EACH] for c in range(len(model.class_names))]
    return [[uri(one) for one in test.image[each]] for each in places]


def uri(image: np.ndarray) -> str:
    """A PNG of an image u8[H, W, D] as a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(image).squeeze()).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
