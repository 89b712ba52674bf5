"""A plane of latents: four in its corners, and what lies between them."""

import numpy as np

from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import interpolate, output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet of one class, its first four latents in the corners, and what lies between them.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    label, side = request.labels[0], request.per_class
    output.check_size(request, side, side)
    corners = model.latents(request.seed, label, 4)
    latent = interpolate.plane(corners, side, interpolation=request.interpolation)
    image = model.examples(latent, label, truncation=request.truncation)
    of = f" of class {model.class_names[label]}" if model.class_names else ""
    linear = ", linear" if request.interpolation == "linear" else ""
    about = f"a plane{of}, latents 0 to 3 in its corners{linear}"
    shares = [f"{share:.2f}" for share in np.linspace(0, 1, side)]
    panel = sheets.Panel(output.title(model, request, about), image)
    sheet = sheets.sheet([panel], row_names=shares, column_names=shares)
    return Drawing(output.save_sheet(model, request, "plane", sheet), side, side)


FORMAT = Format(
    draw,
    "what lies between four latents of a class",
    options=("truncation", "interpolation"),
    classes=1,
)
