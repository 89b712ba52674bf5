"""Every composition: one device and four follow the same trajectory; a resumed run gives the same bits."""

import shutil

import jax
import numpy as np
import pytest
import run_helpers as runs
from conftest import NO_PENALTY, TINY, make_algorithm, make_config, make_setting, names, relative

from cwgan_jax import algorithms, data, parallel
from cwgan_jax.algorithms import adversarial
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.networks import ARCHITECTURES
from cwgan_jax.objectives import losses, penalties

STEPS = 3
_PAPER = {"objective__schedule": "paper", "objective__fake_labels": "uniform", "train__ema_decay": 0.9}
_SMOOTHED = {"objective__real_target": 0.9, "objective__fake_target": 0.1}
_SPECTRAL = {
    "objective__critic_spectral_norm": True,
    "objective__generator_spectral_norm": True,
    **NO_PENALTY,
}
_LABELS = {"model__generator_labels": "batch_norm", "model__critic_labels": "projection"}
_MLP = {"model__architecture": "mlp"}
# Both penalties of R3GAN; the one at fakes now and then, by differences, so with noise of its own. All of
# them, and both updates, see augmented images, with a strength that adapts.
_R3GAN = {
    "augment__pipeline": "color",
    "augment__p": 0.5,
    "augment__every": 2,
    "augment__speed": 500,
    "objective__penalties__real__weight": 5,
    "objective__penalties__real__kind": "zero_centred",
    "objective__penalties__fake__weight": 5e4,
    "objective__penalties__fake__kind": "finite_difference",
    "objective__penalties__fake__every": 3,
}
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
        **NO_PENALTY,
    },
    "dcgan": {
        "model__architecture": "dcgan",
        "objective__loss": "non_saturating",
        **(_SMOOTHED | NO_PENALTY),
    },
    "sagan": {
        "model__attention": 8,
        "model__critic_norm": "off",
        "objective__loss": "hinge",
        **(_SPECTRAL | _LABELS),
        "objective__penalties__real__weight": 5,
        "objective__penalties__real__kind": "consistency",  # with random numbers of its own
    },
    "style": {
        "model__architecture": "style",
        "objective__penalties__interpolates__kind": "one_sided",
        **_PAPER,
    },
    # Groups in the critic, a generator that draws, path lengths, an average by its half-life.
    "stylegan2": {
        "model__architecture": "stylegan2",
        "model__group": 2,
        "model__most_features": 3,
        "objective__loss": "non_saturating",
        "objective__penalties__real__weight": 0.5,
        "objective__penalties__real__kind": "zero_centred",
        "objective__penalties__real__every": 2,
        "objective__path_length__weight": 2,
        "objective__path_length__every": 2,
        "optimizer__rescaled": True,
        **(NO_PENALTY | _PAPER | {"train__ema_decay": 0, "train__ema_half_life": 30}),
    },
    "points": {
        "model__architecture": "points",
        "model__features": 8,
        "data__name": "ring",
        "objective__loss": "minimax",
        "objective__penalties__real__kind": "zero_centred",
        "objective__penalties__real__weight": 10,
        **NO_PENALTY,
    },
    "wgan": {
        "model__conditional": False,
        "objective__clip": 0.01,
        "optimizer__name": "rmsprop",
        "ramp__end": 10,
        **(_MLP | _PAPER | NO_PENALTY),
    },
    "r3gan": {"objective__loss": "relativistic", **(_R3GAN | _MLP | NO_PENALTY)},
    # Running statistics, spectral vectors and the classifier's weights.
    "resnet": {
        "model__architecture": "resnet",
        "model__critic_features": 2,
        "model__critic_labels": "off",
        "objective__auxiliary__critic": 1,
        "objective__auxiliary__generator": 0.1,
        "objective__loss": "hinge",
        "objective__critic_spectral_norm": True,
        **NO_PENALTY,
    },
    "r3gan-residual": {
        "model__architecture": "r3gan",
        "model__blocks": 1,
        "objective__loss": "relativistic",
        "objective__penalties__real__weight": 1,
        "objective__penalties__real__kind": "zero_centred",
        **(_PAPER | NO_PENALTY | {"objective__fake_labels": "real"}),
    },
    "lsgan": {"objective__loss": "least_squares", **(_MLP | _SPECTRAL | _LABELS | _PAPER)},
    # Everything a state has, and small.
    "all": {"objective__loss": "least_squares", **(_R3GAN | _MLP | _SPECTRAL | _LABELS | _PAPER)},
}


def test_everything_occurs_in_a_composition():
    """A new objective, penalty or architecture is to be added above; `signal` and `table` have other data."""
    found = [make_config(**changes) for changes in COMPOSITIONS.values()]
    # The conv architecture and the two-sided penalty at interpolates are in test_parallel.py.
    assert {cfg.objective.loss for cfg in found} | {"wasserstein"} == set(losses.OBJECTIVES)
    others = {"signal", "table"} | {name for name, x in ARCHITECTURES.items() if x.translates}
    assert {cfg.model.architecture for cfg in found} == set(ARCHITECTURES) - others
    active = [penalties.active(cfg.objective.penalties) for cfg in found]
    kinds = {penalty.kind for each in active for penalty in each.values()}
    assert kinds | {"two_sided"} == set(penalties.PENALTIES)
    assert {place for each in active for place in each} == set(penalties.PLACES)
    assert any(penalty.every > 1 for each in active for penalty in each.values())
    assert any(cfg.objective.clip for cfg in found)
    assert any(cfg.augment.pipeline != "none" for cfg in found)
    assert any(cfg.objective.critic_spectral_norm for cfg in found)


def random_data(cfg):
    """40 random examples of three classes."""
    draw = np.random.default_rng(0)
    if cfg.model.architecture == "points":
        image = draw.standard_normal((40, 1, 1, 2), np.float32)
    else:
        image = draw.integers(0, 256, (40, 16, 16, 1), np.uint8)
    return data.Dataset(image, draw.integers(0, 3, 40).astype(np.int32), of_classes("abc"))


def kind_of(cfg):
    return "points" if cfg.model.architecture == "points" else "images"


def train(name, devices, first=None):
    """The first state, unless it is given, the last one, and the metrics of every step, in float64."""
    cfg = make_config(**COMPOSITIONS[name], model__dtype="float64", train__devices=devices)
    dataset = random_data(cfg)
    algorithm = make_algorithm(cfg, shape=dataset.shape, kind=kind_of(cfg))
    rounds = algorithm.inputs["real"]
    runner = parallel.Runner(cfg, algorithm, {"real": dataset}, steps_per_call=1)
    if first is None:
        first = jax.device_get(algorithms.initial(algorithm, cfg.seed))
    state, curves = runner.place(first), []
    for n in range(STEPS):
        index = data.indices(0, n * rounds, rounds, 40, cfg.train.batch_size)
        state, metrics = runner(state, {"real": index})
        curves.append(jax.device_get(metrics))
    return first, jax.device_get(state), curves


def parts(state):
    """What of a state changes, by name; parts that are not there are left out."""
    found = {
        f"{name} {field}": getattr(player, field)
        for name, player in state.players.items()
        for field in player._fields
    }
    found |= {f"controller {name}": value for name, value in state.controllers.items()}
    return {name: tree for name, tree in found.items() if jax.tree.leaves(tree)}


@names(COMPOSITIONS, "all")
def test_one_device_and_four_follow_the_same_trajectory(x64, name):
    first, one, curves = train(name, 1)
    _, four, curves4 = train(name, 4, first)
    assert one.step == STEPS
    others = dict(jax.tree_util.tree_flatten_with_path(four)[0])
    for path, leaf in jax.tree_util.tree_flatten_with_path(one)[0]:
        assert relative(others[path], leaf) < 1e-9, jax.tree_util.keystr(path)
    for metrics, metrics4 in zip(curves, curves4, strict=True):
        assert metrics.keys() == metrics4.keys()
        for key, value in metrics.items():
            assert relative(metrics4[key], value) < 1e-9, key
    before = parts(first)
    for part, tree in parts(one).items():
        assert relative(tree, before[part]) > 1e-6, part  # it does change


def trained(name, workdir):
    cfg = make_config(**COMPOSITIONS[name], train__devices=1)
    assert runs.in_process(cfg, workdir) == 0


@names(COMPOSITIONS, "all")
def test_a_resumed_run_gives_the_same_bits(tmp_path, one_program, name):
    trained(name, tmp_path)
    whole = runs.final_state(tmp_path)
    assert whole[0] == int(TINY["train.steps"]) == 6
    shutil.rmtree(tmp_path / "checkpoints" / "6")
    assert runs.final_state(tmp_path)[0] == 3
    trained(name, tmp_path)
    runs.assert_same(runs.final_state(tmp_path), whole)


@pytest.mark.parametrize("name", COMPOSITIONS)
@pytest.mark.parametrize("implementation", ["matmul", "xla"])
def test_both_precisions_start_from_the_same_numbers(x64, name, implementation):
    """They are drawn in float32, also where JAX would draw in float64."""
    cfg = make_config(**COMPOSITIONS[name], model__dtype="float64", model__implementation=implementation)
    setting = make_setting(cfg, shape=random_data(cfg).shape, kind=kind_of(cfg))
    key, condition = jax.random.key(0), np.zeros((1, setting.spec.condition.width), np.float32)
    latent = np.zeros((1, cfg.model.latent), np.float32)
    example = np.zeros((1, *setting.spec.form.shape), np.float32)
    drawn = jax.eval_shape(
        lambda: (
            setting.networks.generator.init(key, latent, condition, train=True),
            setting.networks.critic.init(key, example, condition),
        )
    )
    assert {leaf.dtype.name for leaf in jax.tree.leaves(drawn)} == {"float32"}
    state = jax.eval_shape(lambda: adversarial.init(setting, np.uint32(0)))
    params = [player.params for player in state.players.values()]
    assert {leaf.dtype.name for leaf in jax.tree.leaves(params)} == {"float64"}
