"""The conditional GAN of the comparison: `gan.py` with labels, drawn uniformly for the fakes.

python train.py --config=configs/cgan.py --config.data.dir=path/to/the/four/files
"""

import ml_collections

VARIANTS = {
    "quick": {
        "train.steps": 3000,
        "train.sample_every": 750,
        "train.checkpoint_every": 1500,
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
        "conditional": True,
        "batch_norm_epsilon": 0.8,
        "embedding": 10,
    }
    config.objective = {
        "loss": "non_saturating",
        "penalties": {"interpolates": {"weight": 0.0}},
        "real_target": 0.9,
        "fake_target": 0.1,
        "critic_updates": 1,
        "schedule": "paper",
        "fake_labels": "uniform",
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
