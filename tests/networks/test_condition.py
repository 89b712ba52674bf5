"""Conditions as vectors: one-hot is a lookup, a mixture is a mixture of rows, none is unconditional."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import NO_PENALTY, make_config, make_networks

from cwgan_jax import random
from cwgan_jax.algorithms import generation
from cwgan_jax.networks import ARCHITECTURES, Block, Form, build, condition
from cwgan_jax.networks.layers import norms

CLASSES, SIZE = 7, 5
LABEL = np.array([3, 0, 6, 3], np.int32)


def one_hot(label=LABEL, dtype=np.float32):
    return generation.one_hot(label, CLASSES, dtype)


def table(*shape):
    """Numbers of very different size, so that a sum of rows would not round to one of them."""
    draw = np.random.default_rng(0)
    return np.float32(draw.standard_normal(shape) * 10.0 ** draw.integers(-8, 9, shape))


def mixture():
    """Conditions f[4, C] between two classes, and the classes and shares."""
    a, b, share = np.array([0, 1, 2, 6]), np.array([5, 1, 3, 0]), np.float32([0.25, 0.5, 0.75, 0.0])
    return share[:, None] * one_hot(a) + (1 - share)[:, None] * one_hot(b), a, b, share[:, None]


def embed(condition_, rows):
    return condition.Embedding(SIZE).apply({"params": {"embedding": rows}}, condition_)


def project(condition_, rows, features):
    return condition.Projection().apply({"params": {"kernel": rows}}, features, condition_)


def batch_norm(condition_, x, scale, bias):
    """With running statistics that leave x as it is, but for epsilon."""
    stats = {"mean": jnp.zeros(x.shape[-1]), "var": jnp.ones(x.shape[-1])}
    variables = {"params": {"scale": scale, "bias": bias}, "batch_stats": stats}
    return norms.BatchNorm().apply(variables, x, condition_, train=False)


def test_both_ways_of_making_one_hot_vectors_agree():
    """The one on the device, in a step, and the one on the host, for sampling."""
    encoded = condition.classes(CLASSES).encode(LABEL, jnp.float32)
    np.testing.assert_array_equal(encoded, one_hot())
    assert encoded.dtype == one_hot().dtype == np.float32
    np.testing.assert_array_equal(np.argmax(encoded, -1), LABEL)
    np.testing.assert_array_equal(encoded.sum(-1), 1)


def test_drawn_labels_are_those_of_the_slots():
    key, slot = random.key(0, random.Stream.LABEL, 3, 1), jnp.arange(1000)
    drawn = condition.classes(CLASSES).draw(key, slot)
    np.testing.assert_array_equal(drawn[500:], condition.classes(CLASSES).draw(key, slot[500:]))
    counts = np.bincount(drawn, minlength=CLASSES)
    assert counts.shape == (CLASSES,)
    assert abs(counts / 1000 - 1 / CLASSES).max() < 0.05  # over four standard errors


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
def test_an_embedding_is_the_row_of_the_class_to_the_bit(shape, compiled):
    rows = table(CLASSES, SIZE)
    label = np.random.default_rng(1).integers(0, CLASSES, shape)
    function = jax.jit(embed) if compiled else embed
    np.testing.assert_array_equal(function(one_hot(label), rows), rows[label])


def test_projection_is_the_inner_product_with_the_row_to_the_bit():
    rows, features = table(CLASSES, SIZE), table(4, SIZE)
    np.testing.assert_array_equal(project(one_hot(), rows, features), (features * rows[LABEL]).sum(-1))


@pytest.mark.parametrize("shape", [(4, SIZE), (4, 2, 3, SIZE)])
def test_conditional_batch_norm_has_the_scale_and_bias_of_the_class_to_the_bit(shape):
    scale, bias, x = table(CLASSES, SIZE), table(CLASSES, SIZE)[::-1].copy(), table(*shape)
    found = batch_norm(one_hot(), x, scale, bias)
    for i, label in enumerate(LABEL):
        plain = norms.BatchNorm().apply(
            {
                "params": {"scale": scale[label], "bias": bias[label]},
                "batch_stats": {"mean": jnp.zeros(SIZE), "var": jnp.ones(SIZE)},
            },
            x[i : i + 1],
            train=False,
        )
        np.testing.assert_array_equal(found[i], plain[0])


def test_a_mixture_of_classes_is_the_mixture_of_what_they_give():
    mixed, a, b, share = mixture()
    draw = np.random.default_rng(2)
    rows, other, x = (
        np.float32(draw.standard_normal(s)) for s in ((CLASSES, SIZE), (CLASSES, SIZE), (4, SIZE))
    )
    for function in (
        lambda c: embed(c, rows),
        lambda c: project(c, rows, x)[:, None],
        lambda c: batch_norm(c, x, rows, other),
    ):
        wanted = share * function(one_hot(a)) + (1 - share) * function(one_hot(b))
        np.testing.assert_allclose(function(mixed), wanted, rtol=1e-5, atol=1e-6)  # float32
        assert np.abs(function(mixed) - function(one_hot(b)))[:1].max() > 0.1  # it is not one of them


@pytest.mark.parametrize("label", [(), LABEL])
def test_no_classes_give_vectors_of_length_zero(label):
    for vector in (
        generation.one_hot(label, 0, np.float32),
        condition.classes(0).encode(np.asarray(label, np.int32), np.float32),
    ):
        assert vector.shape == (*np.shape(label), 0)
    x = jnp.ones((4, SIZE))
    assert condition.beside(x, jnp.zeros((4, 0)), 3) is x  # needs no parameter


WAYS = {
    **{name: {"model__architecture": name} for name, x in ARCHITECTURES.items() if not x.translates},
    "norms and projection": {"model__generator_labels": "batch_norm", "model__critic_labels": "projection"},
}


@pytest.mark.parametrize("name", WAYS)
def test_a_network_is_conditional_by_the_width_of_its_condition_alone(name):
    """C = 0: no parameter has to do with classes, and none is zero-sized; C > 0: both networks have some."""
    changes = {"data__name": "ring"} if name == "points" else {}
    if name in ("autoencoder", "dcgan"):
        changes |= {"objective__loss": "began" if name == "autoencoder" else "hinge", **NO_PENALTY}
    cfg = make_config(**WAYS[name], **changes)
    form = {"signal": Form((32, 1)), "table": Form((3,), (Block("tanh", 1), Block("softmax", 2)))}.get(name)
    networks = build(cfg.model, form) if form else make_networks(cfg)

    def shapes(width):
        latent, vectors = jnp.zeros((2, 5)), jnp.zeros((2, width))

        def init():
            key = jax.random.key(0)
            image, variables = networks.generator.init_with_output(key, latent, vectors, train=True)
            return variables["params"], networks.critic.init(key, image, vectors)["params"]

        return [leaves(tree) for tree in jax.eval_shape(init)]

    for without, with_classes in zip(shapes(0), shapes(11), strict=True):
        assert all(np.prod(shape) > 0 for shape in without.values())
        assert not any(11 in shape for shape in without.values())
        assert any(11 in shape for shape in with_classes.values())


def leaves(tree):
    found = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {jax.tree_util.keystr(path): leaf.shape for path, leaf in found}
