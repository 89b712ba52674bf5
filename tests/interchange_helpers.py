"""Shared by the tests of state dicts: random weights as PyTorch would hold them, and their files."""

import jax
import numpy as np
import run_helpers as runs
import safetensors.numpy
from conftest import TINY, make_algorithm, make_config

from cwgan_jax.algorithms import initial
from cwgan_jax.interop import weights
from cwgan_jax.sampling import load

TORCH = "torch"
DIGITS = (
    f"--config={runs.ROOT / 'configs/mnist.py'}",
    "--config.data.name=digits",
    *(f"--config.{k}={v}" for k, v in TINY.items()),
)
DIGITS += ("--config.train.ema_decay=0", "--config.train.devices=1")
DIGITS += tuple(f"--config.optimizer.{network}_learning_rate=1e-4" for network in ("generator", "critic"))
CHANGES = {"train__ema_decay": 0, "train__devices": 1}


def arrays(average=False, classes=10, seed=0, **changes):
    """State dicts of random weights by network, as PyTorch would hold them; running variances positive."""
    cfg = make_config(**changes)
    state = initial(make_algorithm(cfg, classes), cfg.seed)
    rng = np.random.default_rng(seed)
    state = jax.tree.map(lambda x: (x + rng.uniform(0.1, 0.3, x.shape)).astype(x.dtype), state)
    found = weights.state_dicts(state, (cfg.data.size, cfg.data.size, 1), 77)
    return {name: found[name] for name in ("generator", "critic")}


def write(folder, found):
    """safetensors files, and the flags that name them."""
    folder.mkdir(exist_ok=True)
    for name, values in found.items():
        values = {k: np.ascontiguousarray(v).reshape(v.shape) for k, v in values.items()}
        safetensors.numpy.save_file(values, folder / f"{name}.safetensors")
    return [f"--{name}={folder / name}.safetensors" for name in found]


def loaded(workdir):
    folder, found = load.find(workdir)
    return load.load(folder, found, set_up=lambda _: None, warn=print)
