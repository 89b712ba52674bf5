"""What the page of a run shows, gathered from its workdir and from a measurement."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cwgan_jax import algorithms
from cwgan_jax import config as config_
from cwgan_jax.algorithms import Request
from cwgan_jax.common.files import json_lines
from cwgan_jax.kinds import spec_of
from cwgan_jax.metrics import neighbours
from cwgan_jax.report import checkpoints
from cwgan_jax.report.checkpoints import Measured, Real
from cwgan_jax.report.page import Content
from cwgan_jax.sampling import interpolate, load

_ROWS, COLUMNS = 10, 10
_FRAMES = 24
_POINTS = 500  # of each kind on the map
_PAIRS = 20
SEED = 1  # the first set of images


def content(workdir: Path, model: load.Model, measured: Measured, real: Real) -> Content:
    """Everything for `page.write`.

    Args:
      workdir: of the run, with its logs and sheets.
      model: the checkpoint.
      measured: its figures and images.
      real: the real images.
    """
    labels = shown_classes(len(model.class_names))
    points, point_labels = _map(measured, real)
    pairs, distance = _nearest(measured, real)
    spec = spec_of(model.config, model.data)
    return Content(
        title=workdir.resolve().name,
        quality=measured.quality,
        declared=algorithms.make(model.config, spec).metrics,
        metrics=json_lines(workdir / "metrics.jsonl"),
        watched=json_lines(workdir / "quality.jsonl"),
        sheets=sheets(workdir / "samples"),
        real=real_rows(real, labels, by_class=bool(model.class_names)),
        fake=generated_rows(model, labels),
        row_names=[model.class_names[c] for c in labels] if model.class_names else [],
        points=points,
        point_labels=point_labels,
        walks=_walks(model, labels),
        nearest=pairs,
        nearest_distance=distance,
        config=config_.to_dict(model.config),
        versions=checkpoints.versions(),
    )


def shown_classes(classes: int) -> list[int]:
    """The classes that have a row, at most ten, evenly chosen; without classes they only number the rows."""
    total = classes or _ROWS
    return [int(c) for c in np.unique(np.linspace(0, total - 1, min(total, _ROWS)).astype(int))]


def generated_rows(model: load.Model, labels: Sequence[int]) -> np.ndarray:
    """Generated images u8[rows, columns, H, W, D], a class a row: the first that are measured of each."""
    latents = np.concatenate([model.latents(SEED, c, COLUMNS) for c in labels])
    image = model.draw(Request(latents, model.conditions(np.repeat(labels, COLUMNS))))
    return image.reshape(len(labels), COLUMNS, *image.shape[1:])


def real_rows(real: Real, labels: Sequence[int], *, by_class: bool = True) -> np.ndarray:
    """Held-out images u8[rows, columns, H, W, D], a class a row; black where a class has too few."""
    image, label = real.held_out.image, real.held_out.label
    rows = np.zeros((len(labels), COLUMNS, *image.shape[1:]), np.uint8)
    for row, c in zip(rows, labels, strict=True):
        members = np.flatnonzero(label == c) if by_class else np.arange(len(label))[c::_ROWS]
        row[: len(members)] = image[members[:COLUMNS]]
    return rows


def sheets(folder: Path) -> list[tuple[int, Path]]:
    """Step and file of the sample sheets of a run, in order."""
    return sorted((int(file.stem), file) for file in folder.glob("*.png") if file.stem.isdecimal())


def _map(measured: Measured, real: Real) -> tuple[np.ndarray, np.ndarray]:
    """The map of real and of generated features, as many of both."""
    fake, true = measured.sets[0], real.reference
    count = min(_POINTS, len(fake.image), len(true.label))
    some = np.random.default_rng(0).permutation(len(fake.image))[:count]
    features = np.concatenate([true.features[:count], fake.reading.features[some]])
    place = tsne(features).reshape(2, count, 2)
    return place, np.stack([true.label[:count], fake.label[some]])


def tsne(features: np.ndarray) -> np.ndarray:
    """t-SNE (van der Maaten and Hinton 2008) of two sets of features, f[2 n, F] -> f[2 n, 2]."""
    from sklearn.manifold import TSNE

    perplexity = min(30, len(features) / 8)
    return np.asarray(TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(features))


def _walks(model: load.Model, labels: Sequence[int]) -> np.ndarray:
    """Each class from one latent to another, u8[rows, frames, H, W, D]."""
    ends = [model.latents(SEED, c, 2) for c in labels]
    path = np.concatenate([interpolate.walk(start, end, _FRAMES) for start, end in ends])
    image = model.draw(Request(path, model.conditions(np.repeat(labels, _FRAMES))))
    return image.reshape(len(labels), _FRAMES, *image.shape[1:])


def _nearest(measured: Measured, real: Real) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Generated images spread over the distances to their nearest training images, the nearest first."""
    fake, true = measured.sets[0], real.reference
    some = np.random.default_rng(0).permutation(len(fake.image))[:1000]
    index, distance = neighbours.nearest(fake.reading.features[some], true.features)
    order = np.argsort(distance)
    shown = order[np.linspace(0, len(order) - 1, min(_PAIRS, len(order))).astype(int)]
    pairs = fake.image[some[shown]], np.asarray(real.train.image[true.chosen[index[shown]]])
    return pairs, distance[shown]
