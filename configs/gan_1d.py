"""A one-dimensional GAN: it learns the standard normal distribution, and shows how.

python train.py --config=configs/gan_1d.py

`times.png` shows the histogram beside the true density at ten times, `wasserstein.png` the distance between
the two. The GAN family has Adam 1e-3, 5 discriminator updates and 5,000 steps. Batches of 512, learning rates
that fall to zero and a moving average are added: without them mean and deviation swing by a third, and one
discriminator of three died (its ReLUs were zero everywhere). 49 s on two CPU cores; mean and deviation within
3 % of those of the normal distribution, seeds 0 and 1 (2026-11-22).
"""

import ml_collections

VARIANTS = {"quick": {}}  # it takes no longer


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "normal"}
    config.model = {"architecture": "points", "features": 50, "latent": 10, "conditional": False}
    config.objective = {
        "loss": "non_saturating",
        "penalties": {"interpolates": {"weight": 0.0}},
        "critic_updates": 5,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 1e-3,
        "critic_learning_rate": 1e-3,
        "beta1": 0.5,
        "beta2": 0.999,
    }
    config.ramp = {"end": 5000}
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
