"""The conditional WGAN-GP of the comparison: `wgan_gp.py` with labels, the reference system cwgan_gp_mlp.

python train.py --config=configs/cwgan_gp.py --config.data.dir=path/to/the/four/files

The labels of the fakes are drawn uniformly, and the interpolates are scored under the real ones.
"""

import ml_collections

from . import wgan_gp

VARIANTS = wgan_gp.VARIANTS


def get_config() -> ml_collections.ConfigDict:
    config = wgan_gp.get_config()
    config.model.conditional = True
    config.objective.fake_labels = "uniform"
    return config
