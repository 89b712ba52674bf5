"""Any number of examples, a part at a time, in the user's units."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import DrawRequest

PART = 1000  # examples drawn at a time


class Part(NamedTuple):
    """Some of the examples of a request, condition after condition.

    Attributes:
      row: i[n], of which condition each is.
      slot: i[n], the number of its latent in the row's series.
      example: as stored, [n, *shape].
    """

    row: np.ndarray
    slot: np.ndarray
    example: np.ndarray


def parts(model: Model, request: DrawRequest) -> Iterator[Part]:
    """All examples of a request: `request.each` of each condition, with a progress bar on a terminal."""
    rows, count = request.rows, request.each
    total = len(rows) * count
    with tqdm(total=total, unit=f" {model.kind.unit}", disable=None) as bar:
        for start in range(0, total, PART):
            row, number = np.divmod(np.arange(start, min(start + PART, total)), count)
            slot = rows.turn[row] * count + number
            latent = model.each_latent(request.seed, rows.series[row], slot)
            example = model.examples(latent, rows.vector[row], truncation=request.truncation)
            yield Part(row, slot, example)
            bar.update(len(row))


def values(model: Model, example: np.ndarray) -> Any:
    """Stored examples [n, *shape] in the user's units and types: an array, or a table's columns by name."""
    return example if model.scaling is None else model.scaling.decode(example)
