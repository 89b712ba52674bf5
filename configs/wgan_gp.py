"""WGAN-GP on fully connected networks, MNIST at 28x28, without labels.

python train.py --config=configs/wgan_gp.py --config.data.dir=path/to/the/four/files

The reference system cwgan_gp_mlp without its labels: a critic update on every batch, a generator update with
fresh latents on every fifth.
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
        "penalties": {"interpolates": {"weight": 10.0}},
        "critic_updates": 5,
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
