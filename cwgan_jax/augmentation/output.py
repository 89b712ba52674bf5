"""Writes generated examples in the input's format, in a column marked as such."""

import csv
import io
from pathlib import Path

import numpy as np

from cwgan_jax.augmentation.job import Additions
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import to_json, write_whole
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import file, folder
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.stream import Part
from cwgan_jax.sampling.tables import texts

MARK = "generated"
"""The column that is 1 for generated examples."""
REPORT = "augment.json"


def write(model: Model, additions: Additions, out: Path, *, overwrite: bool) -> Path:
    """Writes the examples, and a file of what was done, into a folder.

    Of pictures a PNG each and metadata.csv, which `data.name=folder` reads; of others a file with the names,
    the axes and the order of columns of the input.

    Args:
      model: that they were drawn from.
      additions: the examples.
      out: the folder.
      overwrite: whether files of the same names are replaced.

    Returns:
      The file of examples, or the table of the pictures.

    Raises:
      ConfigError: there is something in the folder.
    """
    if not overwrite and out.exists() and any(out.iterdir()):
        raise ConfigError(f"{out}: the folder is not empty; choose another with --out, or write --overwrite")
    pictures = model.data["kind"] == "images" and model.config.data.name != "arrays"
    path = _pictures(model, additions, out) if pictures else _file(model, additions, out)
    report = [tally._asdict() for tally in additions.tallies]
    write_whole(out / REPORT, to_json({"step": model.step, "groups": report}, indent=2).encode())
    return path


def _pictures(model: Model, additions: Additions, out: Path) -> Path:
    rows = model.asked(additions.columns)
    columns = {name: texts(column) for name, column in rows.columns.items()}
    places = folder.places_of(model.class_names)
    table = io.StringIO()
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow(["file_name", *columns, MARK])
    for i, image in enumerate(additions.example):
        name = f"{places[rows.series[i]] if places else 'images'}/generated-{i:05d}.png"
        sheets.save_png(sheets.picture(image), out / name)
        lines.writerow([name, *(column[i] for column in columns.values()), 1])
    write_whole(out / folder.TABLE, table.getvalue().encode())
    return out / folder.TABLE


def _file(model: Model, additions: Additions, out: Path) -> Path:
    rows, count = model.asked(additions.columns), len(additions.example)
    path = file.named(model, out, "generated")
    part = Part(np.arange(count), np.arange(count), additions.example)
    file.write(model, rows, [part], count, path, marks=(MARK,), overwrite=True)
    return path
