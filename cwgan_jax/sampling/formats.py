"""What sample.py makes, plain: a grid of pictures, or a folder of them; and what all its formats share."""

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from tqdm import tqdm

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.pictures import scatter, sheets
from cwgan_jax.sampling import generation
from cwgan_jax.sampling.load import Model

MOST = 10_000  # images on a sheet
_LONGEST = 60  # characters of a class's folder, or of the labels in a file's name: systems take 255 bytes


class Asked(NamedTuple):
    """What to draw.

    Attributes:
      labels: the classes; for an unconditional generator they only number the latents.
      per_class: images of each class, or what stands for them in the format.
      seed: of the latents.
      out: the folder to write to.
      truncation: psi, see `generation.generate`.
      interpolation: key of `generation.INTERPOLATIONS`.
      crossover: the first layer with the fine style; None: half of them are coarse.
      overwrite: whether files of the same name and other content are replaced.
    """

    labels: list[int]
    per_class: int
    seed: int
    out: Path
    truncation: float = 1.0
    interpolation: str = "spherical"
    crossover: int | None = None
    overwrite: bool = False


class Made(NamedTuple):
    """What was drawn.

    Attributes:
      path: a file, or a folder.
      rows: of the sheet, or classes of the folder.
      columns: images in each.
    """

    path: Path
    rows: int
    columns: int


def grid(model: Model, asked: Asked) -> Made:
    """Writes a grid, labelled: a class a row, or with one image each, all classes in one row.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    if points(model):
        return _points(model, asked._replace(per_class=scatter.COUNT))
    fits(asked, len(asked.labels), asked.per_class)
    image = _rows(model, asked, asked.labels)
    panel = sheets.Panel(title(model, asked), image)
    if asked.per_class == 1:
        panel = panel._replace(image=image.swapaxes(0, 1))
        sheet = sheets.sheet([panel], column_names=names(model, asked.labels))
    else:
        sheet = sheets.sheet([panel], row_names=names(model, asked.labels))
    path = save(model, asked, "grid", ".png", sheets.png(sheet))
    return Made(path, len(asked.labels), asked.per_class)


def folder(model: Model, asked: Asked) -> Made:
    """Writes `<class>/<number>.png` and labels.csv (file, label, class).

    Raises:
      ConfigError: the folder is there and not empty, and nothing is to be overwritten.
    """
    if points(model):
        return _points(model, asked)
    labels, count, out = asked.labels, asked.per_class, asked.out
    if not asked.overwrite and out.exists() and any(out.iterdir()):
        raise ConfigError(
            f"{out}: the folder is not empty; choose another with --out, or replace what has the same"
            " names with --overwrite"
        )
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["file", "label", "class"])
    places = _places(model.class_names) or ["images"]
    with tqdm(total=len(labels) * count, unit="image", disable=None) as bar:
        for label in labels:
            name = model.class_names[label] if model.class_names else ""
            place = places[label]
            for i, image in enumerate(_rows(model, asked, [label])[0]):
                file = f"{place}/{i:05d}.png"
                sheets.save_png(sheets.picture(image), out / file)
                rows.writerow([file, label if model.class_names else "", name])
                bar.update()
    write_whole(out / "labels.csv", table.getvalue().encode())
    return Made(out, len(labels), count)


def _points(model: Model, asked: Asked) -> Made:
    """Writes a table, a point a row, and a picture of them."""
    count = asked.per_class
    size = model.config.model.latent
    found = scatter.generated(model.networks, model.generator, seed=asked.seed, count=count, size=size)
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow("xyz"[: found.shape[1]])
    rows.writerows(found.tolist())
    save(model, asked, "points", ".csv", table.getvalue().encode())
    shown = scatter.picture(model.config.data.name, found, f"step {model.step}, seed {asked.seed}")
    return Made(save(model, asked, "points", ".png", sheets.png(shown)), 1, count)


def save(model: Model, asked: Asked, kind: str, suffix: str, content: bytes) -> Path:
    """Writes a file that is named after what is in it, see `stem`; returns where.

    Raises:
      ConfigError: there is such a file with other content, and nothing is to be overwritten.
    """
    path = asked.out / f"{stem(model, asked, kind)}{suffix}"
    if not asked.overwrite and path.exists() and path.read_bytes() != content:
        raise ConfigError(
            f"{path}: the file is there already, with other content; replace it with --overwrite, or choose"
            " another folder with --out"
        )
    write_whole(path, content)
    return path


def stem(model: Model, asked: Asked, kind: str) -> str:
    """A name that says what was asked for: `grid-step1500-classes0-9-x10-seed0`."""
    classes = f"-classes{_numbers(asked.labels)}" if model.class_names else ""
    psi = f"-psi{asked.truncation:g}" if asked.truncation != 1 else ""
    way = f"-{asked.interpolation}" if asked.interpolation != "spherical" else ""
    crossover = "" if asked.crossover is None else f"-crossover{asked.crossover}"
    return f"{kind}-step{model.step}{classes}-x{asked.per_class}-seed{asked.seed}{psi}{way}{crossover}"


def _numbers(labels: Sequence[int]) -> str:
    """`3_1_4`, `0-9`; of very many that are no ranges, how many and a hash of which."""
    spans: list[list[int]] = []
    for label in labels:
        if spans and label == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], label]
        else:
            spans.append([label])
    text = "_".join("-".join(map(str, span)) for span in spans)
    if len(text) <= _LONGEST:
        return text
    return f"{len(labels)}of-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def points(model: Model) -> bool:
    """Whether the generator makes points instead of images."""
    return model.config.model.architecture == "points"


def latents(model: Model, asked: Asked, label: int, count: int) -> np.ndarray:
    """The first latents of a class, f[count, Z]: those of the pictures that `grid` shows."""
    dtype = jax.tree.leaves(model.generator)[0].dtype
    return generation.latents(asked.seed, label, count, size=model.config.model.latent, dtype=dtype)


def generate(model: Model, asked: Asked, latent: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Images u8[..., H, W, D] of latents f[..., Z] and labels i32[...], truncated as asked."""
    flat = latent.reshape(-1, latent.shape[-1])
    image = generation.generate(
        model.networks, model.generator, flat, np.ravel(label), truncation=asked.truncation
    )
    return image.reshape(*latent.shape[:-1], *image.shape[1:])


def title(model: Model, asked: Asked, about: str = "") -> str:
    """The line above a sheet."""
    psi = f", truncation {asked.truncation:g}" if asked.truncation != 1 else ""
    return f"step {model.step}, seed {asked.seed}{psi}" + (f": {about}" if about else "")


def names(model: Model, labels: Sequence[int]) -> list[str]:
    """The classes' names; none if the generator is unconditional."""
    return [model.class_names[label] for label in labels] if model.class_names else []


def fits(asked: Asked, rows: int, columns: int) -> None:
    """Raises ConfigError if so many images are too many for one sheet."""
    if rows * columns > MOST:
        several = asked.per_class > 1
        where, lower = (f"--per_class={asked.per_class}", "lower it, ") if several else ("--classes", "")
        raise ConfigError(
            f"{where}: {rows} x {columns} images do not fit on one sheet, at most {MOST} in all;"
            f" {lower}choose fewer --classes, or --format=folder"
        )


def _places(class_names: Sequence[str]) -> list[str]:
    """A folder name for each class: its plain characters, behind the label where two are alike."""
    plain = [re.sub(r"[^\w.-]+", "-", name)[:_LONGEST] for name in class_names]
    distinct = len({place.casefold() for place in plain}) == len(plain)
    if distinct and all(place.strip(".") for place in plain):
        return plain
    return [f"{label}-{place}" for label, place in enumerate(plain)]


def _rows(model: Model, asked: Asked, labels: list[int]) -> np.ndarray:
    """The first `count` images of each class, u8[len(labels), count, H, W, D]."""
    latent = np.stack([latents(model, asked, label, asked.per_class) for label in labels])
    return generate(model, asked, latent, np.repeat(labels, asked.per_class))
