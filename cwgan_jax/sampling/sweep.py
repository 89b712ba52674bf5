"""One part of a condition from its low to its high, all else the same."""

from typing import Any

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.pictures import picture
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format
from cwgan_jax.sampling.rows import Rows


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet, a latent a row and a value a column, and a GIF there and back.

    Raises:
      ConfigError: nothing is to go from value to value, or they are too many for one sheet.
    """
    rows, count, sweep = request.rows, request.each, request.sweep
    if sweep is None:
        raise ConfigError("--format=sweep: this model was trained without conditions; use --format=walk")
    output.check_size(request, len(rows) * count, len(sweep.values))
    moments = along(rows, model, sweep.part, sweep.fine)
    latent = model.row_latents(rows, count, request.seed)[:, :, None]  # f[R, count, 1, Z]
    latent = np.repeat(latent, len(sweep.fine), axis=2)
    example = model.examples(latent, moments[:, None], truncation=request.truncation)
    example = example.reshape(-1, *example.shape[2:])  # [R count, frames, *shape]
    title = output.title(model, request, f"{sweep.part} from value to value")
    names = [output.numbered(fixed, i) for fixed in rows.without(sweep.part) for i in range(count)]
    columns = [_text(value) for value in sweep.values]
    sheet = picture(model, title, example[:, :: sweep.hop], row_names=names, column_names=columns)
    path = output.save_sheet(model, request, "sweep", sheet)
    there = [
        picture(model, f"{sweep.part} = {_text(value)}", moment[None])
        for value, moment in zip(sweep.fine, example.swapaxes(0, 1), strict=True)
    ]
    output.save_gif(model, request, "sweep", there + there[-2:0:-1])
    return Drawing(path, len(names), len(columns))


def along(rows: Rows, model: Model, part: str, values: list[object]) -> np.ndarray:
    """The conditions f[R, V, C] of rows in which one part has each of V values."""
    columns: dict[str, Any] = {name: column.repeat(len(values)) for name, column in rows.columns.items()}
    swept = model.asked(columns | {part: values * len(rows)})
    return swept.vector.reshape(len(rows), len(values), -1)


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


FORMAT = Format(
    draw,
    "one part of a condition from its low to its high, as a sheet and a GIF",
    options=("truncation", "sweep"),
    most=1,
)
