"""R4's DCGAN for 64x64 RGB, from a folder of pictures in one folder per class.

python train.py --config=configs/dcgan64.py --config.data.dir=path/to/pictures

f = 64: generator 512, 256, 128, 64; no biases. With one class nothing is measured.
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "folder", "dir": "pictures", "size": 64, "channels": 3}
    config.model = {"architecture": "dcgan", "features": 64, "latent": 100, "conditional": False}
    config.objective = {
        "loss": "non_saturating",
        "penalties": {"interpolates": {"weight": 0.0}},
        "real_target": 1.0,
        "fake_target": 0.0,
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
