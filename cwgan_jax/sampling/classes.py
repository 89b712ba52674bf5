"""Walks from class to class, or from condition to condition, through mixtures of their vectors."""

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.sampling import interpolate, output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.pictures import picture
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format, as_many_as_fit

LEG = 8  # frames from a class to the next
_SHOWN = 2  # every second frame stands on the sheet


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet and a GIF: from class to class and back to the first, a latent a row.

    Raises:
      ConfigError: the generator has no conditions, only one was chosen, or they are too many for one sheet.
    """
    rows, count = request.rows, request.each
    if not model.schema:
        raise ConfigError("--format=classes: this model was trained without classes; use --format=walk")
    if len(rows) < 2:
        flags = "--classes, for example --classes=0,1" if model.class_names else "--condition"
        raise ConfigError(f"--format=classes: a walk needs at least two {flags}")
    condition = round_trip(rows.vector)
    output.check_size(request, count, len(condition))
    latent = model.row_latents(rows, count, request.seed)[0]
    path = np.repeat(latent[:, None], len(condition), axis=1)
    example = model.examples(path, condition.astype(model.dtype), truncation=request.truncation)
    names = [*rows.names, rows.names[0]]
    columns = [names[i // LEG] if i % LEG == 0 else "" for i in range(0, len(condition), _SHOWN)]
    of = "class to class" if model.class_names else "condition to condition"
    title = output.title(model, request, f"from {of}")
    numbers = [f"#{i}" for i in range(count)]
    sheet = picture(model, title, example[:, ::_SHOWN], row_names=numbers, column_names=columns)
    file = output.save_sheet(model, request, "classes", sheet)
    frames = []
    for i, moment in enumerate(example.swapaxes(0, 1)[:-1]):
        leg, step = divmod(i, LEG)
        ends = f"{names[leg]} to {names[leg + 1]}, {step / LEG:.0%}" if step else names[leg]
        frames.append(picture(model, ends, moment[None]))
    output.save_gif(model, request, "classes", frames)
    return Drawing(file, count, len(columns))


def round_trip(vector: np.ndarray) -> np.ndarray:
    """The condition of each frame, from one f[R, C] to the next and back: f64[P, C], P = 8 R + 1."""
    stop = np.concatenate([vector, vector[:1]]).astype(np.float64)
    legs = [interpolate.line(stop[i], stop[i + 1], LEG + 1)[:-1] for i in range(len(vector))]
    return np.concatenate([*legs, stop[-1:]])


FORMAT = Format(
    draw,
    "a walk from class to class, or from condition to condition, as a sheet and a GIF",
    each=lambda model, rows: as_many_as_fit(model, LEG * rows + 1),
)
