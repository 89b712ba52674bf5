"""A folder of images with a table of their labels, as a training set for others."""

import csv
import io
import re
from collections.abc import Sequence

from tqdm import tqdm

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import Drawing, DrawRequest, Format

_LONGEST = 60  # characters of a class's folder: file systems allow 255 bytes


def draw(model: Model, request: DrawRequest) -> Drawing:
    """Writes `<class>/<number>.png` and labels.csv (file, label, class).

    Raises:
      ConfigError: the folder is not empty, and the request does not say to overwrite files.
    """
    labels, count, out = request.labels, request.per_class, request.out
    if not request.overwrite and out.exists() and any(out.iterdir()):
        raise ConfigError(
            f"{out}: the folder is not empty; choose another with --out, or replace what has the same"
            " names with --overwrite"
        )
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["file", "label", "class"])
    places = _places(model.class_names)
    with tqdm(total=len(labels) * count, unit="image", disable=None) as bar:
        for label in labels:
            known = (label, model.class_names[label]) if model.class_names else ("", "")
            place = places[label] if model.class_names else "images"
            (images,) = model.rows([label], count, seed=request.seed, truncation=request.truncation)
            for i, image in enumerate(images):
                file = f"{place}/{i:05d}.png"
                sheets.save_png(sheets.picture(image), out / file)
                rows.writerow([file, *known])
                bar.update()
    write_whole(out / "labels.csv", table.getvalue().encode())
    return Drawing(out, len(labels), count)


def _places(class_names: Sequence[str]) -> list[str]:
    """A folder name for each class: its plain characters, behind the label where two are alike."""
    plain = [re.sub(r"[^\w.-]+", "-", name)[:_LONGEST] for name in class_names]
    distinct = len({place.casefold() for place in plain}) == len(plain)
    if distinct and all(place.strip(".") for place in plain):
        return plain
    return [f"{label}-{place}" for label, place in enumerate(plain)]


FORMAT = Format(
    draw,
    "one file per image, and a table of the labels",
    classes=None,
    per_class=lambda model, classes: 10,
    own_folder=True,
)
