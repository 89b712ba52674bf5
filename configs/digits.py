"""The 1,797 real 8x8 digits bundled in scikit-learn, at 16x16, in a minute and a half on two CPU cores.

python train.py --config=configs/digits.py

What differs from `mnist.py`: 16x16 pixels, f = 16, and a recipe that won a race against others
(docs/quality.md): many small steps (batches of 16, K = 2, learning rates of 5e-4), of which the generator's
falls to zero and the critic's to 1e-4; the last maps are smoothed, so that there is no grain; a moving average
of the generator.
"""

import ml_collections

VARIANTS = {
    "quick": {"model.features": 8, "train.steps": 1500, "ramp.end": 1500, "quality.every": 750},
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "digits", "size": 16}
    config.model = {
        "architecture": "conv",
        "features": 16,
        "latent": 100,
        "embedding": 10,
        "smooth": True,
    }
    config.objective = {
        "penalties": {"interpolates": {"weight": 10.0}},
        "critic_updates": 2,
        "schedule": "tutorial",
    }
    config.optimizer = {
        "generator_learning_rate": 5e-4,
        "critic_learning_rate": 5e-4,
        "beta1": 0.5,
        "beta2": 0.9,
    }
    config.ramp = {
        "end": 6000,
        "to": "optimizer.generator_learning_rate=0,optimizer.critic_learning_rate=1e-4",
    }
    config.train = {
        "batch_size": 16,
        "steps": 6000,
        "ema_decay": 0.996,
        "log_every": 50,
        "sample_every": 500,
        "checkpoint_every": 1000,
    }
    config.quality = {"every": 1500, "samples": 1000}
    return config
