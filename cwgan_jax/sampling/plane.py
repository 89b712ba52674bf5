"""A plane of latents: four in its corners, and what lies between them."""

import numpy as np

from cwgan_jax.sampling import interpolate, output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.pictures import picture
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet of one condition, its first four latents in the corners, and what lies between them.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    rows, side = request.rows, request.each
    output.check_size(request, side, side)
    corners = model.row_latents(rows, 4, request.seed)[0]
    latent = interpolate.plane(corners, side, interpolation=request.interpolation)
    example = model.examples(latent, rows.vector[0], truncation=request.truncation)
    of = f" of {'class ' if model.class_names else ''}{rows.names[0]}" if rows.names else ""
    linear = ", linear" if request.interpolation == "linear" else ""
    title = output.title(model, request, f"a plane{of}, latents 0 to 3 in its corners{linear}")
    shares = [f"{share:.2f}" for share in np.linspace(0, 1, side)]
    sheet = picture(model, title, example, row_names=shares, column_names=shares)
    return Drawing(output.save_sheet(model, request, "plane", sheet), side, side)


FORMAT = Format(
    draw,
    "what lies between four latents of a class or condition",
    options=("truncation", "interpolation"),
    most=1,
)
