"""Reference system R1: the convolutional CWGAN-GP on MNIST at 32x32.

python train.py --config=configs/mnist.py

100 epochs are 93,750 steps. On two busy CPU cores a step takes 1.8 s, 47 hours in all, which has not been
run to the end; on a GPU not measured yet. `--config.model.features=16` takes 0.24 s a step. In the first
few hundred steps fixed white dots stand in the pictures (saturated pixels of the tanh), as they do with the
same networks in PyTorch (seen at f = 16).
"""

import ml_collections

VARIANTS = {
    "minute": {"model.features": 8, "train.steps": 200, "train.sample_every": 50, "quality.every": 100}
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 32}
    config.model = {"architecture": "conv", "features": 64, "latent": 100, "embedding": 10}
    config.objective = {
        "penalty_weight": 10.0,
        "critic_updates": 5,
        "schedule": "tutorial",
        "fake_labels": "real",
    }
    config.optimizer = {
        "generator_learning_rate": 1e-4,
        "critic_learning_rate": 1e-4,
        "beta1": 0.5,
        "beta2": 0.9,
    }
    config.train = {
        "batch_size": 64,
        "epochs": 100,
        "log_every": 100,
        "sample_every": 400,
        "checkpoint_every": 1000,
        "keep_checkpoints": 3,
    }
    config.quality = {"every": 2000, "samples": 1000}
    return config
