"""Walks from latent to latent, a class a row."""

import numpy as np

from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import output
from cwgan_jax.sampling.interpolate import INTERPOLATIONS
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format

_STOPS = 4  # latents that the GIF passes through before it is back at the first


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet, a class a row from one latent to another, and a GIF, a round trip through four.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    labels, frames = request.labels, request.per_class
    output.check_size(request, len(labels), frames)
    between = INTERPOLATIONS[request.interpolation]
    stops = [model.latents(request.seed, label, _STOPS) for label in labels]
    strip = _images(model, request, [between(stop[0], stop[1], frames) for stop in stops])
    way = "line" if request.interpolation == "linear" else "walk"
    panel = sheets.Panel(output.title(model, request, f"a {way} between two latents"), strip)
    names = output.names(model, labels)
    path = output.save_sheet(model, request, "walk", sheets.sheet([panel], row_names=names))

    round_trips = []
    for stop in stops:
        legs = [between(stop[i], stop[(i + 1) % _STOPS], 2 * frames)[:-1] for i in range(_STOPS)]
        round_trips.append(np.concatenate(legs))
    moments = _images(model, request, round_trips).swapaxes(0, 1)
    pictures = [sheets.sheet([sheets.Panel("", moment[None])], column_names=names) for moment in moments]
    output.save_gif(model, request, "walk", pictures)
    return Drawing(path, len(labels), frames)


def _images(model: Model, request: DrawRequest, paths: list[np.ndarray]) -> np.ndarray:
    """Images u8[classes, frames, H, W, D] along a path of latents f[frames, Z] for each class."""
    labels = np.array(request.labels)[:, None]
    return model.examples(np.stack(paths), labels, truncation=request.truncation)


FORMAT = Format(
    draw,
    "a walk from latent to latent, as a sheet and a GIF",
    options=("truncation", "interpolation"),
    series=10,
)
