"""Whole steps of CycleGAN, pool and views included, against plain PyTorch in float64; and its state dicts."""

import functools

import cycle_helpers as helpers
import jax
import numpy as np
import pytest
from conftest import names

from cwgan_jax import random
from cwgan_jax.algorithms import cyclegan, pool
from cwgan_jax.data import DOMAINS
from cwgan_jax.interop import layout

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import bridge, cycle, measure  # noqa: E402 - they need it too
from reference.family_compare import filled  # noqa: E402

torch.set_num_threads(1)
STEPS = 3
# Rounding of 1e-16, divided by a small gradient in Adam, three updates of each network.
BOUND = 1e-9
CASES = {
    "as published": {"data__resize": 11, "data__mirror": True, "translation__pool": 5},
    "other options": {
        "objective__loss": "non_saturating",
        "translation__identity": 0,
        "translation__pool": 0,
        "model__blocks": 2,
        "data__size": 16,
        "model__critic_layers": 2,
    },
}


def networks(cfg, players):
    """PyTorch's four networks with the weights of the players."""
    model, made = cfg.model, {}
    for name, player in players.items():
        if name.startswith("critic"):
            module = cycle.Patches(1, model.critic_width, model.critic_layers)
        else:
            module = cycle.Translator(1, model.features, model.blocks)
        arrays = layout.to_torch(player.params, None, ())
        module.double().load_state_dict({key: bridge.to_tensor(x) for key, x in arrays.items()}, strict=True)
        made[name] = module
    return made


def seen(cfg, state, batch, domain):
    """The pictures that a step sees, NCHW in [-1, 1]: cropped and mirrored by the numbers of each slot."""
    number, result = DOMAINS.index(domain), []
    key = lambda stream: random.key(state.seed, stream, state.step, number)  # noqa: E731
    for slot, image in zip(batch.slot, np.asarray(batch.streams[domain].example[0]), strict=True):
        if cfg.data.resize:
            at = jax.random.fold_in(key(random.Stream.CROP), slot)
            room = cfg.data.resize - cfg.data.size + 1
            top, left = np.asarray(jax.random.randint(at, (2,), 0, room, np.int32))
            image = image[top : top + cfg.data.size, left : left + cfg.data.size]
        if cfg.data.mirror and jax.random.bernoulli(jax.random.fold_in(key(random.Stream.MIRROR), slot)):
            image = image[:, ::-1]
        result.append(image / 127.5 - 1)
    return bridge.planes_first(np.stack(result))


def draws(cfg, state, domain):
    """The coins and places of a step's pool, by slot."""
    key = random.key(state.seed, random.Stream.POOL, state.step, DOMAINS.index(domain))
    return lambda slot: [int(x) for x in pool.draw(key, slot, cfg.translation.pool)]


@names(CASES, "as published")
def test_three_steps(x64, name):
    rates = {"optimizer__generator_learning_rate": 1e-3, "optimizer__critic_learning_rate": 2e-3}
    cfg = helpers.config(model__dtype="float64", optimizer__beta2=0.999, **rates, **CASES[name])
    setting = helpers.setting(cfg)
    shapes = jax.eval_shape(lambda: cyclegan.init(setting, np.uint32(0)))
    weights = filled({name: player.params for name, player in shapes.players.items()})
    state = jax.jit(lambda x: cyclegan.begin(setting, 3, x))(weights)
    before, step = state, jax.jit(functools.partial(cyclegan.train_step, setting))
    theirs = cycle.Model(networks(cfg, state.players), cfg)
    found = {}
    for n in range(STEPS):
        batch = helpers.batch(cfg, n)
        real = {domain: seen(cfg, state, batch, domain) for domain in DOMAINS}
        expected = theirs.step(real, {domain: draws(cfg, state, domain) for domain in DOMAINS})
        state, metrics = step(state, batch)
        assert metrics.keys() == expected.keys() == {metric.name for metric in cyclegan.metrics_of(cfg)}
        for key, value in expected.items():
            found[f"{key} of step {n}"] = measure.difference(metrics[key], value)
    for player, module in theirs.networks.items():
        arrays = {key: x.numpy(force=True) for key, x in module.state_dict().items()}
        params, _ = layout.from_torch(arrays, state.players[player].params, ())
        found[player] = measure.worst_leaf(state.players[player].params, params)
        assert measure.tree_difference(params, before.players[player].params) > 1e-4  # it has moved
    for domain, kept in theirs.pools.items():
        if kept.size:
            images = np.stack([np.moveaxis(image.numpy(), 0, -1) for image in kept.images])
            found[f"pool of {domain}"] = measure.difference(
                state.controllers[f"pool_{domain}"].example[: len(images)], images
            )
    assert max(found.values()) < BOUND, found
