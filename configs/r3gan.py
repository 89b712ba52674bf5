"""R3GAN."""

import ml_collections

VARIANTS = {
    "quick": {
        "data.name": "digits",
        "data.size": 16,
        "data.mirror": False,
        "model.features": 32,
        "model.blocks": 1,
        "train.batch_size": 32,
        "objective.penalties.real.weight": 0.5,
        "objective.penalties.fake.weight": 0.5,
        "optimizer.generator_learning_rate": 1e-3,
        "optimizer.critic_learning_rate": 1e-3,
        "ramp.end": 1000,
        "ramp.to": (
            "optimizer.generator_learning_rate=2e-4,optimizer.critic_learning_rate=2e-4,optimizer.beta2=0.99,"
            "objective.penalties.real.weight=0.05,objective.penalties.fake.weight=0.05"
        ),
        "train.steps": 1000,
        "train.ema_decay": 0.99,
        "train.sample_every": 250,
        "train.checkpoint_every": 500,
        "quality.every": 250,
        "quality.samples": 500,
    },
}


def get_config() -> ml_collections.ConfigDict:
    config = ml_collections.ConfigDict()
    config.seed = 0
    config.data = {"name": "cifar10", "size": 32, "mirror": True}
    config.model = {"architecture": "r3gan", "features": 768, "latent": 64, "embedding": 64}
    config.objective = {
        "loss": "relativistic",
        "penalties": {
            "interpolates": {"weight": 0.0},
            "real": {"weight": 0.025, "kind": "zero_centred"},
            "fake": {"weight": 0.025, "kind": "zero_centred"},
        },
        "critic_updates": 1,
        "schedule": "paper",
        "fake_labels": "real",
    }
    config.optimizer = {
        "generator_learning_rate": 2e-4,
        "critic_learning_rate": 2e-4,
        "beta1": 0.0,
        "beta2": 0.9,
    }
    config.ramp = {
        "end": 39_063,
        "shape": "cosine",
        "to": (
            "optimizer.generator_learning_rate=5e-5,optimizer.critic_learning_rate=5e-5,optimizer.beta2=0.99,"
            "objective.penalties.real.weight=0.0025,objective.penalties.fake.weight=0.0025"
        ),
    }
    config.train = {
        "batch_size": 512,
        "steps": 100_000,
        "ema_decay": 0.9999,
        "log_every": 100,
        "sample_every": 1000,
        "checkpoint_every": 5000,
    }
    config.quality = {"every": 5000, "samples": 5000}
    return config
