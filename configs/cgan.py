"""The conditional GAN of the comparison: `gan.py` with labels; those of the fakes are drawn uniformly.

python train.py --config=configs/cgan.py --config.data.dir=path/to/the/four/files
"""

import ml_collections

from . import gan

VARIANTS = gan.VARIANTS


def get_config() -> ml_collections.ConfigDict:
    config = gan.get_config()
    config.model.conditional = True
    config.objective.fake_labels = "uniform"
    return config
