"""What the golden values are computed for. Needs no PyTorch.

Small networks, all of different widths, so that no two axes are of the same length by chance.
"""

import numpy as np
from conftest import make_config

from cwgan_jax import data
from cwgan_jax.networks import build

STEPS = 3
CLASSES = 3
_SMALL = {
    "model__dtype": "float64",
    "model__features": 2,
    "model__latent": 5,
    "model__embedding": 3,
    "objective__critic_updates": 3,
    "train__batch_size": 4,
    # Ten times R1's, so that three steps move the weights by more than a rounding of them.
    "optimizer__generator_learning_rate": 1e-3,
    "optimizer__critic_learning_rate": 1e-3,
}
_LINEAR = {"model__architecture": "mlp", "data__size": 8, "model__batch_norm_epsilon": 0.8}
_UNIFORM = {"objective__fake_labels": "uniform"}
_PAPER = {"objective__schedule": "paper"}
# Changes to the config, and the images' channels.
CASES = {
    "r1": ({}, 1),
    "r1-uniform": (_UNIFORM, 3),
    "paper": (_PAPER, 1),
    "paper-uniform": (_PAPER | _UNIFORM, 3),
    "r2": (
        _LINEAR
        | {"model__conditional": False, "objective__critic_updates": 1}
        | {"optimizer__critic_learning_rate": 4e-3, "optimizer__beta1": 0.9, "optimizer__beta2": 0.999},
        1,
    ),
    "r3": (_LINEAR | _PAPER | _UNIFORM | {"optimizer__beta1": 0.5, "optimizer__beta2": 0.999}, 3),
}


def case(name):
    """Config, networks and data of a case."""
    changes, channels = CASES[name]
    cfg = make_config(**_SMALL | changes)
    size = cfg.data.size
    draw = np.random.default_rng(len(name))
    image = draw.integers(0, 256, (40, size, size, channels), np.uint8)
    label = draw.integers(0, CLASSES, 40).astype(np.int32)
    networks = build(cfg.model, (size, size, channels), CLASSES)
    return cfg, networks, data.Dataset(image, label, tuple("abc"))
