"""SAGAN: hinge loss, self-attention, spectral norm in both networks, conditional batch norm, projection.

python train.py --config=configs/sagan.py --config.data.dir=path/to/the/four/files

MNIST at 32x32. Learning rates 1e-4 and 4e-4, betas 0 and 0.9 (Zhang et al. 2019, Section 4). The variant
`quick` learns the bundled digits at 16x16 with higher ones.
"""

import ml_collections

VARIANTS = {
    "quick": {
        "train.steps": 1000,
        "train.sample_every": 250,
        "train.checkpoint_every": 500,
        "quality.every": 500,
        "quality.samples": 500,
        "model.features": 16,
        "model.attention": 8,
        "data.name": "digits",
        "data.size": 16,
        "train.ema_decay": 0.99,
        "optimizer.generator_learning_rate": 5e-4,
        "optimizer.critic_learning_rate": 1e-3,
    }
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 32}
    config.model = {
        "architecture": "conv",
        "features": 32,
        "latent": 100,
        "conditional": True,
        "generator_labels": "batch_norm",
        "critic_labels": "projection",
        "critic_norm": "off",
        "attention": 16,
    }
    config.objective = {
        "loss": "hinge",
        "penalties": {"interpolates": {"weight": 0.0}},
        "critic_spectral_norm": True,
        "generator_spectral_norm": True,
        "critic_updates": 1,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 0.0001,
        "critic_learning_rate": 0.0004,
        "beta1": 0.0,
        "beta2": 0.9,
    }
    config.train = {
        "batch_size": 64,
        "epochs": 50,
        "log_every": 100,
        "sample_every": 1000,
        "checkpoint_every": 2000,
        "ema_decay": 0.999,
    }
    config.quality = {"every": 2000, "samples": 1000}
    return config
