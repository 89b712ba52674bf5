"""Every quantity of a step, and whole trajectories, against PyTorch on real digits.

`report.py` measures the same at the batch of 64 of cwgan_gp_conv, and writes down the differences.
"""

import functools
import math

import jax
import numpy as np
import pytest
from conftest import FULL, full_optimisation, long, make_config, make_setting
from step_helpers import initial

from cwgan_jax import config, data

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import compare, inputs, measure  # noqa: E402 - these need it too

torch.set_num_threads(1)
CONV = {"data__size": 32, "model__features": 64, "model__latent": 100, "model__embedding": 10}
SMALL = CONV | {"model__features": 8}
MLP = {
    "model__architecture": "mlp",
    "model__conditional": False,
    "model__batch_norm_epsilon": 0.8,
    "data__size": 28,
    "model__features": 128,
    "model__latent": 100,
    "optimizer__generator_learning_rate": 1e-3,
    "optimizer__critic_learning_rate": 4e-3,
    "optimizer__beta1": 0.9,
    "optimizer__beta2": 0.999,
    "objective__critic_updates": 1,
}
CONDITIONAL_MLP = MLP | {
    "model__conditional": True,
    "model__embedding": 10,
    "optimizer__beta1": 0.5,
    "optimizer__generator_learning_rate": 2e-4,
    "optimizer__critic_learning_rate": 2e-4,
}
TUTORIAL, PAPER = {"objective__schedule": "tutorial"}, {"objective__schedule": "paper"}
REAL, UNIFORM = {"objective__fake_labels": "real"}, {"objective__fake_labels": "uniform"}
SMOOTH = {"data__size": 16, "model__smooth": True, "model__full_features": 4}
K1, K5 = {"objective__critic_updates": 1}, {"objective__critic_updates": 5}
FLOAT64, FLOAT32 = {"model__dtype": "float64"}, {"model__dtype": "float32"}


@functools.cache
def digits(size):
    return data.load(config.Data(name="digits", size=size), "train")


def case(*changes, batch=8):
    """Setting, initial state and a function from n to its batch."""
    merged = functools.reduce(dict.__or__, changes)
    cfg = make_config(train__batch_size=batch, **merged)
    setting = make_setting(cfg, 10)
    return setting, initial(setting), functools.partial(inputs.batch, cfg, digits(cfg.data.size))


def check(compared, setting, state, batch):
    """Every quantity that `compared` gives is within its bound, in float32 the median of five batches.

    An activation within rounding of a leaky ReLU's kink can fall on one side here and on the other there,
    which takes gradients 1e-3 apart, as likely ours from the float64 value as PyTorch's. In the full
    size of cwgan_gp_conv most batches of 64 hold one, and few of 8.
    """
    dtype = setting.config.model.dtype
    batches = range(1 if dtype == "float64" else 5)
    found = [compared(setting, state, batch(n), n) for n in batches]
    for name in found[0]:
        values = [x[name] for x in found]
        assert np.median(values) < bound(name, dtype), (name, values)


def bound(name, dtype):
    """The largest difference allowed, by name of the quantity."""
    if name.startswith("the update"):
        # Adam divides a gradient by its own size plus 1e-8: an element that is little but rounding noise
        # moves by a part of a learning rate, in float32 by a whole one, in a direction of its own.
        return 1e-9 if dtype == "float64" else math.inf
    if dtype == "float64":
        return 1e-11
    if name in ("generator_loss", "critic after one Adam update", "generator after one Adam update"):
        return 1e-2  # after such an update; before it the generator's loss agrees like the others
    if name == "critic_gap":
        return 1e-4  # two means of nearly the same size subtracted
    scores = ("critic loss", "generator loss", "mean score of real images", "mean score of fakes")
    return 1e-5 if name in compare.LOSSES or name in scores else 1e-4


@pytest.fixture
def precision(request):
    with jax.enable_x64(request.param == FLOAT64):
        yield request.param


def full_for(size, precision):
    """In float32 the smallest alone always runs; float64 bounds far closer."""
    if size is not MLP and precision == FLOAT32 and not FULL:
        pytest.skip("takes long: set CWGAN_FULL=1")


both = pytest.mark.parametrize("precision", [FLOAT64, FLOAT32], indirect=True, ids=["f64", "f32"])
double = pytest.mark.parametrize("precision", [FLOAT64], indirect=True, ids=["f64"])
single = pytest.mark.parametrize("precision", [FLOAT32], indirect=True, ids=["f32"])


@both
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(SMALL, id="f8", marks=long),
        pytest.param(CONV, id="cwgan_gp_conv", marks=long),  # `test_one_step` has it, with fewer features
        pytest.param(MLP, id="wgan_gp_mlp"),
        pytest.param(CONDITIONAL_MLP, id="cwgan_gp_mlp"),
    ],
)
def test_networks_and_penalty(precision, size):
    full_for(size, precision)
    check(compare.forward, *case(size, precision))


@both
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param((SMALL, TUTORIAL, REAL), id="f8-tutorial-real"),
        pytest.param((SMALL, TUTORIAL, UNIFORM), id="f8-tutorial-uniform", marks=long),
        pytest.param((SMALL, PAPER, REAL), id="f8-paper-real", marks=long),
        pytest.param((SMALL, PAPER, UNIFORM), id="f8-paper-uniform", marks=long),
        pytest.param((SMALL, TUTORIAL, SMOOTH), id="f8-smooth-full"),
        pytest.param((CONV, TUTORIAL, REAL), id="cwgan_gp_conv-tutorial-real", marks=long),
        pytest.param((CONV, PAPER, UNIFORM), id="cwgan_gp_conv-paper-uniform", marks=long),
        pytest.param((MLP, TUTORIAL), id="wgan_gp_mlp"),
        pytest.param((CONDITIONAL_MLP, PAPER, UNIFORM), id="cwgan_gp_mlp"),
    ],
)
def test_one_step(precision, changes):
    full_for(changes[0], precision)
    check(compare.one_step, *case(*changes, K1, precision))


@double
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param((SMALL, TUTORIAL, REAL), id="f8-tutorial-real", marks=long),
        pytest.param((SMALL, TUTORIAL, UNIFORM), id="f8-tutorial-uniform", marks=long),
        pytest.param((SMALL, PAPER, REAL), id="f8-paper-real", marks=long),
        pytest.param((SMALL, PAPER, UNIFORM), id="f8-paper-uniform", marks=long),
        pytest.param((CONV, TUTORIAL, REAL), id="cwgan_gp_conv-tutorial-real", marks=long),
        pytest.param((CONDITIONAL_MLP, PAPER, UNIFORM), id="cwgan_gp_mlp", marks=long),
    ],
)
def test_twenty_steps_in_float64(precision, changes):
    """Fresh batches and labels in full size take another minute, and are in `report.py` only."""
    setting, state, batch = case(*changes, K5, precision, batch=2)
    curves, ends = compare.trajectory(setting, state, [batch(n) for n in range(20)])
    assert max(measure.curve_difference(*curves).values()) < 1e-9
    for tree, value in measure.ends_difference(*ends).items():
        assert value < (1e-6 if "dead" in tree else 1e-9), tree


@long
@single
def test_twenty_steps_in_float32(precision):
    """Single elements of the weights walk apart (Adam, see `measure.ends_difference`); the curves do not."""
    setting, state, batch = case(SMALL, TUTORIAL, REAL, K5, precision, batch=64)
    with full_optimisation():
        curves, _ = compare.trajectory(setting, state, [batch(n) for n in range(20)])
    for name, value in measure.curve_difference(*curves).items():
        assert value < 1e-2, name


@long
@double
def test_a_hundred_steps_in_float64(precision):
    """`report.py` makes two hundred, at the learning rates of cwgan_gp_conv."""
    changes = {"data__size": 16, "model__features": 4, "model__latent": 100, "model__embedding": 10}
    rates = {"optimizer__generator_learning_rate": 5e-4, "optimizer__critic_learning_rate": 5e-4}
    setting, state, batch = case(changes, rates, K5, precision, batch=16)
    with full_optimisation():
        curves, _ = compare.trajectory(setting, state, [batch(n) for n in range(100)])
    assert np.ptp(curves[1]["critic_gap"]) > 1  # it has learnt something
    for name, value in measure.curve_difference(*curves).items():
        assert value < 1e-5, name  # rounding of 1e-16, carried through 600 updates of Adam
