"""The style generator of R4 (mapping network, AdaIN, truncation, style mixing), with the WGAN-GP critic.

python train.py --config=configs/style.py --config.data.dir=path/to/the/four/files

MNIST at 64x64, latents and styles of length 512. Afterwards `python sample.py --workdir=runs/style
--format=styles`, or `--format=truncation`. The variant `quick` learns the bundled digits at 16x16 with
learning rates of 3e-4 (Frechet distance 35 of 500 images after 32 s).
"""

import ml_collections

VARIANTS = {
    "quick": {
        "train.steps": 300,
        "train.sample_every": 100,
        "train.checkpoint_every": 150,
        "train.ema_decay": 0.99,
        "quality.every": 150,
        "quality.samples": 500,
        "model.features": 8,
        "model.latent": 64,
        "data.name": "digits",
        "data.size": 16,
        "optimizer.generator_learning_rate": 3e-4,
        "optimizer.critic_learning_rate": 3e-4,
    }
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 64}
    config.model = {"architecture": "style", "features": 64, "latent": 512, "conditional": False}
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
        "ema_decay": 0.999,
    }
    config.quality = {"every": 2000, "samples": 1000}
    return config
