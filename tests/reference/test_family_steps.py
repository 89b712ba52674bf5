"""Whole steps of the GAN family against plain PyTorch with the same random numbers, in float64."""

import functools

import jax
import numpy as np
import pytest
from conftest import make_config, names

from cwgan_jax import data
from cwgan_jax.algorithms import step
from cwgan_jax.networks import build

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import bridge, family_steps, family_weights, inputs, measure  # noqa: E402 - they need it too
from reference.family_compare import filled  # noqa: E402

torch.set_num_threads(1)
CLASSES, STEPS = 3, 2
# Rounding of 1e-16, divided by a small gradient in Adam or RMSprop, four critic and two generator updates.
BOUND = 1e-9
_SMALL = {
    "model__dtype": "float64",
    "train__batch_size": 4,
    "model__implementation": "xla",  # compiles in half the time; the others are in test_family.py
    # Large, so that two steps move the weights by far more than a rounding of them.
    "optimizer__generator_learning_rate": 1e-3,
    "optimizer__critic_learning_rate": 2e-3,
}
_SMOOTHED = {"objective__real_target": 0.9, "objective__fake_target": 0.1}
_PAPER = {"objective__schedule": "paper", "objective__fake_labels": "uniform"}
_NONE = {"objective__penalties__interpolates__weight": 0}
_MLP = {"model__architecture": "mlp", "data__size": 8}
_LABELS = {"model__generator_labels": "batch_norm", "model__critic_labels": "projection"}
_PLAIN = {"model__conditional": False}
_ZERO = {"objective__penalty": "zero_centred", "objective__penalties__interpolates__weight": 5}

CASES = {
    "gan": (
        {"model__architecture": "dcgan", "objective__loss": "non_saturating"}
        | {"optimizer__beta2": 0.999, **_SMOOTHED, **_NONE}
    ),
    "wgan": (
        {"objective__constraint": "clipping", "objective__clip": 0.05, "optimizer__name": "rmsprop"}
        | {"optimizer__beta2": 0.99, "optimizer__decay_steps": 10, **_MLP, **_PLAIN, **_PAPER}
    ),
    "lsgan": {"objective__loss": "least_squares", **_MLP, **_LABELS, **_SMOOTHED, **_NONE},
    "sagan": (
        {"objective__loss": "hinge", "objective__constraint": "spectral_norm", "model__attention": 8}
        | {"objective__generator_spectral_norm": True, "model__critic_norm": "off"}
        | {"optimizer__beta1": 0.0, **_LABELS, **_PAPER}
    ),
    "began": (
        {"model__architecture": "autoencoder", "objective__loss": "began", **_NONE}
        | {"objective__equilibrium_rate": 0.1}
    ),
    "one-sided": {"objective__penalty": "one_sided", **_MLP, **_PLAIN},
    "r1": {
        "objective__loss": "minimax",
        "objective__penalty_at": "real",
        **_ZERO,
        **_MLP,
        **_LABELS,
        **_PAPER,
    },
    "r2": {
        "objective__loss": "non_saturating",
        "objective__penalty_at": "fake",
        **(_ZERO | _MLP | _LABELS | _PAPER),
    },
    "style": {"model__architecture": "style"},
    "dcgan-28": {
        "model__architecture": "dcgan",
        "data__size": 28,
        "objective__loss": "minimax",
        **(_NONE | _PAPER),
    },
    "points": {"model__architecture": "points", "data__name": "ring", **_PAPER},
}
_SHORT = CASES.keys() - {"sagan", "lsgan", "one-sided", "r1", "style", "dcgan-28", "points"}


def case(name):
    """Config, networks and random data; the points are numbers, not pixels."""
    cfg = make_config(**_SMALL | CASES[name])
    draw = np.random.default_rng(3)
    label = draw.integers(0, CLASSES, 24).astype(np.int32)
    if cfg.model.architecture == "points":
        image = draw.standard_normal((24, 1, 1, 2), np.float32)
    else:
        image = draw.integers(0, 256, (24, cfg.data.size, cfg.data.size, 1), np.uint8)
    dataset = data.Dataset(image, label, tuple("abc"))
    return cfg, build(cfg.model, image.shape[1:], CLASSES), dataset


def start(cfg, networks):
    """A state without special values."""

    def begin(trees):
        generator, stats, critic = trees
        return step.begin(cfg, generator, stats, critic, None)

    shapes = jax.eval_shape(lambda: step.init(cfg, networks))
    generator, stats, critic = filled((shapes.generator, shapes.batch_stats, shapes.critic))
    if cfg.objective.penalty == "one_sided":  # gradients of norms on both sides of one
        critic = jax.tree.map(lambda leaf: 3 * leaf, critic)
    state = jax.jit(begin)((generator, stats, critic))
    return state if state.balance is None else state._replace(balance=state.balance + 0.3)


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


def draws_of(cfg, networks, n, batch):
    """Those of `bridge`, with points as they are."""
    draws = bridge.draws(cfg, networks, n, batch)
    if cfg.model.architecture != "points":
        return draws
    rounds = len(batch.label) - 1
    reals = [bridge.planes_first(batch.image[min(k, rounds)]).double() for k in range(len(draws))]
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


def differences(name):
    """{quantity: relative difference} over two steps, and the metrics of both."""
    cfg, networks, dataset = case(name)
    state = start(cfg, networks)
    pair = [module.double() for module in family_steps.pair(cfg, CLASSES, dataset.image.shape[-1])]
    family_weights.carry(pair[0], state.generator, state.batch_stats)
    family_weights.carry(pair[1], state.critic)
    o = cfg.optimizer
    sides = [
        side(pair[0], o.generator_learning_rate, cfg, state.spectral.generator),
        side(pair[1], o.critic_learning_rate, cfg, state.spectral.critic),
    ]
    fade = lambda n: 1 - n / o.decay_steps if o.decay_steps else 1.0  # noqa: E731
    schedulers = [torch.optim.lr_scheduler.LambdaLR(s.optimizer, fade) for s in sides]
    train_step = jax.jit(functools.partial(step.train_step, config=cfg, networks=networks))
    balance, found, curves = float(state.balance or 0), {}, []
    before = state
    for n in range(STEPS):
        batch = inputs.batch(cfg, dataset, n)
        theirs, balance, moved = family_steps.train_step(
            *sides, draws_of(cfg, networks, n, batch), cfg.objective, balance
        )
        for scheduler in schedulers:
            scheduler.step()
        state, metrics = train_step(state, batch)
        ours = metrics.named()
        assert ours.keys() == theirs.keys()
        for key, value in theirs.items():
            found[f"{key} of step {n}"] = measure.difference(ours[key], value)
        curves.append(ours)
        for i, vectors in enumerate(moved):
            if vectors:
                found[f"spectral vectors {i} of step {n}"] = vectors_differ(
                    state.spectral[i], vectors, pair[i]
                )
                sides[i] = sides[i]._replace(left={name: u for name, (u, _) in vectors.items()})
    for network, module in zip(("generator", "critic"), pair, strict=True):
        params = getattr(state, network)
        found[network] = measure.worst_leaf(params, family_weights.read(module, params))
        assert measure.tree_difference(params, getattr(before, network)) > 1e-4  # it has moved
    if state.batch_stats:
        running = {"/".join(p): x.numpy() for p, x in family_weights.statistics(pair[0]).items()}
        found["running statistics"] = measure.worst_leaf(state.batch_stats, running)
    return found, curves


@names(CASES, *_SHORT)
def test_two_steps(x64, name):
    found, curves = differences(name)
    assert max(found.values()) < BOUND, found
    if "penalty" in curves[0]:
        assert min(curve["penalty"] for curve in curves) > 1e-3  # there is something to compare
