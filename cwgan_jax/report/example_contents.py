"""What the page of a run shows of examples of any kind, for any condition."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax import algorithms
from cwgan_jax import config as config_
from cwgan_jax.algorithms import Request
from cwgan_jax.common.files import json_lines
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation.conditioned import Set
from cwgan_jax.kinds import KINDS, rows, spec_of
from cwgan_jax.metrics import neighbours
from cwgan_jax.report import checkpoints, contents
from cwgan_jax.report.checkpoints import Measured
from cwgan_jax.report.examples import Real, pooled
from cwgan_jax.report.page import Content
from cwgan_jax.report.views import conditions as view
from cwgan_jax.sampling import interpolate, load

ROWS, COLUMNS = 10, 10
_FRAMES = 24
_POINTS = 500  # of each kind on the map
_PAIRS = 20
_NONE = np.zeros((0,), np.uint8)


def content(workdir: Path, model: load.Model, measured: Measured, real: Real) -> Content:
    """Everything for `page.write`.

    Args:
      workdir: of the run, with its logs and sheets.
      model: the checkpoint.
      measured: its figures and examples.
      real: the real examples.
    """
    quality, spec = measured.quality, spec_of(model.config, model.data)
    titles = {name: entry["title"] for name, entry in quality["metrics"].items()}
    more = view.sections(quality, real.reference, pooled(measured.sets), real.held_out)
    more += real.own.sections(real, measured.sets)
    more += view.transfer(quality.get("usefulness") or {}, titles)
    features = real.reference is not None and real.own.features
    points = _map(measured.sets[0], real) if features else np.zeros((2, 0, 2))
    shown = _pictures(model, measured.sets[0], real) if KINDS[real.train.kind].codec is PIXELS else {}
    nothing: dict[str, Any] = {
        "real": _NONE,
        "fake": _NONE,
        "row_names": [],
        "walks": _NONE,
        "nearest": (_NONE, _NONE),
        "nearest_distance": _NONE,
    }
    return Content(
        title=workdir.resolve().name,
        quality={**quality, "usefulness": {}},
        declared=algorithms.make(model.config, spec).metrics,
        metrics=json_lines(workdir / "metrics.jsonl"),
        watched=_without_floors(json_lines(workdir / "quality.jsonl")),
        sheets=contents.sheets(workdir / "samples"),
        points=points,
        point_labels=np.zeros(points.shape[:2], int),
        config=config_.to_dict(model.config),
        versions=checkpoints.versions(),
        more=more,
        **(nothing | shown),
    )


def _without_floors(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The curves of what was measured; the floors are in the figures themselves."""
    return [{k: x for k, x in line.items() if not k.endswith("_floor")} for line in lines]


def _map(examples: Set, real: Real) -> np.ndarray:
    """t-SNE (van der Maaten and Hinton 2008) of real and of generated features, as many of both."""
    assert real.reference is not None
    assert examples.reading is not None
    count = min(_POINTS, len(examples.example), len(real.reference.features))
    sides = [real.reference.features[:count], examples.reading.features[:count]]
    return contents.tsne(np.concatenate(sides)).reshape(2, count, 2)


def _pictures(model: load.Model, examples: Set, real: Real) -> dict[str, Any]:
    """Rows by condition, walks, and the nearest training images."""
    asked = model.config.model.conditional
    chosen = rows.rows(real.test, asked, ROWS, COLUMNS)
    stored = np.stack([row.condition for row in chosen])
    vectors = rows.vectors(real.test.schema, stored, model.config)

    def draw(latents: Callable[[int], np.ndarray], count: int) -> np.ndarray:
        latent = np.stack([latents(row.latent) for row in chosen])
        condition = np.repeat(vectors[:, None], count, 1)
        return model.draw(Request(latent, condition))

    def walk(row: int) -> np.ndarray:
        start, end = model.latents(contents.SEED, row, 2)
        return interpolate.walk(start, end, _FRAMES)

    shown = np.zeros((len(chosen), COLUMNS, *real.test.shape), np.uint8)
    for place, row in zip(shown, chosen, strict=True):
        place[: len(row.real)] = real.test.example[np.array(row.real, int)]
    pairs, distance = _nearest(examples, real)
    return {
        "real": shown,
        "fake": draw(lambda row: model.latents(contents.SEED, row, COLUMNS), COLUMNS),
        "row_names": [row.name for row in chosen if row.name],
        "walks": draw(walk, _FRAMES),
        "nearest": pairs,
        "nearest_distance": distance,
    }


def _nearest(examples: Set, real: Real) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Generated images spread over the distances to their nearest training images, the nearest first."""
    reference = real.reference
    assert reference is not None
    assert examples.reading is not None
    index, distance = neighbours.nearest(examples.reading.features[:1000], reference.features)
    order = np.argsort(distance)
    shown = order[np.linspace(0, len(order) - 1, min(_PAIRS, len(order))).astype(int)]
    train = np.asarray(real.train.example[reference.chosen[index[shown]]])
    return (examples.example[shown], train), distance[shown]
