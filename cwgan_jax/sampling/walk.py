"""Walks from latent to latent, a condition a row."""

import numpy as np

from cwgan_jax.sampling import output
from cwgan_jax.sampling.interpolate import INTERPOLATIONS
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.pictures import picture
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format

_STOPS = 4  # latents that the GIF passes through before it is back at the first


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet, a condition a row from one latent to another, and a GIF, a round trip through four.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    rows, frames = request.rows, request.each
    output.check_size(request, len(rows), frames)
    between = INTERPOLATIONS[request.interpolation]
    stops = model.row_latents(rows, _STOPS, request.seed)
    strip = _examples(model, request, [between(stop[0], stop[1], frames) for stop in stops])
    way = "line" if request.interpolation == "linear" else "walk"
    title = output.title(model, request, f"a {way} between two latents")
    sheet = picture(model, title, strip, row_names=rows.names)
    path = output.save_sheet(model, request, "walk", sheet)

    round_trips = []
    for stop in stops:
        legs = [between(stop[i], stop[(i + 1) % _STOPS], 2 * frames)[:-1] for i in range(_STOPS)]
        round_trips.append(np.concatenate(legs))
    moments = _examples(model, request, round_trips).swapaxes(0, 1)
    pictures = [picture(model, "", moment[None], column_names=rows.names) for moment in moments]
    output.save_gif(model, request, "walk", pictures)
    return Drawing(path, len(rows), frames)


def _examples(model: Model, request: DrawRequest, paths: list[np.ndarray]) -> np.ndarray:
    """Examples [R, frames, *shape] along a path of latents f[frames, Z] for each condition."""
    condition = request.rows.vector[:, None]
    return model.examples(np.stack(paths), condition, truncation=request.truncation)


FORMAT = Format(
    draw,
    "a walk from latent to latent, as a sheet and a GIF",
    options=("truncation", "interpolation"),
    series=10,
)
