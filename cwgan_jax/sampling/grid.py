"""A grid of examples, a condition a row."""

from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.pictures import picture
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet, a condition a row; with one example each, all conditions in one row.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    rows, count = request.rows, request.each
    output.check_size(request, len(rows), count)
    example = model.rows(rows, count, seed=request.seed, truncation=request.truncation)
    title = output.title(model, request)
    if count == 1:
        sheet = picture(model, title, example.swapaxes(0, 1), column_names=rows.names)
    else:
        sheet = picture(model, title, example, row_names=rows.names)
    return Drawing(output.save_sheet(model, request, "grid", sheet), len(rows), count)


FORMAT = Format(draw, "a sheet with one row per class or condition", series=10)
