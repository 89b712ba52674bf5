"""WGAN with weight clipping (R4: RMSprop 5e-5, weights in +-0.01, 5 critic updates) on R3's networks.

python train.py --config=configs/wgan.py --config.data.dir=path/to/the/four/files
"""

import ml_collections

VARIANTS = {
    "quick": {
        "train.steps": 1000,
        "train.sample_every": 250,
        "train.checkpoint_every": 500,
        "quality.every": None,  # the judge of MNIST takes three minutes
    }
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 28}
    config.model = {
        "architecture": "mlp",
        "features": 128,
        "latent": 100,
        "conditional": False,
        "batch_norm_epsilon": 0.8,
    }
    config.objective = {
        "penalties": {"interpolates": {"weight": 0.0}},
        "clip": 0.01,
        "critic_updates": 5,
        "schedule": "paper",
    }
    config.optimizer = {
        "name": "rmsprop",
        "generator_learning_rate": 5e-05,
        "critic_learning_rate": 5e-05,
        "beta2": 0.99,
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
