"""The pairs of signals, volumes and pictures that are not square, against plain PyTorch in float64."""

import numpy as np
import pytest
from conftest import make_config, make_setting, names
from step_helpers import initial

from cwgan_jax import data
from cwgan_jax.data.conditions import of_classes

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import compare, inputs  # noqa: E402 - it needs it too

torch.set_num_threads(1)
SIGNAL = {"model__architecture": "signal"}
# Changes to the config, shape, kind. 176 is halved to 11 and 5, 44 to 11 and 5: kernels of odd sizes too.
CASES = {
    "signal": ({"model__architecture": "signal", "model__kernel": 6}, (176, 2), "signals"),
    "picture": ({}, (32, 44, 2), "fields"),
    "volume": ({}, (16, 20, 16, 1), "volumes"),
}


@names(CASES, "signal")
def test_networks_and_penalty(x64, name):
    agree(compare.forward(*case(name)))


@names(CASES, "signal", "volume")
def test_one_step(x64, name):
    agree(compare.one_step(*case(name)))


def agree(found):
    for quantity, value in found.items():
        assert value < 1e-9, quantity


def case(name):
    """Setting, initial state, batch and its number."""
    changes, shape, kind = CASES[name]
    cfg = make_config(**changes, model__dtype="float64", train__batch_size=3, objective__critic_updates=1)
    setting = make_setting(cfg, 3, shape=shape, kind=kind)
    draw = np.random.default_rng(0)
    example = draw.standard_normal((12, *shape)).astype(np.float32)
    dataset = data.Dataset(example, draw.integers(0, 3, 12).astype(np.int32), of_classes("abc"))
    return setting, initial(setting), inputs.batch(cfg, dataset, 1), 1
