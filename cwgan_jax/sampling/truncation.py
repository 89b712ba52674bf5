"""What truncation does: the same latents for several psi."""

import numpy as np

from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format, as_many_as_fit

SWEEP = (0.0, 0.3, 0.5, 0.7, 1.0, 1.3)


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet: a latent a row, with psi from 0 to 1.3.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    labels, count = request.labels, request.per_class
    rows = [(label, i) for label in labels for i in range(count)]
    output.check_size(request, len(rows), len(SWEEP))
    latent = np.concatenate([model.latents(request.seed, label, count) for label in labels])
    label = np.repeat(labels, count)
    image = np.stack([model.examples(latent, label, truncation=psi) for psi in SWEEP], axis=1)
    way = "styles towards their mean" if model.style_layers else "latents times psi"
    panel = sheets.Panel(output.title(model, request, f"truncation, {way}"), image)
    alone = count == 1 and model.class_names
    sheet = sheets.sheet(
        [panel],
        row_names=output.names(model, labels) if alone else [output.numbered(model, *row) for row in rows],
        column_names=[f"{psi:g}" for psi in SWEEP],
    )
    return Drawing(output.save_sheet(model, request, "truncation", sheet), len(rows), len(SWEEP))


FORMAT = Format(
    draw,
    "latents under several psi",
    options=(),
    per_class=lambda model, classes: 1 if model.class_names else as_many_as_fit(model, classes),
)
