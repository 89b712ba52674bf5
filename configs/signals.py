r"""Signals by class: the currents that household appliances draw when they are switched on (PLAID).

    pip install -e '.[signals]'  # sktime, which carries the file, 8 MB
    python train.py --config=configs/signals.py

852 signals of 128 steps to train with, of 11 classes from 21 to 138; 213 are held out. 7 minutes on two busy
CPU cores, reader and measurements included (2026-11-27). The reader finds the requested class in 85.1 % of
the generated signals (85.5 % of the held-out ones); Frechet distance 7.5 (5.1), the spectra are 3.9 dB apart
(1.5). A reader that saw generated signals only reads 79.8 % of the held-out ones right (88.3 %, if it saw
real ones); medians of three sets of latents (`evaluate.py`).

Your own signals, [N, L], [N, L, C] or [N, C, L] with a multiple of 16 steps, and whatever they are to be
generated for, classes or numbers:

    python train.py --config=configs/signals.py --config.data.name=arrays --config.data.file=beats.npz \
        --config.data.key=x --config.data.condition=heart_rate
"""

import ml_collections

VARIANTS = {"quick": {"model.features": 8, "train.steps": 600, "quality.every": 300}}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "appliances"}
    config.model = {"architecture": "signal", "features": 16, "latent": 64, "embedding": 16}
    config.objective = {
        "penalties": {"interpolates": {"weight": 10.0}},
        "critic_updates": 3,
        "schedule": "paper",
    }
    config.optimizer = {
        "generator_learning_rate": 5e-4,
        "critic_learning_rate": 5e-4,
        "beta1": 0.0,
        "beta2": 0.9,
    }
    config.train = {
        "batch_size": 64,
        "steps": 3000,
        "ema_decay": 0.995,
        "log_every": 20,
        "sample_every": 250,
        "checkpoint_every": 500,
    }
    config.quality = {"every": 250, "samples": 1000}
    return config
