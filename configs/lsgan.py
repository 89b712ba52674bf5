"""LSGAN (least squares, R4) on the DCGAN networks, MNIST at 28x28.

python train.py --config=configs/lsgan.py --config.data.dir=path/to/the/four/files

The variant `quick` learns the bundled digits at 16x16 (Frechet distance 46 of 500 images). Longer it gets
worse: 1,438 images are few for a discriminator without a penalty.
"""

import ml_collections

VARIANTS = {
    "quick": {
        "train.steps": 800,
        "train.sample_every": 200,
        "train.checkpoint_every": 400,
        "quality.every": 400,
        "quality.samples": 500,
        "model.features": 16,
        "data.name": "digits",
        "data.size": 16,
    }
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 28}
    config.model = {"architecture": "dcgan", "features": 64, "latent": 100, "conditional": False}
    config.objective = {
        "loss": "least_squares",
        "penalties": {"interpolates": {"weight": 0.0}},
        "critic_updates": 1,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 0.0002,
        "critic_learning_rate": 0.0002,
        "beta1": 0.5,
        "beta2": 0.999,
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
