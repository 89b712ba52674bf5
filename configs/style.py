"""The style generator (mapping network, AdaIN, truncation, style mixing), with the critic of WGAN-GP.

python train.py --config=configs/style.py --config.data.dir=path/to/the/four/files

`wgan_gp_conv.py` with another generator: MNIST at 64x64, latents and styles of length 512, and a moving
average. Afterwards `python sample.py --workdir=runs/style --format=styles`, or `--format=truncation`. The
variant `quick` learns the bundled digits at 16x16 with learning rates of 3e-4 (Frechet distance 35 of 500
images after 32 s).
"""

import ml_collections

from . import wgan_gp_conv

VARIANTS = {
    "quick": {
        "train.steps": 300,
        "train.sample_every": 100,
        "train.checkpoint_every": 150,
        "train.ema_decay": 0.99,
        "quality.every": 150,
        "quality.samples": 500,
        "model.features": 8,
        "model.latent": 64,
        "data.name": "digits",
        "data.size": 16,
        "optimizer.generator_learning_rate": 3e-4,
        "optimizer.critic_learning_rate": 3e-4,
    }
}


def get_config() -> ml_collections.ConfigDict:
    config = wgan_gp_conv.get_config()
    config.data.size = 64
    config.model = {"architecture": "style", "features": 64, "latent": 512, "conditional": False}
    config.train.ema_decay = 0.999
    return config
