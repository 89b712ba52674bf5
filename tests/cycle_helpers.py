"""A tiny CycleGAN: its config, its setting, and batches of random pictures."""

import conftest
import jax.numpy as jnp
import ml_collections
import numpy as np

from cwgan_jax import config as config_
from cwgan_jax import data, kinds
from cwgan_jax.algorithms import Batch, cyclegan_setting

TINY = {
    "algorithm": "cyclegan",
    "model__architecture": "translator",
    "model__features": 2,
    "model__blocks": 1,
    "model__critic_width": 2,
    "model__critic_layers": 1,
    "data__domains": "digits,turned_digits",
    "data__size": 8,
    "objective__loss": "least_squares",
    "translation__pool": 3,
    "train__batch_size": 4,
    "train__devices": 1,
}


def config(leave_out=(), **changes):
    """The tiny config with changes, without the options of `TINY` that are left out."""
    common = {key: text for key, text in conftest.TINY.items() if key != "model.embedding"}
    given = {key: value for key, value in TINY.items() if key not in leave_out} | changes
    own = {key.replace("__", "."): str(value) for key, value in given.items()}
    return config_.resolve(ml_collections.ConfigDict(), common | own)


def setting(cfg):
    """What `cyclegan.init` and `cyclegan.train_step` take first; grey pictures as they are stored."""
    stored = data_size(cfg)
    described = data.description("images", (*stored, 1), ())
    return cyclegan_setting.settle(cfg, kinds.spec_of(cfg, described))


def data_size(cfg):
    """Height and width of stored pictures."""
    kept = cfg.data.resize or cfg.data.size
    return kept, kept


def batch(cfg, n):
    """Batch n: random pictures of both domains."""
    draw = np.random.default_rng(n)
    shape = (1, cfg.train.batch_size, *data_size(cfg), 1)
    streams = {
        domain: data.Examples(draw.integers(0, 256, shape, np.uint8), np.zeros((*shape[:2], 0), np.float32))
        for domain in data.DOMAINS
    }
    return Batch(streams, jnp.arange(cfg.train.batch_size, dtype=jnp.int32))
