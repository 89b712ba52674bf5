"""Stacked MNIST at 32x32: three digits as red, green and blue, 1,000 modes, without labels.

python train.py --config=configs/stacked_mnist.py --config.data.dir=path/to/the/four/files

How many of the modes the samples cover, and how evenly, is the test for mode collapse of VEEGAN
(arXiv:1705.07761) and PacGAN (arXiv:1712.04086). The networks are those of `mnist.py` without labels. With
`--config.model.features=16`, learning rates of 3e-4 falling to zero and 9,000 steps, 43 minutes on two CPU
cores: 1,000 modes, KL 0.073 (2026-11-22; docs/quality.md). The whole config has not been run. There is no
variant for a first look: after 1,500 steps of f = 16 with learning rates of 5e-4 few of the overlapping
digits can be read.
"""

import ml_collections

from . import mnist


def get_config() -> ml_collections.ConfigDict:
    config = mnist.get_config()
    config.data.name = "stacked_mnist"
    config.model = {"architecture": "conv", "features": 64, "latent": 100, "conditional": False}
    config.objective.schedule = "paper"
    config.train = {
        "batch_size": 64,
        "steps": 50_000,
        "ema_decay": 0.999,
        "log_every": 100,
        "sample_every": 400,
        "checkpoint_every": 1000,
    }
    config.quality.every = 1000
    return config
