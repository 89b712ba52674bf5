"""LSGAN: `dcgan28.py` with least squares, and without label smoothing; MNIST at 28x28.

python train.py --config=configs/lsgan.py --config.data.dir=path/to/the/four/files

The variant `quick` learns the bundled digits at 16x16 (Frechet distance 46 of 500 images). Longer runs get
worse: 1,438 images are few for a discriminator without a penalty.
"""

import ml_collections

from . import dcgan28

VARIANTS = dcgan28.VARIANTS


def get_config() -> ml_collections.ConfigDict:
    config = dcgan28.get_config()
    config.objective.loss = "least_squares"
    config.objective.real_target = 1.0
    config.objective.fake_target = 0.0
    return config
