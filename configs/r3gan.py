"""R3GAN (Huang et al. 2025, arXiv:2501.05441): relativistic pairing, R1 and R2, no norms.

    python train.py --config=configs/r3gan.py

The values for CIFAR-10 of the public code: batches of 512, and five numbers that move along half a cosine
over 2e7 images (39,063 steps): learning rates from 2e-4 to 5e-5, beta2 from 0.9 to 0.99, gamma from 0.05 to
0.005 (the weights of both penalties are gamma / 2), the half-life of the moving average from 0 to 5e6
images, and the strength of the augmentation from 0 to 0.55. Its colour transformations are weaker than
those of `bgc`, and it has cutout. 768 features; `--config.model.features=128` is a size for one small GPU.
It has not been run to its end. The objective works with any networks: `--config.model.architecture=conv
--config.model.critic_norm=off`.

The variant `quick` learns the bundled digits at 16x16 with 32 features, one block a stage and ten times the
penalties: after 400 steps 83 % of 500 digits show the requested class, Frechet distance 16 (164 s of
processor time, 2026-11-27). The variant `mnist` is MNIST at 32x32 with narrower large maps
(`model.full_width`), sized for 20 minutes of two CPU cores: label agreement 92.9 %, Frechet distance 4.97,
and still improving (docs/family.md).
"""

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
        "ramp.end": 400,
        "ramp.to": (
            "optimizer.generator_learning_rate=2e-4,optimizer.critic_learning_rate=2e-4,optimizer.beta2=0.99,"
            "objective.penalties.real.weight=0.05,objective.penalties.fake.weight=0.05"
        ),
        "augment.pipeline": "none",
        "augment.target": 0.6,
        "train.steps": 400,
        "train.ema_half_life": None,
        "train.ema_decay": 0.99,
        "train.sample_every": 200,
        "train.checkpoint_every": 200,
        "quality.every": 200,
        "quality.samples": 500,
    },
    "mnist": {
        "data.name": "mnist",
        "data.mirror": False,
        "model.features": 64,
        "model.full_width": 8,
        "model.blocks": 1,
        "train.batch_size": 32,
        "objective.penalties.real.weight": 0.5,
        "objective.penalties.fake.weight": 0.5,
        "optimizer.generator_learning_rate": 1e-3,
        "optimizer.critic_learning_rate": 1e-3,
        "ramp.end": 1800,
        "ramp.to": (
            "optimizer.generator_learning_rate=1e-4,optimizer.critic_learning_rate=1e-4,optimizer.beta2=0.99,"
            "objective.penalties.real.weight=0.05,objective.penalties.fake.weight=0.05"
        ),
        "augment.pipeline": "none",
        "augment.target": 0.6,
        "train.steps": 1800,
        "train.ema_half_life": None,
        "train.ema_decay": 0.999,
        "train.sample_every": 500,
        "train.checkpoint_every": 500,
        "quality.every": 500,
        "quality.samples": 1000,
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
            "objective.penalties.real.weight=0.0025,objective.penalties.fake.weight=0.0025,augment.p=0.55,"
            "train.ema_half_life=5e6"
        ),
    }
    config.augment = {"pipeline": "bgc", "p": 0.0, "target": None}
    config.train = {
        "batch_size": 512,
        "steps": 100_000,
        "ema_half_life": 0.0,
        "log_every": 100,
        "sample_every": 1000,
        "checkpoint_every": 5000,
    }
    config.quality = {"every": 5000, "samples": 5000}
    return config
