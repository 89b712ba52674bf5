"""The objective of R3GAN: relativistic pairing loss, zero-centred penalties at real and generated images.

python train.py --config=configs/r3gan.py --config.data.dir=path/to/the/four/files

Huang et al. 2025, arXiv:2501.05441: R1 and R2 of Mescheder et al. with gamma = 1 each (the weights are
gamma / 2), one critic update for each of the generator, no norms in the critic, a moving average. MNIST at
32x32 on the networks of `mnist.py`, not on those of the paper.
"""

import ml_collections

VARIANTS = {
    "quick": {
        "model.features": 16,
        "data.name": "digits",
        "data.size": 16,
        "optimizer.generator_learning_rate": 5e-4,
        "optimizer.critic_learning_rate": 5e-4,
        "train.steps": 2000,
        "train.ema_decay": 0.99,
        "train.sample_every": 500,
        "train.checkpoint_every": 1000,
        "quality.every": 500,
        "quality.samples": 500,
    }
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 32}
    config.model = {"architecture": "conv", "features": 64, "latent": 100, "critic_norm": "off"}
    config.objective = {
        "loss": "relativistic",
        "penalties": {
            "interpolates": {"weight": 0.0},
            "real": {"weight": 0.5, "kind": "zero_centred"},
            "fake": {"weight": 0.5, "kind": "zero_centred"},
        },
        "critic_updates": 1,
        "schedule": "paper",
        "fake_labels": "real",
    }
    config.optimizer = {
        "generator_learning_rate": 2e-4,
        "critic_learning_rate": 2e-4,
        "beta1": 0.0,
        "beta2": 0.99,
    }
    config.train = {
        "batch_size": 64,
        "epochs": 50,
        "ema_decay": 0.999,
        "log_every": 100,
        "sample_every": 1000,
        "checkpoint_every": 2000,
    }
    config.quality = {"every": 2000, "samples": 1000}
    return config
