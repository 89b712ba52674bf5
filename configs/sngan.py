"""SNGAN with projection on CIFAR-10 at 32x32."""

import ml_collections

VARIANTS = {
    "quick": {
        "data.name": "digits",
        "data.size": 16,
        "model.features": 32,
        "model.critic_features": 32,
        "objective.critic_updates": 2,
        "train.batch_size": 32,
        "optimizer.generator_learning_rate": 5e-4,
        "optimizer.critic_learning_rate": 5e-4,
        "train.steps": 800,
        "train.ema_decay": 0.99,
        "train.sample_every": 200,
        "train.checkpoint_every": 400,
        "quality.every": 400,
        "quality.samples": 500,
    },
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "cifar10", "size": 32}
    config.model = {
        "architecture": "resnet",
        "features": 256,
        "critic_features": 128,
        "latent": 128,
        "generator_labels": "batch_norm",
        "critic_labels": "projection",
        "pooling": "sum",
        "batch_norm_epsilon": 1e-4,
    }
    config.objective = {
        "loss": "hinge",
        "penalties": {"interpolates": {"weight": 0.0}},
        "critic_spectral_norm": True,
        "critic_updates": 5,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 2e-4,
        "critic_learning_rate": 2e-4,
        "beta1": 0.5,
        "beta2": 0.999,
    }
    config.train = {
        "batch_size": 64,
        "steps": 100_000,
        "log_every": 100,
        "sample_every": 1000,
        "checkpoint_every": 5000,
    }
    config.quality = {"every": 5000, "samples": 5000}
    return config
