"""SNGAN with projection (Miyato et al. 2018, arXiv:1802.05957 and 1802.05637) on CIFAR-10 at 32x32.

    python train.py --config=configs/sngan.py

The residual networks of `cifar10.py`, wider, with the hinge loss, spectral norm in the critic, conditional
batch norm and projection; the values are those of StudioGAN's config, which reports an Inception Score of
8.83 and a Frechet Inception Distance of 9.01 after 100,000 steps. This recipe has not been run to its end.

The variant `quick`, on the bundled digits at 16x16, shows blurred strokes after 600 steps (20 % of 500
digits show the requested class, Frechet distance 19; about a minute on two free cores, 2026-11-27):
spectral norm learns slowly at first.
"""

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
        "train.steps": 600,
        "train.ema_decay": 0.99,
        "train.sample_every": 200,
        "train.checkpoint_every": 300,
        "quality.every": 300,
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
