"""A folder of images with a table of their conditions, as a training set for others."""

import csv
import io
import re
from collections.abc import Sequence

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format
from cwgan_jax.sampling.stream import parts
from cwgan_jax.sampling.tables import texts

_LONGEST = 60  # characters of a class's folder: file systems allow 255 bytes
TABLE = "metadata.csv"


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes `<class>/<number>.png`, or `images/<number>.png`, and metadata.csv (file_name, conditions).

    `data.name=folder` reads it back.

    Raises:
      ConfigError: the folder is not empty, and the request does not say to overwrite files.
    """
    rows, count, out = request.rows, request.each, request.out
    if not request.overwrite and out.exists() and any(out.iterdir()):
        raise ConfigError(
            f"{out}: the folder is not empty; choose another with --out, or replace what has the same"
            " names with --overwrite"
        )
    table = io.StringIO()
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow(["file_name", *rows.columns])
    columns = {name: texts(column) for name, column in rows.columns.items()}
    places = places_of(model.class_names)
    number = 0
    for part in parts(model, request):
        for row, slot, image in zip(part.row.tolist(), part.slot.tolist(), part.example, strict=True):
            file = f"images/{number:05d}.png"
            if model.class_names:
                file = f"{places[rows.series[row]]}/{slot:05d}.png"
            sheets.save_png(sheets.picture(image), out / file)
            lines.writerow([file, *(column[row] for column in columns.values())])
            number += 1
    write_whole(out / TABLE, table.getvalue().encode())
    return Drawing(out, len(rows), count)


def places_of(class_names: Sequence[str]) -> list[str]:
    """A folder name for each class: its plain characters, behind the label where two are alike."""
    plain = [re.sub(r"[^\w.-]+", "-", name)[:_LONGEST] for name in class_names]
    distinct = len({place.casefold() for place in plain}) == len(plain)
    if distinct and all(place.strip(".") for place in plain):
        return plain
    return [f"{label}-{place}" for label, place in enumerate(plain)]


FORMAT = Format(
    draw,
    "one PNG per image, and a table of the conditions",
    most=None,
    each=lambda model, rows: 10,
    own_folder=True,
)
