"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958) with the values of StyleGAN2-ADA's code, MNIST at 32x32.

python train.py --config=configs/stylegan2.py --config.data.dir=path/to/the/four/files

Logistic loss, lazy R1 and path lengths, style mixing, moving averages of weights and of w, labels embedded
in both networks, and adaptive augmentation (docs/augmentation.md). What the code has as `auto` for 32x32,
with fewer features: there all maps have 512 (`model.features=512`). The variant `cifar` has its values for
CIFAR-10 (no path lengths, no mixing, a critic without residual connections, groups of 32), for any data of
32x32. Neither has been run.

The variant `quick` learns the bundled digits at 16x16 in 113 s of processor time, a third of it compilation
(84 s as a whole on two free cores, 2026-11-27). The judge reads 70.6 % of 1,000 generated digits as the
requested label (real ones: 99.4 %), Frechet distance 17.5 (0.9); with jax 0.11.2 in place of 0.10.2 it was
63.0 % and 17.6. All digits can be recognised, 1, 2 and 8 are poor, and there is noise in the background.
"""

import ml_collections

VARIANTS = {
    "quick": {
        "train.batch_size": 16,
        "train.steps": 900,
        "train.sample_every": 300,
        "train.checkpoint_every": 450,
        "quality.every": 450,
        "quality.samples": 500,
        "model.features": 16,
        "model.most_features": 32,
        "model.latent": 64,
        "model.embedding": 64,
        "data.name": "digits",
        "data.size": 16,
        "objective.penalties.real.weight": 0.0002 * 16**2 / 16 / 2,
        "augment.pipeline": "none",  # too short for p to grow
    },
    "cifar": {
        "model.features": 512,
        "model.style_mixing": 0.0,
        "model.residual": False,
        "model.group": 32,
        "objective.penalties.real.weight": 0.01 / 2,
        "objective.path_length.weight": 0.0,
        "train.ema_half_life": 500_000.0,
    },
}


def get_config() -> ml_collections.ConfigDict:
    size, batch = 32, 64
    return ml_collections.ConfigDict(
        {
            "data": {"name": "mnist", "size": size},
            "model": {
                "architecture": "stylegan2",
                "features": 64,
                "latent": 512,
                "embedding": 512,
                "mapping_layers": 2,
                "style_mixing": 0.9,
                "group": 4,
            },
            "objective": {
                "loss": "non_saturating",
                "critic_updates": 1,
                "schedule": "paper",
                "penalties": {
                    "interpolates": {"weight": 0.0},
                    # gamma / 2, gamma by the code's rule for its `auto`
                    "real": {"weight": 0.0002 * size**2 / batch / 2, "kind": "zero_centred", "every": 16},
                },
                "path_length": {"weight": 2.0, "every": 4},
            },
            "augment": {"pipeline": "bgc"},
            "optimizer": {
                "generator_learning_rate": 0.0025,
                "critic_learning_rate": 0.0025,
                "beta1": 0.0,
                "beta2": 0.99,
                "rescaled": True,
            },
            "train": {
                "batch_size": batch,
                "epochs": 100,
                "ema_half_life": 20_000.0,
                "ema_rampup": 0.05,
                "log_every": 100,
                "sample_every": 1000,
                "checkpoint_every": 2000,
            },
            "quality": {"every": 2000, "samples": 1000},
        }
    )
