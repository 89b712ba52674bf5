"""WGAN with weight clipping: `wgan_gp.py` with weights in [-0.01, 0.01] instead of a penalty, RMSprop 5e-5.

python train.py --config=configs/wgan.py --config.data.dir=path/to/the/four/files
"""

import ml_collections

from . import wgan_gp

VARIANTS = wgan_gp.VARIANTS


def get_config() -> ml_collections.ConfigDict:
    config = wgan_gp.get_config()
    config.objective.penalties.interpolates.weight = 0.0
    config.objective.clip = 0.01
    config.optimizer = {
        "name": "rmsprop",
        "generator_learning_rate": 5e-05,
        "critic_learning_rate": 5e-05,
        "beta2": 0.99,
    }
    return config
