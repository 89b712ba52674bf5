"""Images, u8 on disk and in [-1, 1] in the networks: one condition a row, beside real ones."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from cwgan_jax.algorithms import Request, State, generation
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset, conditions
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation import condition_monitor, record
from cwgan_jax.evaluation.monitor import CHOOSING, Monitor
from cwgan_jax.kinds import rows, translations
from cwgan_jax.kinds.kind import Kind, Run
from cwgan_jax.pictures import sheets

_UNIT = "images"
_COLUMNS = 10  # images of a condition on a sheet of the training
_ROWS = 10  # conditions on it, at the most
_JUDGED = 100  # training images


def sheet(run: Run, state: State, step: int) -> tuple[Image.Image, np.ndarray]:
    """Draws the sheet of a training step: a condition a row, with the run's own latents, beside real images.

    Where conditions are not just a class, a row has that of a real image, and this one beside it.

    Args:
      run: the run.
      state: at that step.
      step: n.

    Returns:
      The sheet, and the generated images on it u8[rows, columns, H, W, D].
    """
    if run.algorithm.directions:
        return translations.sheet(run, state, step)
    config, dataset = run.config, run.dataset
    shown = rows.rows(dataset, config.model.conditional, _ROWS, _COLUMNS)
    real = np.zeros((len(shown), _COLUMNS, *dataset.shape), np.uint8)
    for place, row in zip(real, shown, strict=True):
        if row.real:  # else the row stays black
            place[:] = dataset.image[np.resize(row.real, _COLUMNS)]
    dtype = np.dtype(config.model.dtype)
    latent = [
        generation.latents(config.seed, row.latent, _COLUMNS, size=config.model.latent, dtype=dtype)
        for row in shown
    ]
    stored = np.repeat(np.stack([row.condition for row in shown]), _COLUMNS, axis=0)
    request = Request(
        np.concatenate(latent),
        rows.vectors(dataset.schema, stored, config),
        real.reshape(-1, *dataset.shape),
    )
    drawn = generation.sample(run.algorithm, state, request, PIXELS.decode).reshape(real.shape)
    panels = [sheets.Panel(f"generated, step {step}", drawn), sheets.Panel("real", real)]
    return sheets.sheet(panels, row_names=[row.name for row in shown if row.name]), drawn


def _measurable(config: Config, dataset: Dataset) -> tuple[Config, str]:
    """Drops the measuring where nothing can be trained to read the images; see `Kind`."""
    asked = config.model.conditional
    if conditions.class_names(dataset.schema):
        figures = dict(CHOOSING) if asked else {"frechet": CHOOSING["frechet"]}
        why = _unjudged(dataset)
    else:
        why = condition_monitor.unreadable(dataset, _UNIT)
        figures = condition_monitor.figures(dataset.schema, asked)
    if not asked and config.quality.best.startswith("agreement"):
        raise ConfigError(
            f"config.quality.best={config.quality.best}: the model is unconditional, no class is asked for;"
            " use frechet"
        )
    every = None if why else config.quality.every
    classes = len(dataset.class_names) if asked else 0
    samples = max(config.quality.samples, classes)  # at least one image of each class
    quality = dataclasses.replace(config.quality, every=every, samples=samples)
    config = dataclasses.replace(config, quality=quality)
    return (config if why else record.choose(config, figures)), why


def _unjudged(dataset: Dataset) -> str:
    """Why no judge can be trained on images of these classes; nothing if one can."""
    if len(dataset.class_names) < 2:
        return "the judge of pictures needs at least two classes, the data have one"
    if dataset.size < _JUDGED:
        return f"{dataset.size} training images are too few for a judge of pictures, it needs {_JUDGED}"
    return ""


def _monitor(
    run: Run, workdir: Path, first: int, check: Callable[[], None]
) -> Monitor | condition_monitor.Monitor:
    """By the judge, of images with a class each; otherwise by the reader."""
    if run.dataset.class_names:
        return Monitor(run, workdir, first, check)
    return condition_monitor.Monitor(run, workdir, first, check, codec=PIXELS, unit=_UNIT)


def _finish(run: Run, workdir: Path, frames: int) -> Sequence[Path]:
    return ()


def _measures(config: Config) -> str:
    quality = config.quality
    return f"{quality.samples:,} images every {quality.every} steps; the best checkpoint by {quality.best}"


KIND = Kind(
    codec=PIXELS,
    unit=_UNIT,
    sheet=sheet,
    finish=_finish,
    monitor=_monitor,
    measurable=_measurable,
    measures=_measures,
)
