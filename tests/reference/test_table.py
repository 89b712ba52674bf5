"""Whole steps of the pair `table` against plain PyTorch with the same random numbers, in float64."""

import functools

import jax
import numpy as np
import pytest
from conftest import make_config

from cwgan_jax import data, kinds
from cwgan_jax.algorithms import adversarial
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.tables.columns import Columns

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import bridge, family_steps, family_weights, inputs, measure  # noqa: E402 - they need it too
from reference.family_compare import filled  # noqa: E402
from reference.table import TableCritic, TableGenerator  # noqa: E402

CLASSES, STEPS = 3, 3
BOUND = 1e-9  # as in test_family_steps
SMALL = {
    "data__name": "wine",
    "model__architecture": "table",
    "model__dtype": "float64",
    "model__features": 6,
    "model__latent": 12,
    "model__critic_features": 5,
    "train__batch_size": 4,
    "optimizer__generator_learning_rate": 1e-3,
    "optimizer__critic_learning_rate": 2e-3,
}
CASES = {
    "softmax": {"objective__schedule": "paper"},
    "gumbel": {
        "model__choices": "gumbel",
        "model__temperature": 0.7,
        "model__generator_labels": "batch_norm",
        "model__critic_labels": "projection",
        "model__depth": 3,
        "model__critic_depth": 1,
    },
}


def rows(count):
    """Rows with every sort of block."""
    random = np.random.default_rng(5)
    x = random.standard_normal(count)
    table = {
        "x": x,
        "holes": np.where(random.random(count) < 0.3, np.nan, np.exp(x)),
        "colour": np.array(["red", "green", "blue"])[random.integers(0, 3, count)],
    }
    columns = Columns.fit(table)
    label = random.integers(0, CLASSES, count).astype(np.int32)
    return data.Dataset(columns.encode(table), label, of_classes("abc"), kind="tables", scaling=columns)


def draws(setting, n, batch):
    """Those of `bridge`, with rows as they are."""
    cfg, real = setting.config, batch.streams["real"]
    latents, _, weights = inputs.numbers(n, cfg, CLASSES)
    count = cfg.objective.critic_updates + (cfg.objective.schedule == "paper")
    found = []
    for k in range(count):
        r = min(k, len(real.condition) - 1)
        label = bridge.to_tensor(real.condition[r]).long()
        row = bridge.to_tensor(real.example[r]).double()[:, :, None, None]
        numbers = bridge.to_tensor(latents[k]), label, bridge.to_tensor(weights[k])
        found.append(bridge.training.Draw(*numbers, row, label))
    return found


def reference_pair(setting, state):
    """PyTorch's networks with the weights of a state, each with its optimizer."""
    cfg, layout = setting.config, setting.spec.form.layout
    model, o = cfg.model, cfg.optimizer
    own, its = ((CLASSES, length) for length in model.embeddings)
    temperature = model.temperature if model.choices == "gumbel" else 0.0
    pair = (
        TableGenerator(model.latent, own, layout, model.features, model.depth, temperature),
        TableCritic(its, setting.spec.form.shape[0], model.critic_features, model.critic_depth),
    )
    sides = []
    rates = {"generator": o.generator_learning_rate, "critic": o.critic_learning_rate}
    for module, (name, rate) in zip(pair, rates.items(), strict=True):
        player = state.players[name]
        family_weights.carry(module.double(), player.params, player.stats or None)
        trained = [p for p in module.parameters() if p.requires_grad]
        adam = torch.optim.Adam(trained, rate, betas=(o.beta1, o.beta2))
        sides.append(family_steps.Side(module, adam, None))
    return pair, sides


@pytest.mark.parametrize("name", CASES)
def test_three_steps(x64, name):
    cfg, dataset = make_config(**SMALL | CASES[name]), rows(24)
    setting = adversarial.settle(cfg, kinds.spec_of(cfg, data.described(dataset)))
    assert [block.kind for block in setting.spec.form.layout] == ["tanh", "tanh", "softmax", "softmax"]
    shapes = jax.eval_shape(lambda: adversarial.init(setting, np.uint32(0)))
    generator, critic = shapes.players["generator"], shapes.players["critic"]
    params, stats, its = filled((generator.params, generator.stats, critic.params))
    weights = {"generator": (params, stats), "critic": (its, {})}
    state = before = adversarial.begin(setting, cfg.seed, weights)
    pair, sides = reference_pair(setting, state)
    step, found = jax.jit(functools.partial(adversarial.train_step, setting)), {}
    for n in range(STEPS):
        batch = inputs.batch(cfg, dataset, n)
        theirs, _, _ = family_steps.train_step(
            *sides, draws(setting, n, batch), cfg.objective, {}, n * cfg.objective.critic_updates
        )
        state, ours = step(state, batch)
        assert ours.keys() == theirs.keys()
        for key, value in theirs.items():
            found[f"{key} of step {n}"] = measure.difference(ours[key], value)
        assert ours["penalty"] > 1e-3  # there is something to compare
    for network, module in zip(("generator", "critic"), pair, strict=True):
        own = state.players[network].params
        found[network] = measure.worst_leaf(own, family_weights.read(module, own))
        assert measure.tree_difference(own, before.players[network].params) > 1e-4  # it has moved
    running = {"/".join(p): x.numpy() for p, x in family_weights.statistics(pair[0]).items()}
    found["running statistics"] = measure.worst_leaf(state.players["generator"].stats, running)
    assert max(found.values()) < BOUND, found
