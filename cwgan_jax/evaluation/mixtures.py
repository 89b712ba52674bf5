"""Figures of generated points, of which everything is known: no judge is needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from scipy import optimize, spatial, stats

from cwgan_jax import data
from cwgan_jax.algorithms.step import State
from cwgan_jax.common.files import json_lines, to_json, write_whole
from cwgan_jax.data.mixtures import MIXTURES
from cwgan_jax.pictures import scatter
from cwgan_jax.sampling import generation, load
from cwgan_jax.training.plan import Plan
from cwgan_jax.training.telemetry import Watch

SEED = 2**31  # of the latents while training; not those of evaluate.py
MODE_SAMPLES = 2_500  # points by which modes are counted, as in PacGAN
_NEAR = 3.0  # deviations around a centre: within them a point is of high quality
_TRANSPORT = 1_000  # points on either side of the exact transport in two dimensions


def figures(name: str, points: np.ndarray) -> dict[str, float]:
    """What can be said of points f[N, D], against the mixture they are to come from.

    Returns:
      mean, deviation: of a normal one's numbers.
      modes: of a mixture's Gaussians, how many have a point within three deviations, among the first 2,500
        points (Lin et al. 2018, arXiv:1712.04086, Section 4.1).
      high_quality: share of these points that are within three deviations of a centre.
      wasserstein: distance W1; in one dimension to the normal distribution itself, from the quantiles, in two
        that of the exact transport between the first 1,000 points and as many held-out real ones.
    """
    mixture, points = MIXTURES[name], np.asarray(points, np.float64)
    if points.shape[1] == 1:
        line = np.sort(points[:, 0])
        quantiles = stats.norm.ppf((np.arange(len(line)) + 0.5) / len(line), scale=mixture.deviation)
        distance = float(np.abs(line - quantiles).mean())
        return {"mean": float(line.mean()), "deviation": float(line.std()), "wasserstein": distance}
    some = points[:MODE_SAMPLES]
    distances = spatial.distance.cdist(some, mixture.centre)
    near = distances.min(1) <= _NEAR * mixture.deviation
    return {
        "modes": float(len(np.unique(distances.argmin(1)[near]))),
        "high_quality": float(near.mean()),
        "wasserstein": transport(points[:_TRANSPORT], data.mixtures.draw(name, "test")[0][:_TRANSPORT, 0, 0]),
    }


def transport(a: np.ndarray, b: np.ndarray) -> float:
    """W1 between two equally large sets of points f[N, D], by the best pairing of all."""
    cost = spatial.distance.cdist(np.asarray(a, np.float64), np.asarray(b, np.float64))
    return float(cost[optimize.linear_sum_assignment(cost)].mean())


class PointsMonitor:
    """Measures the generator of a run on points every so often; `quality.jsonl` gets a line each time."""

    def __init__(self, plan: Plan, workdir: Path, first: int) -> None:
        """Drops the lines of later steps than `first`, where the run goes on."""
        self._plan, self._log = plan, workdir / "quality.jsonl"
        self._lines = [line for line in json_lines(self._log) if line.get("step", first + 1) <= first]
        self._real = data.mixtures.draw(plan.config.data.name, "test")[0][:, 0, 0]

    def add(self, step: int, state: State, watch: Watch) -> None:
        """Measures step n, tells and writes down what was found.

        `critic_estimate` is the critic gap between held-out real and newly generated points: where the critic
        is one of slope 1, an estimate of the distance from below.
        """
        config, state = self._plan.config, jax.device_get(state)
        points = scatter.generated(
            self._plan.networks,
            generation.variables(state),
            seed=SEED,
            count=scatter.COUNT,
            size=config.model.latent,
        )
        score = (np.asarray(scatter.scores(self._plan.networks, state, x)) for x in (self._real, points))
        values = figures(config.data.name, points)
        values["critic_estimate"] = float(next(score).mean() - next(score).mean())
        rounded: dict[str, Any] = {key: float(f"{x:.6g}") for key, x in values.items()}
        self._lines.append({"step": step, **rounded})
        write_whole(self._log, "".join(to_json(line) + "\n" for line in self._lines).encode())
        watch.quality(step, values)


_TITLES = {
    "mean": "mean",
    "deviation": "standard deviation",
    "modes": "modes found",
    "high_quality": "points within three deviations of a centre",
    "wasserstein": "Wasserstein distance",
}


def evaluated(model: load.Model, *, count: int, seeds: Sequence[int]) -> dict[str, Any]:
    """One checkpoint, measured: an entry of the file of figures.

    Args:
      model: the checkpoint.
      count: N, points for each seed.
      seeds: of the latents.
    """
    name, size = model.config.data.name, model.config.model.latent
    sets = [
        figures(name, scatter.generated(model.networks, model.generator, seed=seed, count=count, size=size))
        for seed in seeds
    ]
    floor = figures(name, data.mixtures.draw(name, "train")[0][:count, 0, 0])
    metrics = {}
    for key, real in floor.items():
        values = sorted(found[key] for found in sets)
        metrics[key] = {
            "title": _TITLES[key],
            "value": float(np.median(values)),
            "spread": [values[0], values[-1]] if len(values) > 1 else None,
            "floor": real,
        }
    return {"step": model.step, "samples": count, "seeds": list(seeds), "metrics": metrics}
