"""What signals, fields and volumes share: which examples a sheet shows, and how they are measured."""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from cwgan_jax import data
from cwgan_jax.algorithms import Request, State, generation
from cwgan_jax.common.errors import UserError
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset
from cwgan_jax.data.codec import NUMBERS
from cwgan_jax.evaluation import condition_monitor, record
from cwgan_jax.kinds import rows
from cwgan_jax.kinds.kind import Kind, Run
from cwgan_jax.metrics.figure import Figure
from cwgan_jax.pictures import curves
from cwgan_jax.pictures.numbers import Panel

_ROWS = 8  # on a sheet, at the most
_COLUMNS = 4  # generated examples in a row, and real ones of a class
_REAL = 2_000  # real examples that generated ones are compared with

Draw = Callable[[Sequence[Panel], Sequence[str], str], Image.Image]
"""(panels [rows, columns, ...], names of the rows, unit of the values) -> a picture."""
Light = Callable[[np.ndarray, np.ndarray], dict[str, float]]
"""(real, generated) -> figures."""


def _sheet(run: Run, state: State, step: int, draw: Draw) -> tuple[Image.Image, np.ndarray]:
    """Generated examples of some conditions, with the run's own latents, beside real ones."""
    config, dataset = run.config, run.dataset
    shown = rows.rows(dataset, config.model.conditional, _ROWS, _COLUMNS)
    dtype = np.dtype(config.model.dtype)
    latent = [
        generation.latents(config.seed, row.latent, _COLUMNS, size=config.model.latent, dtype=dtype)
        for row in shown
    ]
    condition = np.repeat(np.stack([row.condition for row in shown]), _COLUMNS, axis=0)
    request = Request(np.concatenate(latent), rows.vectors(dataset.schema, condition, config))
    drawn = generation.sample(run.algorithm, state, request, NUMBERS.decode)
    drawn = drawn.reshape(len(shown), _COLUMNS, *dataset.shape)
    real = np.full((len(shown), max(len(row.real) for row in shown), *dataset.shape), np.nan, np.float32)
    for place, row in zip(real, shown, strict=True):
        place[: len(row.real)] = dataset.example[np.array(row.real, int)]
    names = [row.name for row in shown if row.name]
    return picture(dataset, (f"generated, step {step}", drawn), ("real", real), names, draw), drawn


def picture(
    dataset: Dataset,
    generated: tuple[str, np.ndarray],
    real: tuple[str, np.ndarray],
    names: Sequence[str],
    draw: Draw,
) -> Image.Image:
    """Generated examples beside real ones.

    Args:
      dataset: whose they are.
      generated: title and stored examples f[rows, columns, ...].
      real: the same; NaN where there are none.
      names: of the rows; or none.
      draw: what draws them.
    """
    # Channels may have units of their own, and then only standardised ones go together.
    alone = dataset.shape[-1] == 1 and dataset.scaling is not None
    unit = "" if alone else "standard deviations"
    panels = [Panel(title, _in_unit(dataset, x) if alone else x) for title, x in (generated, real)]
    return draw(panels, names, unit)


def _in_unit(dataset: Dataset, x: np.ndarray) -> np.ndarray:
    """The user's values of stored examples [rows, columns, ...], NaN where there are none."""
    assert dataset.scaling is not None
    flat = x.reshape(-1, *dataset.shape)
    there = np.isfinite(flat.reshape(len(flat), -1)).all(1)
    values = np.full(flat.shape, np.nan)
    values[there] = dataset.scaling.decode(flat[there])
    return values.reshape(x.shape)


def _monitor(
    run: Run,
    workdir: Path,
    first: int,
    check: Callable[[], None],
    *,
    unit: str,
    light: Light,
    figures: Mapping[str, Figure],
) -> condition_monitor.Monitor:
    """Measures the generator of a run every so often.

    Generated examples are compared with held-out real ones; the floor is the same of training examples. Where
    nothing is held out they are compared with training examples.
    """
    test = held_out(run)
    real = _some(test or run.dataset)
    floors = light(real, _some(run.dataset)) if test else {}
    own = condition_monitor.Own(figures, lambda example, condition: light(real, example[:_REAL]), floors)
    return condition_monitor.Monitor(run, workdir, first, check, codec=NUMBERS, unit=unit, own=own)


def _measurable(
    config: Config, dataset: Dataset, unit: str, figures: Mapping[str, Figure]
) -> tuple[Config, str]:
    """Everything can be measured; the conditions too where there are enough examples of them."""
    named = dict(figures)
    if not condition_monitor.unreadable(dataset, unit):
        named |= condition_monitor.figures(dataset.schema, config.model.conditional)
    return record.choose(config, named), ""


def held_out(run: Run) -> Dataset | None:
    """The held-out examples that go with the training split of a run; None: there are none."""
    try:
        test = data.load(run.config.data, "test")
    except UserError:
        return None
    alike = (test.kind, test.shape, test.schema) == (run.dataset.kind, run.dataset.shape, run.dataset.schema)
    return test if alike and test.scaling == run.dataset.scaling else None


def _some(dataset: Dataset) -> np.ndarray:
    """At most 2,000 examples, evenly spread."""
    return np.asarray(dataset.example[np.array(rows.even(dataset.size, _REAL))])


def _finish(run: Run, workdir: Path, figures: Mapping[str, Figure]) -> Sequence[Path]:
    """The course of the distance of the spectra, beside its floor."""
    if not run.config.quality.every:
        return ()
    path, title = workdir / "spectrum.png", figures["spectrum"].title
    names = {"spectrum": title, "spectrum_floor": "the same of real training examples"}
    curves.figures(workdir / "quality.jsonl", path, names, title=workdir.name)
    return (path,)


def make(unit: str, draw: Draw, light: Light, figures: Mapping[str, Figure]) -> Kind:
    """A kind of data that is standardised numbers on a grid.

    Args:
      unit: what examples are called, in the plural.
      draw: what draws a sheet of them.
      light: what measures them.
      figures: what there is to say of these figures, by their names.
    """
    named = {name: figure for name, figure in figures.items() if name != "nearest"}
    return Kind(
        codec=NUMBERS,
        unit=unit,
        sheet=lambda run, state, step: _sheet(run, state, step, draw),
        finish=lambda run, workdir, frames: _finish(run, workdir, figures),
        monitor=functools.partial(_monitor, unit=unit, light=light, figures=named),
        measurable=functools.partial(_measurable, unit=unit, figures=named),
        measures=lambda config: (
            f"{', '.join(named)} and what is read of the condition, of {config.quality.samples:,} {unit}"
            f" every {config.quality.every} steps"
        ),
    )
