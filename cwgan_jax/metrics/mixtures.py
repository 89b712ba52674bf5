"""Figures of generated points, of which everything is known: no judge is needed."""

import numpy as np

from cwgan_jax.data.sets import mixtures
from cwgan_jax.metrics.figure import Figure

MODE_SAMPLES = 2_500  # points by which modes are counted, as in PacGAN
_NEAR = 3.0  # deviations around a centre: within them a point is of high quality
_TRANSPORT = 1_000  # points on either side of the exact transport in two dimensions

FIGURES = {
    "mean": Figure("mean", "near floor", "of the generated numbers"),
    "deviation": Figure("standard deviation", "near floor", "of the generated numbers"),
    "modes": Figure("modes found", "higher", "Gaussians with a point within three deviations"),
    "high_quality": Figure(
        "points within three deviations of a centre", "near floor", "share of the generated points"
    ),
    "wasserstein": Figure("Wasserstein distance", "lower", "between generated points and the distribution"),
    "critic_estimate": Figure(
        "critic gap on held-out points",
        "lower",
        "estimates the Wasserstein distance from below where the critic has slope 1",
    ),
}


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
    from scipy import spatial, stats  # slow to import

    mixture, points = mixtures.MIXTURES[name], np.asarray(points, np.float64)
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
        "wasserstein": transport(points[:_TRANSPORT], mixtures.draw(name, "test")[0][:_TRANSPORT, 0, 0]),
    }


def transport(a: np.ndarray, b: np.ndarray) -> float:
    """W1 between two equally large sets of points f[N, D], by the best pairing of all."""
    from scipy import optimize, spatial  # slow to import

    cost = spatial.distance.cdist(np.asarray(a, np.float64), np.asarray(b, np.float64))
    return float(cost[optimize.linear_sum_assignment(cost)].mean())
