"""Walks from class to class, through mixtures of their conditions."""

import numpy as np

from cwgan_jax.algorithms import Request
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import interpolate, output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format, as_many_as_fit

LEG = 8  # frames from a class to the next
_SHOWN = 2  # every second frame stands on the sheet


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet and a GIF: from class to class and back to the first, a latent a row.

    Raises:
      ConfigError: the generator has no classes, only one was chosen, or they are too many for one sheet.
    """
    labels, count = request.labels, request.per_class
    if not model.class_names:
        raise ConfigError("--format=classes: this model was trained without classes; use --format=walk")
    if len(labels) < 2:
        raise ConfigError("--format=classes: a walk needs at least two --classes, for example --classes=0,1")
    share = round_trip(labels, len(model.class_names))
    output.check_size(request, count, len(share))
    latent = model.latents(request.seed, labels[0], count)
    image = model.draw(
        Request(
            np.repeat(latent[:, None], len(share), axis=1),
            np.broadcast_to(share.astype(model.dtype), (count, *share.shape)),
        ),
        truncation=request.truncation,
    )
    names = output.names(model, [*labels, labels[0]])
    columns = [names[i // LEG] if i % LEG == 0 else "" for i in range(0, len(share), _SHOWN)]
    panel = sheets.Panel(output.title(model, request, "from class to class"), image[:, ::_SHOWN])
    sheet = sheets.sheet([panel], row_names=[f"#{i}" for i in range(count)], column_names=columns)
    path = output.save_sheet(model, request, "classes", sheet)
    frames = []
    for i, moment in enumerate(image.swapaxes(0, 1)[:-1]):
        leg, step = divmod(i, LEG)
        ends = f"{names[leg]} to {names[leg + 1]}, {step / LEG:.0%}" if step else names[leg]
        frames.append(sheets.sheet([sheets.Panel(ends, moment[None])]))
    output.save_gif(model, request, "classes", frames)
    return Drawing(path, count, len(columns))


def round_trip(labels: list[int], classes: int) -> np.ndarray:
    """The condition of each frame, from class to class and back: f[P, C], P = 8 per class + 1."""
    one = np.eye(classes)[[*labels, labels[0]]]
    legs = [interpolate.line(one[i], one[i + 1], LEG + 1)[:-1] for i in range(len(labels))]
    return np.concatenate([*legs, one[-1:]])


FORMAT = Format(
    draw,
    "a walk from class to class, as a sheet and a GIF",
    per_class=lambda model, classes: as_many_as_fit(model, LEG * classes + 1),
)
