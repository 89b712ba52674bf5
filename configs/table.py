"""Rows of a table.

python train.py --config=configs/table.py
"""

import ml_collections

VARIANTS = {"quick": {"train.steps": 300, "optimizer.decay_steps": 300, "train.sample_every": 100}}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "breast_cancer"}
    config.model = {
        "architecture": "table",
        "features": 256,
        "latent": 128,
        "generator_labels": "batch_norm",
        "critic_labels": "projection",
    }
    config.objective = {
        "penalties": {"interpolates": {"weight": 1.0}},
        "critic_updates": 2,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 2e-3,
        "critic_learning_rate": 2e-3,
        "beta1": 0.0,
        "beta2": 0.9,
        "decay_steps": 2000,
    }
    config.train = {
        "batch_size": 250,
        "steps": 2000,
        "ema_decay": 0.99,
        "log_every": 50,
        "sample_every": 500,
        "checkpoint_every": 1000,
    }
    config.quality = {"every": 500}
    return config
