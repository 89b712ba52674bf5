"""Your own pictures: one folder per class (PNG, JPEG, WebP, ..., any sizes), centre-cropped and resized.

    python train.py --config=configs/folder.py --config.data.dir=photos

`photos/cats/*.jpg`, `photos/dogs/*.jpg`, ... (or `photos/train/cats`, `photos/test/cats`). Grey pictures:
`--config.data.channels=1`; other sizes, multiples of 4 from 16 to 256: `--config.data.size=128`. If memory is
short, lower `model.features` first.

With at least two classes and 100 training images, the pictures are measured every 1,000 steps by a judge that
is trained at the start, and the best checkpoint is kept in `best/`; `--config.quality.every=none` turns that
off.
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "folder", "size": 64, "channels": 3}
    config.model = {"architecture": "conv", "features": 64, "latent": 128, "embedding": 16}
    config.objective = {
        "penalties": {"interpolates": {"weight": 10.0}},
        "critic_updates": 5,
        "schedule": "paper",
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
        "epochs": 500,
        "ema_decay": 0.999,
        "log_every": 20,
        "sample_every": 200,
        "checkpoint_every": 500,
    }
    config.quality = {"every": 1000, "samples": 1000}
    return config
