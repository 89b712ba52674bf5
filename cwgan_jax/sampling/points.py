"""Points, for which there are no images: a table and a picture of them."""

import csv
import io

import numpy as np

from cwgan_jax.kinds import points as kind
from cwgan_jax.pictures import points as pictures
from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format

_FEW = 10  # points in a folder, by default


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a table, a point a row, and a picture of them; as many of each class as of any other."""
    count, rows = request.each, request.rows
    latent = model.latents(request.seed, 0, count)
    points = model.examples(latent, rows.vector[np.arange(count) % len(rows)])[:, 0, 0]
    table = io.StringIO()
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow("xyz"[: points.shape[1]])
    lines.writerows(points.tolist())
    output.save(model, request, "points", ".csv", table.getvalue().encode())
    title = f"step {model.step}, seed {request.seed}"
    picture = pictures.picture(model.config.data.name, points, title)
    return Drawing(output.save_sheet(model, request, "points", picture), 1, count)


GRID = Format(
    draw,
    f"a picture and a table of {kind.COUNT:,} points",
    options=(),
    most=None,
    each=lambda model, rows: kind.COUNT,
)
FOLDER = Format(
    draw,
    f"the same of {_FEW} points",
    options=(),
    most=None,
    each=lambda model, rows: _FEW,
    own_folder=True,
)
