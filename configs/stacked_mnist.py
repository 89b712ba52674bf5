"""Stacked MNIST at 32x32: three digits as red, green and blue, 1,000 modes, without labels.

python train.py --config=configs/stacked_mnist.py --config.data.dir=path/to/the/four/files

How many of the modes the samples cover, and how evenly, is the test for mode collapse of VEEGAN
(arXiv:1705.07761) and PacGAN (arXiv:1712.04086). This is `best.py` without labels, and so without a
classifier. It finds 1,000 modes with a KL of 0.031 (real test images: 0.024; one run, 40 to 60 minutes on
two CPU cores, 2026-11-27; docs/quality.md). There is no variant for a first look: after a minute few of the
overlapping digits can be read.
"""

import ml_collections

from . import best


def get_config() -> ml_collections.ConfigDict:
    config = best.get_config()
    config.data = {"name": "stacked_mnist", "size": 32}
    config.model.conditional = False
    del config.model.embedding, config.model.critic_labels
    del config.objective.auxiliary, config.objective.fake_labels
    config.update_from_flattened_dict(best.length(50_000))
    return config
