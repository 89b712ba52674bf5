"""A grid of images, a class a row."""

from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import output
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes a sheet, a class a row; with one image each, all classes in one row.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    labels, count = request.labels, request.per_class
    output.check_size(request, len(labels), count)
    image = model.rows(labels, count, seed=request.seed, truncation=request.truncation)
    names, title = output.names(model, labels), output.title(model, request)
    if count == 1:
        sheet = sheets.sheet([sheets.Panel(title, image.swapaxes(0, 1))], column_names=names)
    else:
        sheet = sheets.sheet([sheets.Panel(title, image)], row_names=names)
    return Drawing(output.save_sheet(model, request, "grid", sheet), len(labels), count)


FORMAT = Format(draw, "a sheet with one row per class", series=10)
