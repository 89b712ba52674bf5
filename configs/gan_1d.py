"""R4's one-dimensional GAN: it learns the standard normal distribution, and shows how.

python train.py --config=configs/gan_1d.py

`times.png` has the histogram beside the true density at ten times, `wasserstein.png` the distance between the
two. 5,000 steps of 5 discriminator updates.
"""

import ml_collections

VARIANTS = {"minute": {}}  # it takes no longer


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "normal"}
    config.model = {"architecture": "points", "features": 50, "latent": 10, "conditional": False}
    config.objective = {
        "loss": "non_saturating",
        "constraint": "none",
        "critic_updates": 5,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 1e-3,
        "critic_learning_rate": 1e-3,
        "beta1": 0.5,
        "beta2": 0.999,
    }
    config.train = {
        "batch_size": 512,
        "steps": 5000,
        "ema_decay": 0.999,
        "log_every": 50,
        "sample_every": 500,
        "checkpoint_every": 1000,
    }
    config.quality = {"every": 250}
    return config
