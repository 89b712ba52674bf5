"""The least and the largest counts: one class and 1,000, batches of two, one critic update, grey and colour.

Traced, not compiled: what can go wrong here is the shape of something.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config

from cwgan_jax import data
from cwgan_jax.algorithms import step
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.networks import build
from cwgan_jax.networks.layers import affine
from cwgan_jax.parallel import collectives
from cwgan_jax.training import plan

ARCHITECTURES = {
    "conv": {},
    "conv with projection and conditional norms": {
        "model__critic_labels": "projection",
        "model__generator_labels": "batch_norm",
    },
    "dcgan": {"objective__loss": "non_saturating", "objective__penalties__interpolates__weight": 0},
    "mlp": {},
    "mlp with projection and conditional norms": {
        "model__critic_labels": "projection",
        "model__generator_labels": "batch_norm",
    },
    "style": {"model__critic_norm": "off"},
    "autoencoder": {"objective__loss": "began", "objective__penalties__interpolates__weight": 0},
    "points": {"data__name": "grid"},
}


def traced(name, *, classes, channels, devices=1, **changes):
    """Shapes of the state and of the metrics after a step, the batch being two images."""
    architecture = name.split()[0]
    changes = {"model__architecture": architecture, "objective__critic_updates": 1} | changes
    cfg = make_config(**ARCHITECTURES[name], train__batch_size=2, **changes)
    shape = (1, 1, 2) if architecture == "points" else (16, 16, channels)
    networks = build(cfg.model, shape, classes)
    state = jax.eval_shape(lambda: step.init(cfg, networks))
    dtype = np.float32 if architecture == "points" else np.uint8
    each = (devices, 2 // devices)
    batch = step.Batch(
        jnp.zeros((each[0], 1, each[1], *shape), dtype),
        jnp.zeros((each[0], 1, each[1]), jnp.int32),
        jnp.zeros(each, jnp.int32),
    )
    reduce = collectives.over_devices("device", devices)
    one = functools.partial(step.train_step, config=cfg, networks=networks, reduce=reduce)
    many = jax.vmap(one, in_axes=(None, 0), out_axes=None, axis_name="device", axis_size=devices)
    return state, *jax.eval_shape(many, state, batch)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize(("classes", "channels"), [(1, 3), (1000, 1)])
def test_every_architecture_takes_a_step(name, classes, channels):
    before, after, metrics = traced(
        name, classes=classes, channels=channels, objective__fake_labels="uniform"
    )
    assert jax.tree.map(lambda x: x.shape, before) == jax.tree.map(lambda x: x.shape, after)
    assert all(leaf.shape == () for leaf in jax.tree.leaves(metrics))


def test_as_few_images_as_a_batch_has():
    image, names = np.zeros((3, 16, 16, 1), np.uint8), ("a",)
    few = {n: data.Dataset(image[:n], np.zeros(n, np.int32), names) for n in (1, 2, 3)}
    cfg = make_config(train__batch_size=2)
    assert plan.make(cfg, few[2]).total == 6
    with pytest.raises(ConfigError, match="data: one training image is too few for a batch; give at least"):
        plan.make(cfg, few[1])
    with pytest.raises(
        ConfigError, match="batch_size=4: there are only 3 training images; it may be at most"
    ):
        plan.make(make_config(train__batch_size=4), few[3])


@pytest.mark.parametrize("schedule", ["tutorial", "paper"])
def test_a_single_image_on_each_of_two_devices(schedule):
    before, after, _ = traced("mlp", classes=1, channels=1, devices=2, objective__schedule=schedule)
    assert jax.tree.map(lambda x: x.shape, before) == jax.tree.map(lambda x: x.shape, after)


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
def test_an_embedding_is_the_row_of_the_label(classes, shape):
    module = affine.Embedding(classes, 4)
    label = np.random.default_rng(0).integers(0, classes, shape, np.int32)
    variables = module.init(jax.random.key(0), label)
    table = variables["params"]["embedding"]
    assert table.shape == (classes, 4)
    np.testing.assert_array_equal(module.apply(variables, label), np.asarray(table)[label])
