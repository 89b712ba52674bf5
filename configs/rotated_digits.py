"""Digits under numbers: the bundled digits, turned by an angle and drawn with thin or thick strokes.

python train.py --config=configs/rotated_digits.py

FIGURES
"""

import ml_collections

from . import digits

VARIANTS = {"quick": {"model.features": 8, "train.steps": 1000}}


def get_config() -> ml_collections.ConfigDict:
    config = digits.get_config()
    config.data.name = "rotated_digits"
    config.model.embedding = 32
    config.model.condition_layers = 2
    config.train.steps = 6000
    config.train.sample_every = 500
    config.train.checkpoint_every = 1000
    config.train.log_every = 50
    config.quality = {"every": None}
    return config
