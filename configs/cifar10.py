"""WGAN-GP's residual networks on CIFAR-10, with conditional batch norm and an auxiliary classifier.

    python train.py --config=configs/cifar10.py

Gulrajani et al. 2017 (arXiv:1704.00028), Section 5.4 and Appendices C and F: blocks of 128 channels,
penalty 10, five critic updates of 64 images, Adam 2e-4 (0, 0.9) falling to zero over 100,000 steps,
auxiliary classifier with weights 1 and 0.1. Their generator's batch is twice as large; here both have 64.
TFDS downloads the data; a folder of pictures with a folder for each class does as well
(`--config.data.name=folder --config.data.dir=...`). The paper's Inception Score is 8.42. This recipe has
not been run to its end.

The variant `quick` takes the bundled digits at 16x16 and a larger weight of the classifier: it reads 43 %
of 500 digits as the requested class after 600 steps, Frechet distance 16 (134 s of processor time,
2026-11-27). It shows that it learns, no more. The variant `mnist` is MNIST at 32x32, sized for the
time of `mnist_best.py`; it has not been run.
"""

import ml_collections

VARIANTS = {
    "quick": {
        "data.name": "digits",
        "data.size": 16,
        "model.features": 32,
        "model.critic_features": 32,
        "objective.critic_updates": 2,
        "objective.auxiliary.critic": 5.0,
        "objective.auxiliary.generator": 1.0,
        "train.batch_size": 32,
        "optimizer.generator_learning_rate": 1e-3,
        "optimizer.critic_learning_rate": 1e-3,
        "ramp.end": 600,
        "train.steps": 600,
        "train.ema_decay": 0.99,
        "train.sample_every": 200,
        "train.checkpoint_every": 300,
        "quality.every": 300,
        "quality.samples": 500,
    },
    "mnist": {
        "data.name": "mnist",
        "model.features": 32,
        "model.critic_features": 32,
        "objective.critic_updates": 2,
        "objective.auxiliary.critic": 5.0,
        "objective.auxiliary.generator": 1.0,
        "optimizer.generator_learning_rate": 1e-3,
        "optimizer.critic_learning_rate": 1e-3,
        "ramp.end": 3900,
        "train.batch_size": 32,
        "train.steps": 3900,
        "train.ema_decay": 0.999,
        "train.sample_every": 500,
        "train.checkpoint_every": 1000,
        "quality.every": 500,
        "quality.samples": 1000,
    },
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "cifar10", "size": 32}
    config.model = {
        "architecture": "resnet",
        "features": 128,
        "critic_features": 128,
        "latent": 128,
        "generator_labels": "batch_norm",
        "critic_labels": "off",
    }
    config.objective = {
        "penalties": {"interpolates": {"weight": 10.0}},
        "auxiliary": {"critic": 1.0, "generator": 0.1},
        "critic_updates": 5,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 2e-4,
        "critic_learning_rate": 2e-4,
        "beta1": 0.0,
        "beta2": 0.9,
    }
    config.ramp = {"end": 100_000}
    config.train = {
        "batch_size": 64,
        "steps": 100_000,
        "log_every": 100,
        "sample_every": 1000,
        "checkpoint_every": 5000,
    }
    config.quality = {"every": 5000, "samples": 5000}
    return config
