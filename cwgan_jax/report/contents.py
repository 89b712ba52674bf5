"""What the page of a run shows, gathered from its workdir and from a measurement."""

from pathlib import Path

import jax
import numpy as np

from cwgan_jax import config as config_
from cwgan_jax.common.files import json_lines
from cwgan_jax.evaluation.checkpoints import Measured, Real
from cwgan_jax.metrics import neighbours
from cwgan_jax.report.page import Content
from cwgan_jax.sampling import generation, load

_ROWS, _COLUMNS = 10, 10
_FRAMES = 24
_POINTS = 500  # of each kind on the map
_PAIRS = 20
_SEED = 1  # the first set of images


def content(
    workdir: Path, model: load.Model, measured: Measured, real: Real, versions: dict[str, str]
) -> Content:
    """Everything for `report.write`.

    Args:
      workdir: of the run, with its logs and sheets.
      model: the checkpoint.
      measured: what was found.
      real: the real images.
      versions: what it was made with.
    """
    total = model.networks.classes or _ROWS
    labels = [int(c) for c in np.unique(np.linspace(0, total - 1, min(total, _ROWS)).astype(int))]
    fake = generation.rows(
        model.networks,
        model.generator,
        seed=_SEED,
        classes=labels,
        columns=_COLUMNS,
        size=model.config.model.latent,
    )
    points, point_labels = _map(measured, real)
    pairs, distance = _nearest(measured, real)
    return Content(
        title=workdir.resolve().name,
        quality=measured.quality,
        metrics=json_lines(workdir / "metrics.jsonl"),
        watched=json_lines(workdir / "quality.jsonl"),
        sheets=_sheets(workdir / "samples"),
        real=_real_rows(real, labels, bool(model.networks.classes)),
        fake=fake,
        row_names=[model.class_names[c] for c in labels] if model.class_names else [],
        points=points,
        point_labels=point_labels,
        walks=_walks(model, labels),
        nearest=pairs,
        nearest_distance=distance,
        config=config_.to_dict(model.config),
        versions=versions,
    )


def _sheets(folder: Path) -> list[tuple[int, Path]]:
    return sorted((int(file.stem), file) for file in folder.glob("*.png") if file.stem.isdecimal())


def _real_rows(real: Real, labels: list[int], by_class: bool) -> np.ndarray:
    """Held-out images, a class a row; rows of a class with too few are filled up with black."""
    image, label = real.held_out.image, real.held_out.label
    rows = np.zeros((len(labels), _COLUMNS, *image.shape[1:]), np.uint8)
    for row, c in zip(rows, labels, strict=True):
        members = np.flatnonzero(label == c) if by_class else np.arange(len(label))[c::_ROWS]
        row[: len(members)] = image[members[:_COLUMNS]]
    return rows


def _map(measured: Measured, real: Real) -> tuple[np.ndarray, np.ndarray]:
    """t-SNE (van der Maaten and Hinton 2008) of real and of generated features, as many of both."""
    from sklearn.manifold import TSNE

    fake, true = measured.sets[0], real.reference
    count = min(_POINTS, len(fake.image), len(true.label))
    some = np.random.default_rng(0).permutation(len(fake.image))[:count]
    features = np.concatenate([true.features[:count], fake.reading.features[some]])
    place = TSNE(perplexity=min(30, count / 4), init="pca", random_state=0).fit_transform(features)
    return place.reshape(2, count, 2), np.stack([true.label[:count], fake.label[some]])


def _walks(model: load.Model, labels: list[int]) -> np.ndarray:
    """Each class from one latent to another."""
    dtype = jax.tree.leaves(model.generator)[0].dtype
    ends = [generation.latents(_SEED, c, 2, size=model.config.model.latent, dtype=dtype) for c in labels]
    path = np.concatenate([generation.walk(a, b, _FRAMES) for a, b in ends])
    image = generation.generate(model.networks, model.generator, path, np.repeat(labels, _FRAMES))
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
