"""Whole steps of the GAN family against plain PyTorch with the same random numbers, in float64."""

import jax
import numpy as np
import pytest
from conftest import NO_PENALTY, make_config, make_setting, names
from step_helpers import take

from cwgan_jax import data
from cwgan_jax.algorithms import adversarial
from cwgan_jax.data.conditions import of_classes

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import bridge, family_steps, family_weights, inputs, measure  # noqa: E402 - they need it too
from reference.family_compare import filled  # noqa: E402

torch.set_num_threads(1)
CLASSES, STEPS = 3, 3
# Rounding of 1e-16, divided by a small gradient in Adam or RMSprop, six critic and three generator updates.
BOUND = 1e-9
_SMALL = {
    "model__dtype": "float64",
    "train__batch_size": 4,
    "model__implementation": "xla",  # compiles in half the time; the others are in test_family.py
    # Large, so that three steps move the weights by far more than a rounding of them.
    "optimizer__generator_learning_rate": 1e-3,
    "optimizer__critic_learning_rate": 2e-3,
}
_SMOOTHED = {"objective__real_target": 0.9, "objective__fake_target": 0.1}
_PAPER = {"objective__schedule": "paper", "objective__fake_labels": "uniform"}
_MLP = {"model__architecture": "mlp", "data__size": 8}
_LABELS = {"model__generator_labels": "batch_norm", "model__critic_labels": "projection"}
_PLAIN = {"model__conditional": False}


def _penalty(place, weight=5, kind="zero_centred", **more):
    """Options of a penalty at a place."""
    values = {"weight": weight, "kind": kind, **more}
    return {f"objective__penalties__{place}__{key}": value for key, value in values.items()}


_R1, _R2 = _penalty("real"), _penalty("fake")  # of Mescheder et al. 2018
CASES = {
    "gan": (
        {"model__architecture": "dcgan", "objective__loss": "non_saturating"}
        | {"optimizer__beta2": 0.999, **_SMOOTHED, **NO_PENALTY}
    ),
    "wgan": (
        {"objective__clip": 0.05, "optimizer__name": "rmsprop", **NO_PENALTY}
        | {"optimizer__beta2": 0.99, "ramp__end": 10, **_MLP, **_PLAIN, **_PAPER}
    ),
    "lsgan": {"objective__loss": "least_squares", **_MLP, **_LABELS, **_SMOOTHED, **NO_PENALTY},
    "sagan": (
        {"objective__loss": "hinge", "objective__critic_spectral_norm": True, "model__attention": 8}
        | {"objective__generator_spectral_norm": True, "model__critic_norm": "off"}
        | {"optimizer__beta1": 0.0, **_LABELS, **_PAPER, **NO_PENALTY}
    ),
    "began": (
        {"model__architecture": "autoencoder", "objective__loss": "began", **NO_PENALTY}
        | {"objective__equilibrium_rate": 0.1}
    ),
    "one-sided": {"objective__penalties__interpolates__kind": "one_sided", **_MLP, **_PLAIN},
    "r1 penalty": {"objective__loss": "minimax", **(NO_PENALTY | _R1 | _MLP | _LABELS | _PAPER)},
    "r2 penalty": {"objective__loss": "non_saturating", **(NO_PENALTY | _R2 | _MLP | _LABELS | _PAPER)},
    "r3gan": {"objective__loss": "relativistic", **(NO_PENALTY | _R1 | _R2 | _MLP | _LABELS)},
    "r3gan-conv": {
        "objective__loss": "relativistic",
        "model__critic_norm": "off",
        "objective__schedule": "paper",
        **(NO_PENALTY | _R1 | _R2),
    },
    # WGAN-GP of CIFAR-10, with layer norm; the critic reads the labels, and does not see them. And what the
    # next one has: both share the networks, which compile for long.
    "resnet": {
        "model__architecture": "resnet",
        "model__critic_features": 3,
        "model__critic_norm": "layer",
        "model__critic_labels": "off",
        "objective__auxiliary__critic": 1,
        "objective__auxiliary__generator": 0.1,
        "model__pooling": "sum",
        "objective__loss": "hinge",
        "objective__critic_spectral_norm": True,
        **_PAPER,
    },
    "sngan": {
        "model__architecture": "resnet",
        "model__critic_features": 3,
        "model__pooling": "sum",
        "objective__loss": "hinge",
        "objective__critic_spectral_norm": True,
        **(NO_PENALTY | _PAPER),
    },
    "r3gan-residual": {
        "model__architecture": "r3gan",
        "model__features": 4,
        "model__blocks": 1,
        "model__group_channels": 4,
        "objective__auxiliary__critic": 1,
        "objective__auxiliary__generator": 0.1,
        "objective__loss": "relativistic",
        "objective__schedule": "paper",
        **(NO_PENALTY | _R1 | _R2),
    },
    # Two critic updates a step: the one penalty is computed at updates 0, 3, the other at 0, 2, 4.
    "lazy": {
        "objective__loss": "non_saturating",
        **(NO_PENALTY | _MLP | _LABELS | _penalty("real", every=3) | _penalty("interpolates", every=2)),
    },
    "style": {"model__architecture": "style"},
    "dcgan-28": {
        "model__architecture": "dcgan",
        "data__size": 28,
        "objective__loss": "minimax",
        **(NO_PENALTY | _PAPER),
    },
    "points": {"model__architecture": "points", "data__name": "ring", **_PAPER},
}
_SHORT = ("gan", "wgan", "began", "r2 penalty", "r3gan", "lazy", "resnet", "r3gan-residual")


def case(name):
    """Setting and random data; the points are numbers, not pixels."""
    cfg = make_config(**_SMALL | CASES[name])
    draw = np.random.default_rng(3)
    label = draw.integers(0, CLASSES, 24).astype(np.int32)
    points = cfg.model.architecture == "points"
    if points:
        image = draw.standard_normal((24, 1, 1, 2), np.float32)
    else:
        image = draw.integers(0, 256, (24, cfg.data.size, cfg.data.size, 1), np.uint8)
    setting = make_setting(cfg, CLASSES, shape=image.shape[1:], kind="points" if points else "images")
    return setting, data.Dataset(image, label, of_classes("abc"))


def start(setting):
    """A state without special values."""
    shapes = jax.eval_shape(lambda: adversarial.init(setting, np.uint32(0)))
    generator, critic = shapes.players["generator"], shapes.players["critic"]
    params, stats, its = filled((generator.params, generator.stats, critic.params))
    if setting.config.objective.penalties.interpolates.kind == "one_sided":
        its = jax.tree.map(lambda leaf: 3 * leaf, its)  # gradients of norms on both sides of one
    weights = {"generator": (params, stats), "critic": (its, {})}
    state = jax.jit(lambda weights: adversarial.begin(setting, setting.config.seed, weights))(weights)
    if "balance" in state.controllers:
        state.controllers["balance"] += 0.3
    return state


def side(module, rate, cfg, vectors):
    """A network with PyTorch's optimizer, and the vectors of its spectral norms."""
    settings, parameters = cfg.optimizer, [p for p in module.parameters() if p.requires_grad]
    if settings.name == "rmsprop":
        optimizer = torch.optim.RMSprop(parameters, rate, alpha=settings.beta2)
    else:
        optimizer = torch.optim.Adam(parameters, rate, betas=(settings.beta1, settings.beta2))
    left = None
    if vectors is not None:
        names = {name: family_steps.here(name) for name, _ in family_steps.normed(module)}
        assert set(names.values()) == vectors.keys()
        left = {name: bridge.to_tensor(vectors[here][0]) for name, here in names.items()}
    return family_steps.Side(module, optimizer, left)


def draws_of(setting, n, batch):
    """Those of `bridge`, with points as they are."""
    draws = bridge.draws(setting, n, batch)
    if setting.config.model.architecture != "points":
        return draws
    example = batch.streams["real"].example
    reals = [bridge.planes_first(example[min(k, len(example) - 1)]).double() for k in range(len(draws))]
    return [draw._replace(real=real) for draw, real in zip(draws, reals, strict=True)]


def vectors_differ(ours, theirs, module):
    """The largest difference of the vectors of a spectral norm; (in, k, k) there, (k, k, in) here."""
    found = [0.0]
    for name, (u, v) in theirs.items():
        left, right = ours[family_steps.here(name)]
        weight = module.get_parameter(name)
        if weight.ndim == 4 and "attention" not in name:
            size = weight.shape[-1]
            v = v.reshape(-1, size, size).permute(1, 2, 0).flatten()
        found += [measure.difference(left, u), measure.difference(right, v)]
    return max(found)


def reference_pair(setting, state):
    """PyTorch's networks with the weights of a state, and each with its optimizer."""
    o = setting.config.optimizer
    pair = family_steps.pair(setting.config, CLASSES, setting.spec.form.shape[-1])
    sides = []
    for module, (name, rate) in zip(
        pair, (("generator", o.generator_learning_rate), ("critic", o.critic_learning_rate)), strict=True
    ):
        player = state.players[name]
        family_weights.carry(module.double(), player.params, player.stats or None)
        sides.append(side(module, rate, setting.config, player.spectral))
    return pair, sides


def differences(name):
    """{quantity: relative difference} over the steps, and the metrics of each."""
    setting, dataset = case(name)
    cfg, state = setting.config, start(setting)
    pair, sides = reference_pair(setting, state)
    decay = cfg.ramp.end
    fade = lambda n: 1 - n / decay if decay else 1.0  # noqa: E731
    schedulers = [torch.optim.lr_scheduler.LambdaLR(s.optimizer, fade) for s in sides]
    memory = {"balance": float(state.controllers.get("balance", 0))}
    found, curves, before = {}, [], state
    for n in range(STEPS):
        batch = inputs.batch(cfg, dataset, n)
        theirs, memory, moved = family_steps.train_step(
            *sides, draws_of(setting, n, batch), cfg.objective, memory, n * cfg.objective.critic_updates
        )
        for scheduler in schedulers:
            scheduler.step()
        state, ours = take(setting, state, batch)
        assert ours.keys() == theirs.keys()
        for key, value in theirs.items():
            found[f"{key} of step {n}"] = measure.difference(ours[key], value)
        curves.append(ours)
        for i, (player, vectors) in enumerate(zip(("generator", "critic"), moved, strict=True)):
            if vectors:
                own = state.players[player].spectral
                found[f"spectral vectors {i} of step {n}"] = vectors_differ(own, vectors, pair[i])
                sides[i] = sides[i]._replace(left={name: u for name, (u, _) in vectors.items()})
    for network, module in zip(("generator", "critic"), pair, strict=True):
        params = state.players[network].params
        found[network] = measure.worst_leaf(params, family_weights.read(module, params))
        assert measure.tree_difference(params, before.players[network].params) > 1e-4  # it has moved
    if stats := state.players["generator"].stats:
        running = {"/".join(p): x.numpy() for p, x in family_weights.statistics(pair[0]).items()}
        found["running statistics"] = measure.worst_leaf(stats, running)
    return found, curves


@names(CASES, *_SHORT)
def test_three_steps(x64, name):
    found, curves = differences(name)
    assert max(found.values()) < BOUND, found
    for key in curves[0]:
        if key.endswith("penalty"):
            assert min(curve[key] for curve in curves) > 1e-3, key  # there is something to compare
