"""The least and the largest counts: one class and 1,000, batches of two, one critic update, grey and colour.

Traced, not compiled: what can go wrong here is the shape of something.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import NO_PENALTY, long, make_config, make_setting

from cwgan_jax import data
from cwgan_jax.algorithms import Batch, adversarial
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.parallel import collectives
from cwgan_jax.training import plan

ARCHITECTURES = {
    "conv": {},
    "conv with projection and conditional norms": {
        "model__critic_labels": "projection",
        "model__generator_labels": "batch_norm",
    },
    "dcgan": {"objective__loss": "non_saturating", **NO_PENALTY},
    "mlp": {},
    "mlp with projection and conditional norms": {
        "model__critic_labels": "projection",
        "model__generator_labels": "batch_norm",
    },
    "style": {"model__critic_norm": "off"},
    "autoencoder": {"objective__loss": "began", **NO_PENALTY},
    "points": {"data__name": "grid"},
}


def traced(name, *, classes, channels, devices=1, **changes):
    """Shapes of the state and of the metrics after a step, the batch being two images."""
    architecture = name.split()[0]
    changes = {"model__architecture": architecture, "objective__critic_updates": 1} | changes
    cfg = make_config(**ARCHITECTURES[name], train__batch_size=2, **changes)
    points = architecture == "points"
    shape = (1, 1, 2) if points else (16, 16, channels)
    setting = make_setting(cfg, classes, shape=shape, kind="points" if points else "images")
    state = jax.eval_shape(lambda: adversarial.init(setting, np.uint32(0)))
    each = (devices, 1, 2 // devices)
    example = jnp.zeros((*each, *shape), np.float32 if points else np.uint8)
    real = data.Examples(example, jnp.zeros(each, jnp.int32))
    batch = Batch({"real": real}, jnp.zeros((devices, 2 // devices), jnp.int32))
    reduce = collectives.over_devices("device", devices)
    one = functools.partial(adversarial.train_step, setting, reduce=reduce)
    many = jax.vmap(one, in_axes=(None, 0), out_axes=None, axis_name="device", axis_size=devices)
    return state, *jax.eval_shape(many, state, batch)


def counts():
    """Both ends of both counts for every architecture, one of them by default, and by turns."""
    for i, name in enumerate(ARCHITECTURES):
        for j, ends in enumerate([(1, 3), (1000, 1)]):
            yield pytest.param(name, *ends, marks=[] if (i + j) % 2 else [long])


@pytest.mark.parametrize(("name", "classes", "channels"), list(counts()))
def test_every_architecture_takes_a_step(name, classes, channels):
    before, after, metrics = traced(
        name, classes=classes, channels=channels, objective__fake_labels="uniform"
    )
    assert jax.tree.map(lambda x: x.shape, before) == jax.tree.map(lambda x: x.shape, after)
    assert all(leaf.shape == () for leaf in jax.tree.leaves(metrics))


def test_as_few_images_as_a_batch_has():
    image, names = np.zeros((3, 16, 16, 1), np.uint8), ("a",)
    few = {n: data.Dataset(image[:n], np.zeros(n, np.int32), of_classes(names)) for n in (1, 2, 3)}
    cfg = make_config(train__batch_size=2)
    assert plan.make(cfg, few[2]).total == 6
    with pytest.raises(ConfigError, match="data: one training example is too few for a batch; give at least"):
        plan.make(cfg, few[1])
    with pytest.raises(
        ConfigError, match="batch_size=4: there are only 3 training examples; it may be at most"
    ):
        plan.make(make_config(train__batch_size=4), few[3])


@pytest.mark.parametrize("schedule", ["tutorial", "paper"])
def test_a_single_image_on_each_of_two_devices(schedule):
    before, after, _ = traced("mlp", classes=1, channels=1, devices=2, objective__schedule=schedule)
    assert jax.tree.map(lambda x: x.shape, before) == jax.tree.map(lambda x: x.shape, after)
