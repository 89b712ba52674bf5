"""Tables: rows of numbers and categories, in the networks as normal quantiles and one-hot vectors."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from cwgan_jax.algorithms import Request, State, generation
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset, conditions
from cwgan_jax.data.codec import Codec
from cwgan_jax.data.tables.columns import Columns
from cwgan_jax.evaluation import condition_monitor, record
from cwgan_jax.evaluation.run import Run
from cwgan_jax.kinds import rows as rows_
from cwgan_jax.kinds.kind import Kind
from cwgan_jax.metrics import marginals
from cwgan_jax.metrics.tables import FIGURES, light
from cwgan_jax.pictures import curves
from cwgan_jax.pictures import tables as pictures

_ROWS = 2_000  # on a sheet
_LEAST = 30  # rows that can be told from generated ones
_UNIT = "rows"
_LIGHT = {name: FIGURES[name] for name in ("marginal", "association", "c2st")}

Rows = dict[str, np.ndarray]


def rows(dataset: Dataset, example: np.ndarray, condition: np.ndarray) -> Rows:
    """Rows in the user's units, the conditions as columns behind the others.

    Args:
      dataset: whose columns and conditions they are.
      example: stored or generated, f[N, D].
      condition: as stored, i32[N] or f32[N, C].
    """
    assert dataset.scaling is not None
    asked = conditions.decode(dataset.schema, conditions.vectors(dataset.schema, condition))
    return dataset.scaling.decode(example) | {name: np.asarray(x) for name, x in asked.items()}


def chosen(size: int, count: int) -> np.ndarray:
    """Which of `size` examples lend their conditions to `count` generated ones: evenly spread, in turn."""
    if count >= size:
        return np.arange(count) % size
    return np.linspace(0, size - 1, count).astype(int)


def _generated(run: Run, state: State, seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Generated rows f[count, D], under the conditions of as many training rows, and these."""
    config, dataset = run.config, run.dataset
    dtype = np.dtype(config.model.dtype)
    condition = dataset.condition[chosen(dataset.size, count)]
    vectors = rows_.vectors(dataset.schema, condition, config)
    latent = generation.latents(seed, 0, count, size=config.model.latent, dtype=dtype)
    return generation.sample(run.algorithm, state, Request(latent, vectors), ROWS.decode), condition


def sheet(run: Run, state: State, step: int) -> tuple[Image.Image, np.ndarray]:
    """The columns and their associations at a training step, beside real ones; and the rows f[N, D]."""
    dataset = run.dataset
    example, condition = _generated(run, state, run.config.seed, _ROWS)
    generated = rows(dataset, example, condition)
    some = chosen(dataset.size, min(_ROWS, dataset.size))
    real = rows(dataset, np.asarray(dataset.example[some]), dataset.condition[some])
    columns = Columns.fit(real)
    matrices = (marginals.associations(columns, real), marginals.associations(columns, generated))
    names = list(marginals.numbers(columns, real))
    return pictures.picture(real, generated, matrices, names, f"step {step}"), example


def _monitor(run: Run, workdir: Path, first: int, check: Callable[[], None]) -> condition_monitor.Monitor:
    """Measures the generator of a run every so often, beside its training rows."""
    dataset = run.dataset
    everything = np.arange(dataset.size)
    real = rows(dataset, np.asarray(dataset.example[everything]), dataset.condition)
    columns = Columns.fit(real)

    def values(example: np.ndarray, condition: np.ndarray) -> dict[str, float]:
        asked = condition.argmax(1) if dataset.class_names else condition
        return light(columns, real, rows(dataset, example, asked))

    own = condition_monitor.Own(_LIGHT, values, {"c2st": 0.5})
    return condition_monitor.Monitor(
        run, workdir, first, check, codec=ROWS, unit=_UNIT, own=own, features=False
    )


def _finish(run: Run, workdir: Path, frames: int) -> Sequence[Path]:
    """The course of the figures."""
    if not run.config.quality.every:
        return ()
    path = workdir / "quality.png"
    titles = {name: FIGURES[name].title for name in _LIGHT}
    curves.figures(workdir / "quality.jsonl", path, titles, title=workdir.name)
    return (path,)


def _measurable(config: Config, dataset: Dataset) -> tuple[Config, str]:
    if dataset.size < _LEAST:
        return config, f"{dataset.size} rows are too few to be told from generated ones, it takes {_LEAST}"
    named = dict(_LIGHT)
    if not condition_monitor.unreadable(dataset, _UNIT):
        named |= condition_monitor.figures(dataset.schema, config.model.conditional, features=False)
    return record.choose(config, named), ""


ROWS = Codec(lambda x, dtype: x.astype(dtype), lambda x: x)
"""Stored numbers as they are: quantiles in [-1, 1] and one-hot vectors."""

KIND = Kind(
    codec=ROWS,
    unit=_UNIT,
    sheet=sheet,
    finish=_finish,
    monitor=_monitor,
    measurable=_measurable,
    measures=lambda config: f"{config.quality.samples:,} rows every {config.quality.every} steps",
)
