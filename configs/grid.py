"""WGAN-GP on a grid of 25 Gaussians: every mode is found, and the critic's contours show how.

python train.py --config=configs/grid.py

`ring.py` on other data, and longer. `times.png` shows the points over the critic's contours at ten times,
`wasserstein.png` the distance to the true distribution and the critic's estimate of it. 103 s on two CPU
cores: 25 of 25 modes, 46 % of the points within three deviations of a centre, distance 0.41 (as many real
points: 0.25; 2026-11-22).
"""

import ml_collections

from . import ring

VARIANTS = ring.VARIANTS


def get_config() -> ml_collections.ConfigDict:
    config = ring.get_config()
    config.data.name = "grid"
    config.ramp = {"end": 6000}
    config.train.steps = 6000
    config.train.sample_every = 600
    config.quality.every = 300
    return config
