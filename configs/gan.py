"""The first GAN of the comparison, on fully connected networks: MNIST at 28x28, without labels.

python train.py --config=configs/gan.py --config.data.dir=path/to/the/four/files

The networks are those of the reference system cwgan_gp_mlp. The loss is non-saturating with two-sided label
smoothing, and the discriminator gets one update for each of the generator. `--config=configs/gan.py:quick` is
the variant for a first look, as in most configs.
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
        "conditional": False,
        "batch_norm_epsilon": 0.8,
    }
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
