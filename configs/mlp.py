"""The reference system wgan_gp_mlp: the fully connected, unconditional WGAN-GP on MNIST at 28x28.

python train.py --config=configs/mlp.py

100 epochs are 93,750 steps of one critic and one generator update on the same latents. The batch norms'
epsilon of 0.8 is that of the reference. An epoch takes 40 s on two CPU cores (2026-11-21), all of them about
an hour, which has not been run. `--config.train.epochs=1` is the short variant. With
`--config.model.conditional=true`, `--config.objective.schedule=paper`, `--config.objective.critic_updates=5`
and `--config.objective.fake_labels=uniform` the step is that of the reference system cwgan_gp_mlp.
"""

import ml_collections

VARIANTS = {"quick": {"train.steps": 1500, "train.sample_every": 500, "quality.every": None}}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "mnist", "size": 28}
    config.model = {
        "architecture": "mlp",
        "features": 128,
        "latent": 100,
        "conditional": False,
        "batch_norm_epsilon": 0.8,
    }
    config.objective = {
        "penalties": {"interpolates": {"weight": 10.0}},
        "critic_updates": 1,
        "schedule": "tutorial",
    }
    config.optimizer = {
        "generator_learning_rate": 1e-3,
        "critic_learning_rate": 4e-3,
        "beta1": 0.9,
        "beta2": 0.999,
    }
    config.train = {
        "batch_size": 64,
        "epochs": 100,
        "log_every": 100,
        "sample_every": 938,
        "checkpoint_every": 938,
    }
    config.quality = {"every": 4690, "samples": 1000}
    return config
