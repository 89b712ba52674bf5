"""Points of one or two numbers, from a distribution of which everything is known."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from PIL import Image

from cwgan_jax.algorithms import Request, State, generation
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset
from cwgan_jax.data.codec import NUMBERS
from cwgan_jax.data.sets import mixtures
from cwgan_jax.evaluation.record import Record
from cwgan_jax.kinds.kind import Kind, Run, Watch
from cwgan_jax.metrics.mixtures import FIGURES, figures
from cwgan_jax.objectives import losses
from cwgan_jax.pictures import curves
from cwgan_jax.pictures import points as pictures

COUNT = 10_000  # points drawn
SEED = 2**31  # of the latents while training; not those of evaluate.py
_DISTANCES = ("wasserstein", "critic_estimate")  # drawn together
_FINE = 121  # scores along each side, from which the contours are drawn


def generated(
    draw: Callable[[Request], np.ndarray], config: Config, classes: int, *, seed: int, count: int
) -> np.ndarray:
    """Points f[count, D], of the classes in turn.

    Args:
      draw: the generator.
      config: of its run.
      classes: C; 0: it is unconditional.
      seed: of the latents.
      count: N.
    """
    dtype = np.dtype(config.model.dtype)
    latent = generation.latents(seed, 0, count, size=config.model.latent, dtype=dtype)
    label = np.arange(count) % max(classes, 1)
    return draw(Request(latent, generation.one_hot(label, classes, dtype)))[:, 0, 0]


def _drawn(run: Run, state: State, seed: int) -> np.ndarray:
    classes = len(run.dataset.class_names) if run.config.model.conditional else 0

    def draw(request: Request) -> np.ndarray:
        return generation.sample(run.algorithm, state, request, NUMBERS.decode)

    return generated(draw, run.config, classes, seed=seed, count=COUNT)


def _scores(run: Run, state: State, points: np.ndarray) -> np.ndarray:
    """The critic's scores f[N] of points f[N, D], under the first label."""
    dtype = np.dtype(run.config.model.dtype)
    classes = len(run.dataset.class_names) if run.config.model.conditional else 0
    condition = generation.one_hot(np.zeros(len(points), int), classes, dtype)
    assert run.algorithm.score is not None
    examples = points.astype(dtype)[:, None, None]
    return np.asarray(run.algorithm.score(state, jnp.asarray(examples), jnp.asarray(condition)))


def sheet(run: Run, state: State, step: int) -> tuple[Image.Image, np.ndarray]:
    """The picture of a training step, over the critic's scores of the plane; and the points f[N, D]."""
    config, points = run.config, _drawn(run, state, run.config.seed)
    probability = losses.OBJECTIVES[config.objective.loss].logit

    def behind(axis: Any, reach: float) -> None:
        if run.algorithm.score is None:
            return
        side = np.linspace(-reach, reach, _FINE, dtype=np.float32)
        if points.shape[1] == 1:
            pictures.curve(axis, side, _scores(run, state, side[:, None]), probability)
            return
        lattice = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
        score = _scores(run, state, lattice).reshape(_FINE, _FINE)
        axis.contourf(side, side, score, levels=24, cmap="Greys_r", alpha=0.85)
        axis.contour(side, side, score, levels=24, colors="black", linewidths=0.2)

    return pictures.picture(config.data.name, points, f"step {step}", behind), points


class _Monitor:
    """Measures the generator of a run on points every so often; `quality.jsonl` gets a line each time."""

    def __init__(self, run: Run, workdir: Path, first: int, check: Callable[[], None]) -> None:
        """Drops the lines of later steps than `first`, the step that the run starts or resumes from."""
        self._run = run
        self._record = Record(run, workdir, first, {})  # no best checkpoint is kept
        self._real = mixtures.draw(run.config.data.name, "test")[0][:, 0, 0]

    def add(self, step: int, state: State, watch: Watch) -> None:
        """Measures step n, reports and logs the figures.

        `critic_estimate` is the critic gap between held-out real and newly generated points: where the critic
        is one of slope 1, an estimate of the distance from below.
        """
        points = _drawn(self._run, state, SEED)
        values = figures(self._run.config.data.name, points)
        if self._run.algorithm.score is not None:
            real, fake = (_scores(self._run, state, x) for x in (self._real, points))
            values["critic_estimate"] = float(real.mean() - fake.mean())
        self._record.add(step, state, values)
        watch.quality(step, values)


def _finish(run: Run, workdir: Path, frames: int) -> Sequence[Path]:
    """Pictures of ten times side by side, and the course of the distance."""
    paths = []
    if frames:
        paths.append(workdir / "times.png")
        pictures.montage(workdir / "samples", paths[-1])
    if run.config.quality.every:
        paths.append(workdir / "wasserstein.png")
        titles = {name: FIGURES[name].title for name in _DISTANCES}
        curves.figures(workdir / "quality.jsonl", paths[-1], titles, title=workdir.name)
    return paths


def _measurable(config: Config, dataset: Dataset) -> tuple[Config, str]:
    return config, ""


KIND = Kind(
    codec=NUMBERS,
    unit="points",
    sheet=sheet,
    finish=_finish,
    monitor=_Monitor,
    measurable=_measurable,
    measures=lambda config: f"measured every {config.quality.every} steps",
)
