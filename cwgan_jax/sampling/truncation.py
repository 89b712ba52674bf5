"""What truncation does: the same latents for several psi."""

import numpy as np

from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.pictures import picture
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format, as_many_as_fit

SWEEP = (0.0, 0.3, 0.5, 0.7, 1.0, 1.3)


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet: a latent a row, with psi from 0 to 1.3.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    rows, count = request.rows, request.each
    output.check_size(request, len(rows) * count, len(SWEEP))
    latent = model.row_latents(rows, count, request.seed)
    condition = rows.vector[:, None]
    drawn = [model.examples(latent, condition, truncation=psi) for psi in SWEEP]
    example = np.stack(drawn, axis=2).reshape(len(rows) * count, len(SWEEP), *drawn[0].shape[2:])
    way = "styles towards their mean" if model.style_layers else "latents times psi"
    named = [(name, i) for name in rows.names or [""] * len(rows) for i in range(count)]
    alone = count == 1 and rows.names
    sheet = picture(
        model,
        output.title(model, request, f"truncation, {way}"),
        example,
        row_names=rows.names if alone else [output.numbered(*each) for each in named],
        column_names=[f"{psi:g}" for psi in SWEEP],
    )
    return Drawing(output.save_sheet(model, request, "truncation", sheet), len(named), len(SWEEP))


FORMAT = Format(
    draw,
    "latents under several psi",
    options=(),
    each=lambda model, rows: 1 if model.schema else as_many_as_fit(model, rows),
)
