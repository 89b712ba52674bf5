"""Rows of a table as a picture: how the values of each column are distributed, a condition a colour."""

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.pictures.marginals import MOST, picture
from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format
from cwgan_jax.sampling.stream import values

_EACH = 1000  # rows of each condition


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a picture of the columns.

    Raises:
      ConfigError: there are more conditions than can be told apart.
    """
    rows, count = request.rows, request.each
    if len(rows) > MOST:
        raise ConfigError(
            f"{len(rows)} conditions: more than {MOST} cannot be told apart in a picture of a table; choose"
            " fewer, or --format=file"
        )
    example = model.rows(rows, count, seed=request.seed, truncation=request.truncation)
    drawn = values(model, example.reshape(-1, *example.shape[2:]))
    names = rows.names or ["generated"]
    tables = {
        name: {column: np.split(x, len(rows))[i] for column, x in drawn.items()}
        for i, name in enumerate(names)
    }
    sheet = picture(tables, output.title(model, request))
    return Drawing(output.save_sheet(model, request, "grid", sheet), len(rows), count)


FORMAT = Format(
    draw,
    "a picture of the columns, a class or condition a colour",
    most=MOST,
    each=lambda model, rows: _EACH,
)
