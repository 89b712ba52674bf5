"""WGAN-GP on convolutional networks (Adam 1e-4 with betas 0 and 0.9, 5 critic updates, weight 10).

python train.py --config=configs/wgan_gp_conv.py --config.data.dir=path/to/the/four/files

The optimizer and the penalty are those of the GAN family. The variant `quick` learns the bundled digits at
16x16 with learning rates of 5e-4.
"""

import ml_collections

VARIANTS = {
    "quick": {
        "train.steps": 400,
        "train.sample_every": 100,
        "train.checkpoint_every": 200,
        "quality.every": 200,
        "quality.samples": 500,
        "model.features": 16,
        "data.name": "digits",
        "data.size": 16,
        "optimizer.generator_learning_rate": 5e-4,
        "optimizer.critic_learning_rate": 5e-4,
    }
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 28}
    config.model = {"architecture": "conv", "features": 32, "latent": 100, "conditional": False}
    config.objective = {
        "penalties": {"interpolates": {"weight": 10.0}},
        "critic_updates": 5,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 0.0001,
        "critic_learning_rate": 0.0001,
        "beta1": 0.0,
        "beta2": 0.9,
    }
    config.train = {
        "batch_size": 64,
        "epochs": 50,
        "log_every": 100,
        "sample_every": 1000,
        "checkpoint_every": 2000,
    }
    config.quality = {"every": 2000, "samples": 1000}
    return config
