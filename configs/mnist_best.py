"""MNIST at 32x32, with what measurably helps.

python train.py --config=configs/mnist_best.py
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 32}
    config.model = {"architecture": "conv", "features": 16, "latent": 100, "embedding": 10}
    config.objective = {
        "penalty_weight": 10.0,
        "critic_updates": 5,
        "schedule": "paper",
        "fake_labels": "real",
    }
    config.optimizer = {
        "generator_learning_rate": 5e-4,
        "critic_learning_rate": 5e-4,
        "beta1": 0.5,
        "beta2": 0.9,
        "decay_steps": 15_000,
    }
    config.train = {
        "batch_size": 64,
        "steps": 15_000,
        "ema_decay": 0.999,
        "log_every": 100,
        "sample_every": 500,
        "checkpoint_every": 1000,
    }
    config.quality = {"every": 500, "samples": 1000}
    return config
