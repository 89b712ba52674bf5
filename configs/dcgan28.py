"""The DCGAN for MNIST at 28x28: batch norm in both networks, Adam 2e-4 (0.5, 0.999), 50 epochs.

python train.py --config=configs/dcgan28.py --config.data.dir=path/to/the/four/files

As in the GAN family, the loss is non-saturating with labels smoothed to 0.9 and 0.1, and the accuracies of
the discriminator are among the metrics.

The variant `quick` learns the bundled digits at 16x16 (Frechet distance 59 of 500 images). Longer runs get
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
        "loss": "non_saturating",
        "penalties": {"interpolates": {"weight": 0.0}},
        "real_target": 0.9,
        "fake_target": 0.1,
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
