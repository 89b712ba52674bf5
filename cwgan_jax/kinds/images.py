"""Images, u8 on disk and in [-1, 1] in the networks: one class a row, beside real ones."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from cwgan_jax.algorithms import Request, State, generation
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset, conditions
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation.monitor import Monitor
from cwgan_jax.kinds.kind import Kind, Run
from cwgan_jax.pictures import sheets

_COLUMNS = 10  # images of a class on a sheet of the training
_ROWS = 10  # classes on it, at the most
_JUDGED = 100  # training images


def sheet(run: Run, state: State, step: int) -> tuple[Image.Image, np.ndarray]:
    """Draws the sheet of a training step: a class a row, with the run's own latents, beside real images.

    Where conditions are not just a class, a row has that of a real image, and this one beside it.

    Args:
      run: the run.
      state: at that step.
      step: n.

    Returns:
      The sheet, and the generated images on it u8[rows, columns, H, W, D].
    """
    config, dataset = run.config, run.dataset
    if config.model.conditional and dataset.schema and not dataset.class_names:
        return _sheet_of_conditions(run, state, step)
    names = dataset.class_names if config.model.conditional else ()
    total = len(names) or _ROWS
    labels = np.unique(np.linspace(0, total - 1, min(total, _ROWS)).astype(int))
    real = np.zeros((len(labels), _COLUMNS, *dataset.shape), np.uint8)
    for row, label in zip(real, labels.tolist(), strict=True):
        everything = np.arange(dataset.size)
        members = np.flatnonzero(dataset.label == label) if names else everything[label::_ROWS]
        if len(members):  # else the row stays black
            row[:] = dataset.image[members[np.linspace(0, len(members) - 1, _COLUMNS).astype(int)]]
    dtype = np.dtype(config.model.dtype)
    latent = [
        generation.latents(config.seed, label, _COLUMNS, size=config.model.latent, dtype=dtype)
        for label in labels.tolist()
    ]
    request = Request(
        np.concatenate(latent),
        generation.one_hot(np.repeat(labels, _COLUMNS), len(names), dtype),
        real.reshape(-1, *dataset.shape),
    )
    drawn = generation.sample(run.algorithm, state, request, PIXELS.decode).reshape(real.shape)
    panels = [sheets.Panel(f"generated, step {step}", drawn), sheets.Panel("real", real)]
    return sheets.sheet(panels, row_names=[names[c] for c in labels] if names else []), drawn


def _sheet_of_conditions(run: Run, state: State, step: int) -> tuple[Image.Image, np.ndarray]:
    """As `sheet`, for conditions that are vectors."""
    config, dataset = run.config, run.dataset
    chosen = np.unique(np.linspace(0, dataset.size - 1, _ROWS).astype(int))
    dtype = np.dtype(config.model.dtype)
    latent = [
        generation.latents(config.seed, row, _COLUMNS, size=config.model.latent, dtype=dtype)
        for row in range(len(chosen))
    ]
    request = Request(
        np.concatenate(latent), dataset.condition[chosen].repeat(_COLUMNS, axis=0).astype(dtype)
    )
    drawn = generation.sample(run.algorithm, state, request, PIXELS.decode)
    drawn = drawn.reshape(len(chosen), _COLUMNS, *dataset.shape)
    real = dataset.image[chosen][:, None]
    values = conditions.decode(dataset.schema, dataset.condition[chosen])
    names = [
        ", ".join(
            f"{each[i]:.3g}" if isinstance(each[i], float) else str(each[i]) for each in values.values()
        )
        for i in range(len(chosen))
    ]
    panels = [sheets.Panel(f"generated, step {step}", drawn), sheets.Panel("real", real)]
    return sheets.sheet(panels, row_names=names), drawn


def _measurable(config: Config, dataset: Dataset) -> tuple[Config, str]:
    """Drops the measuring where a judge cannot be trained; see `Kind`."""
    quality, classes = config.quality, len(dataset.class_names) if config.model.conditional else 0
    if quality.best == "agreement" and not classes:
        raise ConfigError(
            "config.quality.best=agreement: the model is unconditional, no class is asked for; use frechet"
        )
    why = ""
    if len(dataset.class_names) < 2:
        why = "the judge of pictures needs at least two classes, the data have one"
    elif dataset.size < _JUDGED:
        why = f"{dataset.size} training images are too few for a judge of pictures, it needs {_JUDGED}"
    every = None if why else quality.every
    samples = max(quality.samples, classes)  # at least one image of each class
    return dataclasses.replace(
        config, quality=dataclasses.replace(quality, every=every, samples=samples)
    ), why


def _finish(run: Run, workdir: Path, frames: int) -> Sequence[Path]:
    return ()


def _measures(config: Config) -> str:
    quality = config.quality
    return f"{quality.samples:,} images every {quality.every} steps; the best checkpoint by {quality.best}"


KIND = Kind(
    codec=PIXELS,
    unit="images",
    sheet=sheet,
    finish=_finish,
    monitor=Monitor,
    measurable=_measurable,
    measures=_measures,
)
