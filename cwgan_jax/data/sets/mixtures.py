"""Toys of one or two numbers: mixtures of Gaussians, of which everything is known.

The ring and the grid are those of PacGAN (Lin et al. 2018, arXiv:1712.04086, Section 4.1): eight Gaussians of
deviation 0.01 on the unit circle; 25 of deviation 0.05 at distances of 2.
"""

from typing import NamedTuple

import numpy as np

_SIZE = {"train": 100_000, "test": 10_000}
_SEED = {"train": 0, "test": 1}


class Mixture(NamedTuple):
    """Gaussians of equal weight and equal deviation.

    Attributes:
      centre: f64[M, D].
      deviation: of each number around its centre.
    """

    centre: np.ndarray
    deviation: float

    def density(self, x: np.ndarray) -> np.ndarray:
        """f64[N], of points f[N, D]."""
        scaled = (np.asarray(x, np.float64)[:, None] - self.centre) / self.deviation
        each = np.exp(-0.5 * np.square(scaled).sum(-1))
        return each.mean(1) / (np.sqrt(2 * np.pi) * self.deviation) ** self.centre.shape[1]


_ANGLE = 2 * np.pi * np.arange(8) / 8
_PLACES = np.arange(-4.0, 5.0, 2.0)
MIXTURES = {
    "normal": Mixture(np.zeros((1, 1)), 1.0),
    "ring": Mixture(np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], 1), 0.01),
    "grid": Mixture(np.stack(np.meshgrid(_PLACES, _PLACES), -1).reshape(-1, 2), 0.05),
}


def draw(name: str, split: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Points f32[N, 1, 1, D], the number of the Gaussian that each is from i32[N], names of the Gaussians.

    Always the same ones: 100,000 to train with, 10,000 to test.
    """
    mixture, generator = MIXTURES[name], np.random.default_rng(_SEED[split])
    label = generator.integers(0, len(mixture.centre), _SIZE[split]).astype(np.int32)
    noise = generator.standard_normal((len(label), mixture.centre.shape[1]))
    points = (mixture.centre[label] + mixture.deviation * noise).astype(np.float32)
    names = tuple(f"({', '.join(f'{x:.2g}' for x in centre)})" for centre in mixture.centre)
    return points[:, None, None], label, names
