"""CycleGAN (Zhu et al. 2017, arXiv:1703.10593), with the values of the published code.

python train.py --config=configs/cyclegan.py --config.data.dir=path/to/horse2zebra

The folder holds trainA, trainB, testA and testB.

The variant `quick` translates the bundled digits into the same digits on their sides, and back. It starts
from the map that brings both sets together (`translation.aligned_start`); from new weights the training
exchanges the classes. The variant `letters` has capital letters in two typefaces. Figures of both are in
docs/translation.md.
"""

import ml_collections

_SMALL = {
    "data.resize": None,
    "data.mirror": False,
    "train.batch_size": 16,
    "train.log_every": 10,
    "train.sample_every": 100,
    "train.checkpoint_every": 500,
    "train.ema_decay": 0.99,
    "train.steps": 1000,
    "ramp.start": 500,
    "ramp.end": 1000,
}
VARIANTS = {
    "quick": {
        **_SMALL,
        "data.domains": "digits,turned_digits",
        "data.size": 16,
        "model.features": 8,
        "model.blocks": 3,
        "model.critic_width": 16,
        "model.critic_layers": 2,
        "train.steps": 400,
        "ramp.start": 200,
        "ramp.end": 400,
        "train.checkpoint_every": 200,
        "translation.aligned_start": True,
        "translation.identity": 0.0,
        "optimizer.generator_learning_rate": 1e-3,
        "optimizer.critic_learning_rate": 1e-3,
    },
    "letters": {
        **_SMALL,
        "data.domains": "sans_letters,serif_letters",
        "data.size": 16,
        "model.features": 8,
        "model.blocks": 3,
        "model.critic_width": 16,
        "model.critic_layers": 2,
        "optimizer.generator_learning_rate": 1e-3,
        "optimizer.critic_learning_rate": 1e-3,
        "train.steps": 2000,
        "ramp.start": 1000,
        "ramp.end": 2000,
    },
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.algorithm = "cyclegan"
    config.data = {
        "domains": "folder",
        "dir": "",
        "resize": 286,
        "size": 256,
        "mirror": True,
    }
    config.model = {
        "architecture": "translator",
        "features": 64,
        "blocks": 9,
        "critic_width": 64,
        "critic_layers": 3,
    }
    config.objective = {"loss": "least_squares"}
    config.translation = {"cycle": 10.0, "identity": 5.0, "pool": 50}
    config.optimizer = {
        "generator_learning_rate": 2e-4,
        "critic_learning_rate": 2e-4,
        "beta1": 0.5,
        "beta2": 0.999,
    }
    config.ramp = {"start": 0, "end": None}
    config.train = {
        "batch_size": 1,
        "epochs": 200,
        "log_every": 100,
        "sample_every": 1000,
        "checkpoint_every": 5000,
    }
    return config
