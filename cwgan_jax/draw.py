"""Pictures of a generator: beside real images while it trains; grids, folders and walks of a checkpoint."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from PIL import Image
from tqdm import tqdm

from cwgan_jax import checkpoint, images, plan, sampling
from cwgan_jax.config import Config, from_dict
from cwgan_jax.errors import CheckpointError, ConfigError
from cwgan_jax.files import write_whole
from cwgan_jax.models import Networks
from cwgan_jax.plan import Plan

_COLUMNS = 10  # images of a class on a sheet of the training
_ROWS = 10  # classes on it, at the most
_WALK_SECONDS = 0.08
_MOST = 10_000  # images on a sheet
_STOPS = 4  # latents a walk passes through before it is back at the first


class Model(NamedTuple):
    """A trained generator, ready to draw.

    Attributes:
      step: n of its checkpoint.
      config: that it was trained with.
      networks: rebuilt from the checkpoint.
      generator: variables, the moving average where there is one.
      class_names: of its data set; empty if it is unconditional.
      data: what the checkpoint says of the data.
    """

    step: int
    config: Config
    networks: Networks
    generator: dict[str, Any]
    class_names: tuple[str, ...]
    data: dict[str, Any]


def beside_real(run: Plan, generator: dict[str, Any], step: int) -> Image.Image:
    """Draws the sheet of a training step: a class a row, with the run's own latents, beside real images.

    Args:
      run: the run.
      generator: its variables at that step.
      step: n.
    """
    config, dataset, networks = run.config, run.dataset, run.networks
    total = networks.classes or _ROWS
    labels = [int(c) for c in np.unique(np.linspace(0, total - 1, min(total, _ROWS)).astype(int))]
    generated = sampling.rows(
        networks, generator, seed=config.seed, classes=labels, columns=_COLUMNS, size=config.model.latent
    )
    real = np.zeros_like(generated)
    for row, label in zip(real, labels, strict=True):
        everything = np.arange(len(dataset.label))
        members = np.flatnonzero(dataset.label == label) if networks.classes else everything[label::_ROWS]
        if len(members):  # else the row stays black
            row[:] = dataset.image[members[np.linspace(0, len(members) - 1, _COLUMNS).astype(int)]]
    names = [dataset.class_names[c] for c in labels] if networks.classes else []
    panels = [images.Panel(f"generated, step {step}", generated), images.Panel("real", real)]
    return images.sheet(panels, row_names=names)


def find(path: Path) -> tuple[Path, int | None]:
    """The checkpoint folder, and the step if `path` names one; `path` may be a workdir too.

    Raises:
      CheckpointError: there is no checkpoint there.
    """
    for folder in (path / "checkpoints", path):
        if checkpoint.steps(folder):
            return folder, None
    for step in checkpoint.steps(path.parent):
        if str(step) == path.name:
            return path.parent, step
    raise CheckpointError(
        f"{path}: there is no checkpoint; give the --workdir of a run, or make one: python train.py"
        " --config=configs/digits.py"
    )


def restore(folder: Path, step: int | None, *, set_up: Any, warn: Any) -> checkpoint.Saved:
    """Restores a state from nothing but its checkpoint.

    Args:
      folder: holds the checkpoints.
      step: the one to use; none: the newest that is whole.
      set_up: called with the checkpoint's config before anything is computed.
      warn: given one line for each damaged checkpoint passed over.

    Raises:
      CheckpointError: there is no such checkpoint, or it is damaged.
    """

    def template(about: dict[str, Any]) -> Any:
        set_up(from_dict(about["config"]))
        return plan.abstract_state(*plan.rebuild(about))

    saved = checkpoint.restore(folder, template, step=step, set_aside=False, warn=warn)
    if saved is None:
        raise CheckpointError(f"{folder}: there is no checkpoint")
    return saved


def load(folder: Path, step: int | None, *, set_up: Any, warn: Any) -> Model:
    """Restores a generator; arguments and errors as in `restore`."""
    saved = restore(folder, step, set_up=set_up, warn=warn)
    config, networks = plan.rebuild(saved.about)
    names = tuple(saved.about["data"]["class_names"]) if networks.classes else ()
    return Model(saved.step, config, networks, sampling.variables(saved.state), names, saved.about["data"])


def classes(text: str, names: Sequence[str]) -> list[int]:
    """Reads `3,1,4`, `0-9` or class names into labels, each once, in the order given.

    Raises:
      ConfigError: a part is none of these.
    """
    chosen: list[int] = []
    for part in (part.strip() for part in text.split(",")):
        span = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", part)
        if part in names:
            chosen.append(names.index(part))
            continue
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (1, 0)
        if not first <= last < len(names):
            known = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
            raise ConfigError(
                f"--classes={text}: {part!r} is no class; give numbers in 0-{len(names) - 1}, a range like"
                f" 0-{len(names) - 1}, or names: {known}"
            )
        chosen.extend(range(first, last + 1))
    return list(dict.fromkeys(chosen))


def grid(model: Model, labels: list[int], count: int, seed: int, out: Path) -> Path:
    """Writes one labelled PNG: a class a row, or with one image each, all classes in one row.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    _fits(labels, count)
    image = _rows(model, labels, count, seed)
    names = [model.class_names[c] for c in labels] if model.class_names else []
    panel = images.Panel(f"step {model.step}, seed {seed}", image)
    if count == 1:
        panel = panel._replace(image=image.swapaxes(0, 1))
        sheet = images.sheet([panel], column_names=names)
    else:
        sheet = images.sheet([panel], row_names=names)
    images.save_png(sheet, out / "grid.png")
    return out / "grid.png"


def folder(model: Model, labels: list[int], count: int, seed: int, out: Path) -> Path:
    """Writes `<class>/<number>.png` and labels.csv (file, label, class).

    Raises:
      ConfigError: the folder is there and not empty; nothing is overwritten.
    """
    if out.exists() and any(out.iterdir()):
        raise ConfigError(f"--out={out}: the folder is not empty; choose another, or delete it first")
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["file", "label", "class"])
    places = _places(model.class_names) or ["images"]
    with tqdm(total=len(labels) * count, unit="image", disable=None) as bar:
        for label in labels:
            name = model.class_names[label] if model.class_names else ""
            place = places[label]
            for i, image in enumerate(_rows(model, [label], count, seed)[0]):
                file = f"{place}/{i:05d}.png"
                images.save_png(images.picture(image), out / file)
                rows.writerow([file, label if model.class_names else "", name])
                bar.update()
    write_whole(out / "labels.csv", table.getvalue().encode())
    return out


def walk(model: Model, labels: list[int], frames: int, seed: int, out: Path) -> Path:
    """Writes walk.png, a class a row from one latent to another, and walk.gif, a round trip through four.

    Raises:
      ConfigError: they are too many for one sheet.
    """
    _fits(labels, frames)
    dtype = jax.tree.leaves(model.generator)[0].dtype
    size = model.config.model.latent
    stops = [sampling.latents(seed, label, _STOPS, size=size, dtype=dtype) for label in labels]
    names = [model.class_names[c] for c in labels] if model.class_names else []

    def draw(paths: list[np.ndarray]) -> np.ndarray:
        image = sampling.generate(
            model.networks, model.generator, np.concatenate(paths), np.repeat(labels, len(paths[0]))
        )
        return image.reshape(len(labels), len(paths[0]), *image.shape[1:])

    strip = draw([sampling.walk(stop[0], stop[1], frames) for stop in stops])
    title = f"step {model.step}, seed {seed}: a walk between two latents"
    images.save_png(images.sheet([images.Panel(title, strip)], row_names=names), out / "walk.png")
    paths = []
    for stop in stops:
        legs = [sampling.walk(stop[i], stop[(i + 1) % _STOPS], 2 * frames)[:-1] for i in range(_STOPS)]
        paths.append(np.concatenate(legs))
    moments = draw(paths).swapaxes(0, 1)
    pictures = [images.sheet([images.Panel("", moment[None])], column_names=names) for moment in moments]
    images.save_gif(pictures, out / "walk.gif", seconds=_WALK_SECONDS, hold=_WALK_SECONDS)
    return out / "walk.png"


def _places(names: Sequence[str]) -> list[str]:
    """A folder name for each class: its plain characters, behind the label where two are alike."""
    plain = [re.sub(r"[^\w.-]+", "-", name) for name in names]
    distinct = len({place.casefold() for place in plain}) == len(plain)
    if distinct and all(place.strip(".") for place in plain):
        return plain
    return [f"{label}-{place}" for label, place in enumerate(plain)]


def _fits(labels: list[int], count: int) -> None:
    if len(labels) * count > _MOST:
        raise ConfigError(
            f"--per_class={count}: {len(labels)} x {count} images do not fit on one sheet; at most {_MOST}"
            " in all, or --format=folder"
        )


def _rows(model: Model, labels: list[int], count: int, seed: int) -> np.ndarray:
    size = model.config.model.latent
    return sampling.rows(model.networks, model.generator, seed=seed, classes=labels, columns=count, size=size)
