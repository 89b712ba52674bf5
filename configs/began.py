"""BEGAN: the discriminator is an autoencoder, kept in equilibrium with the generator; MNIST at 32x32.

python train.py --config=configs/began.py --config.data.dir=path/to/the/four/files

Gamma 0.7 (the paper's setting with the most variety), codes and latents of length 16, lambda_k 0.1, Adam
3e-4. With codes of 64 an autoencoder of digits copies whatever it is fed, k stays at zero and the generator
draws a single blob (on `digits` after 1,000 steps, gamma 0.5, lambda_k 0.001, Adam 1e-3: Frechet distance 152
instead of 49).

There is no variant for a first look: after 600 steps of f = 16 all pictures are nearly the same.
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 32}
    config.model = {"architecture": "autoencoder", "features": 32, "latent": 16, "conditional": False}
    config.objective = {
        "loss": "began",
        "penalties": {"interpolates": {"weight": 0.0}},
        "equilibrium": 0.7,
        "equilibrium_rate": 0.1,
        "critic_updates": 1,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 3e-4,
        "critic_learning_rate": 3e-4,
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
