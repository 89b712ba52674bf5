"""Every composition: one device and four follow the same trajectory; a resumed run gives the same bits."""

import jax
import numpy as np
import pytest
import run_helpers as runs
from conftest import TINY, make_config, names, relative

from cwgan_jax import data, parallel
from cwgan_jax.algorithms import step
from cwgan_jax.networks import ARCHITECTURES, build
from cwgan_jax.objectives import losses

STEPS = 3
_NONE = {"objective__penalties__interpolates__weight": 0}
_PAPER = {"objective__schedule": "paper", "objective__fake_labels": "uniform", "train__ema_decay": 0.9}
_SMOOTHED = {"objective__real_target": 0.9, "objective__fake_target": 0.1}
_SPECTRAL = {"objective__constraint": "spectral_norm", "objective__generator_spectral_norm": True}
_LABELS = {"model__generator_labels": "batch_norm", "model__critic_labels": "projection"}
_MLP = {"model__architecture": "mlp"}
COMPOSITIONS = {
    # Batch norm in the critic, attention and both spectral norms at once: all that mixes examples or carries
    # state from update to update.
    "sagan-dcgan": {
        "model__architecture": "dcgan",
        "model__attention": 8,
        "objective__loss": "hinge",
        **(_SPECTRAL | _LABELS | _PAPER),
    },
    "began": {
        "model__architecture": "autoencoder",
        "objective__loss": "began",
        "objective__equilibrium_rate": 0.1,
        **_NONE,
    },
    "dcgan": {
        "model__architecture": "dcgan",
        "objective__loss": "non_saturating",
        **(_SMOOTHED | _NONE),
    },
    "sagan": {
        "model__attention": 8,
        "model__critic_norm": "off",
        "objective__loss": "hinge",
        **(_SPECTRAL | _LABELS),
    },
    "style": {"model__architecture": "style", "objective__penalty": "one_sided", **_PAPER},
    "points": {
        "model__architecture": "points",
        "model__features": 8,
        "data__name": "ring",
        "objective__loss": "minimax",
        "objective__penalty": "zero_centred",
        "objective__penalty_at": "real",
    },
    "wgan": {
        "model__conditional": False,
        "objective__constraint": "clipping",
        "optimizer__name": "rmsprop",
        "optimizer__decay_steps": 10,
        **(_MLP | _PAPER),
    },
    # Every field of the state but k_t, and small.
    "lsgan": {"objective__loss": "least_squares", **(_MLP | _SPECTRAL | _LABELS | _PAPER)},
}


def test_everything_occurs_in_a_composition():
    """A new objective, constraint or architecture is to be added above."""
    found = [make_config(**changes) for changes in COMPOSITIONS.values()]
    # The conv architecture and the two-sided penalty at interpolates are R1's, in test_parallel.py.
    assert {cfg.objective.loss for cfg in found} | {"wasserstein"} == set(losses.OBJECTIVES)
    assert {cfg.model.architecture for cfg in found} == set(ARCHITECTURES)
    assert {cfg.objective.penalty for cfg in found} == set(losses.PENALTIES)
    constraints = {"gradient_penalty", "clipping", "spectral_norm", "none"}
    assert {cfg.objective.constraint for cfg in found} == constraints


def random_data(cfg):
    """40 random examples of three classes."""
    draw = np.random.default_rng(0)
    if cfg.model.architecture == "points":
        image = draw.standard_normal((40, 1, 1, 2), np.float32)
    else:
        image = draw.integers(0, 256, (40, 16, 16, 1), np.uint8)
    return data.Dataset(image, draw.integers(0, 3, 40).astype(np.int32), ("a", "b", "c"))


def train(name, devices):
    """The first and the last state, and the metrics of every step, in float64."""
    cfg = make_config(**COMPOSITIONS[name], model__dtype="float64", train__devices=devices)
    dataset = random_data(cfg)
    networks = build(cfg.model, dataset.image.shape[1:], 3)
    rounds = 1 if cfg.objective.schedule == "tutorial" else cfg.objective.critic_updates
    runner = parallel.Runner(cfg, networks, dataset, steps_per_call=1)
    first = jax.device_get(step.initial(cfg, networks))
    state, curves = runner.place(first), []
    for n in range(STEPS):
        index = data.indices(0, n * rounds, rounds, 40, cfg.train.batch_size)
        state, metrics = runner(state, index)
        curves.append(jax.device_get(metrics))
    return first, jax.device_get(state), curves


@names(COMPOSITIONS, "lsgan")
def test_one_device_and_four_follow_the_same_trajectory(x64, name):
    first, one, curves = train(name, 1)
    _, four, curves4 = train(name, 4)
    assert one.step == STEPS
    others = dict(jax.tree_util.tree_flatten_with_path(four)[0])
    for path, leaf in jax.tree_util.tree_flatten_with_path(one)[0]:
        assert relative(others[path], leaf) < 1e-9, jax.tree_util.keystr(path)
    for metrics, metrics4 in zip(curves, curves4, strict=True):
        for key, value in metrics.named().items():
            assert relative(metrics4.named()[key], value) < 1e-9, key
    for field in ("generator", "critic", "batch_stats", "spectral", "balance", "average"):
        if jax.tree.leaves(getattr(one, field)):
            assert relative(getattr(one, field), getattr(first, field)) > 1e-6, field  # it does change


def trained(name, workdir, **changes):
    cfg = make_config(**COMPOSITIONS[name], train__devices=1, **changes)
    assert runs.in_process(cfg, workdir) == 0


@names(COMPOSITIONS, "lsgan")
def test_a_resumed_run_gives_the_same_bits(tmp_path, name):
    trained(name, tmp_path / "parts", train__steps=3)
    trained(name, tmp_path / "parts")
    trained(name, tmp_path / "whole")
    whole = runs.final_state(tmp_path / "whole")
    assert whole[0] == int(TINY["train.steps"]) == 6
    runs.assert_same(runs.final_state(tmp_path / "parts"), whole)


@pytest.mark.parametrize("name", COMPOSITIONS)
@pytest.mark.parametrize("implementation", ["matmul", "xla"])
def test_both_precisions_start_from_the_same_numbers(x64, name, implementation):
    """They are drawn in float32, also where JAX would draw in float64."""
    cfg = make_config(**COMPOSITIONS[name], model__dtype="float64", model__implementation=implementation)
    networks = build(cfg.model, random_data(cfg).image.shape[1:], 3)
    key, label = jax.random.key(0), np.zeros(1, np.int32)
    latent = np.zeros((1, cfg.model.latent), np.float32)
    image = np.zeros((1, *networks.generator.image_shape), np.float32)
    drawn = jax.eval_shape(
        lambda: (
            networks.generator.init(key, latent, label, train=True),
            networks.critic.init(key, image, label),
        )
    )
    assert {leaf.dtype.name for leaf in jax.tree.leaves(drawn)} == {"float32"}
    state = jax.eval_shape(lambda: step.init(cfg, networks))
    assert {leaf.dtype.name for leaf in jax.tree.leaves(state.generator)} == {"float64"}
