"""What the golden values are computed for. Needs no PyTorch.

Small networks, all of different widths, so that no two axes are of the same length by chance.
"""

import numpy as np
from conftest import make_config, make_setting

from cwgan_jax import data
from cwgan_jax.data.conditions import of_classes

STEPS = 3
CLASSES = 3
_SMALL = {
    "model__dtype": "float64",
    "model__features": 2,
    "model__latent": 5,
    "model__embedding": 3,
    "objective__critic_updates": 3,
    "train__batch_size": 4,
    # Ten times those of cwgan_gp_conv, so that three steps move the weights by more than a rounding of them.
    "optimizer__generator_learning_rate": 1e-3,
    "optimizer__critic_learning_rate": 1e-3,
}
_LINEAR = {"model__architecture": "mlp", "data__size": 8, "model__batch_norm_epsilon": 0.8}
_UNIFORM = {"objective__fake_labels": "uniform"}
_PAPER = {"objective__schedule": "paper"}
# Changes to the config, the images' channels, and the seed of the data.
CASES = {
    "cwgan_gp_conv": ({}, 1, 2),
    "cwgan_gp_conv-uniform": (_UNIFORM, 3, 10),
    "paper": (_PAPER, 1, 5),
    "paper-uniform": (_PAPER | _UNIFORM, 3, 13),
    "wgan_gp_mlp": (
        _LINEAR
        | {"model__conditional": False, "objective__critic_updates": 1}
        | {"optimizer__critic_learning_rate": 4e-3, "optimizer__beta1": 0.9, "optimizer__beta2": 0.999},
        1,
        2,
    ),
    "cwgan_gp_mlp": (
        _LINEAR | _PAPER | _UNIFORM | {"optimizer__beta1": 0.5, "optimizer__beta2": 0.999},
        3,
        2,
    ),
}


def case(name):
    """Setting and data of a case."""
    changes, channels, seed = CASES[name]
    cfg = make_config(**_SMALL | changes)
    size = cfg.data.size
    draw = np.random.default_rng(seed)
    image = draw.integers(0, 256, (40, size, size, channels), np.uint8)
    label = draw.integers(0, CLASSES, 40).astype(np.int32)
    return make_setting(cfg, CLASSES, channels), data.Dataset(image, label, of_classes("abc"))
