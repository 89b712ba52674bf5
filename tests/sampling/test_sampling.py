"""Latents and images: which depend on what, and which do not."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_algorithm, make_config, make_networks

from cwgan_jax import algorithms, data
from cwgan_jax.algorithms import generation, player
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.networks import Networks
from cwgan_jax.sampling import interpolate
from cwgan_jax.sampling.load import Model

CLASSES = 5
F32 = jnp.dtype("float32")


@functools.cache
def setting(**changes):
    """Config and a generator in training; its parameters are enlarged until images differ in every pixel."""
    cfg = make_config(**changes)
    generator = algorithms.initial(make_algorithm(cfg, CLASSES), 0).players["generator"]
    return cfg, generator._replace(params=jax.tree.map(lambda x: 8 * x, generator.params))


def make_model(generator=None, **changes):
    """What sample.py draws from."""
    cfg, enlarged = setting(**changes)
    names = tuple("abcde") if cfg.model.conditional else ()
    variables = player.variables(generator or enlarged)
    described = data.description("images", (16, 16, 1), of_classes("abcde"))
    return Model(0, cfg, make_networks(cfg), variables, names, described)


def draw(classes, columns, *, seed=0, **changes):
    model = make_model(**changes)
    return model.rows(model.classes(classes), columns, seed=seed)


def test_rows_have_the_stated_shape_and_use_the_whole_range():
    image = draw([3, 1], 4)
    assert (image.shape, image.dtype) == ((2, 4, 16, 16, 1), np.uint8)
    assert image.max() - image.min() > 100


def test_same_seed_same_images_and_no_two_alike():
    image = draw([0, 1, 2], 4)
    np.testing.assert_array_equal(draw([0, 1, 2], 4), image)
    other = draw([0, 1, 2], 4, seed=2**32 - 1)
    everything = np.concatenate([image, other]).reshape(24, -1)
    assert len(np.unique(everything, axis=0)) == 24


@pytest.mark.parametrize("conditional", [True, False])
def test_images_of_a_class_do_not_depend_on_what_else_is_drawn(conditional):
    """Not on the other classes, their order, or how many images: the first n of more are the n."""
    three = draw([3], 7, model__conditional=conditional)[0]
    np.testing.assert_array_equal(draw([4, 3, 0], 7, model__conditional=conditional)[1], three)
    np.testing.assert_array_equal(draw([3], 1, model__conditional=conditional)[0], three[:1])
    many = draw([0, 3], 130, model__conditional=conditional)[1]  # more than one call of the generator
    np.testing.assert_array_equal(many[:7], three)


def test_the_generator_is_called_with_one_batch_size_only():
    """So that no rounding depends on it; images come back in order."""
    model = make_model()
    latent, label = model.latents(0, 0, 250), np.arange(250) % CLASSES
    before = generation.apply._cache_size()
    condition = model.conditions(label)
    whole = model.examples(latent, condition)
    some = [model.examples(latent[i : i + 1], condition[i : i + 1])[0] for i in (0, 99, 100, 249)]
    np.testing.assert_array_equal(whole[[0, 99, 100, 249]], some)
    assert generation.apply._cache_size() <= before + 1


@pytest.mark.parametrize("conditional", [True, False])
def test_leading_axes_are_those_of_the_latents(conditional):
    model = make_model(model__conditional=conditional)
    latent = model.latents(0, 0, 6).reshape(2, 3, 5)
    image = model.examples(latent, model.conditions([[1], [0]]))
    assert image.shape == (2, 3, 16, 16, 1)
    for row, label in enumerate((1, 0)):
        np.testing.assert_array_equal(image[row], model.examples(latent[row], model.conditions(label)))


def test_latents_are_addressed_by_seed_class_and_number():
    one = generation.latents(7, 3, 50, size=20, dtype=F32)
    assert (one.shape, one.dtype) == ((50, 20), np.float32)
    np.testing.assert_array_equal(generation.latents(7, 3, 9, size=20, dtype=F32), one[:9])
    others = [
        generation.latents(7, 4, 50, size=20, dtype=F32),
        generation.latents(8, 3, 50, size=20, dtype=F32),
    ]
    values = np.concatenate([one, *others])
    assert len(np.unique(values)) > 0.99 * values.size
    # 3000 standard normal numbers: four standard errors of mean and deviation.
    assert abs(values.mean()) < 4 / np.sqrt(values.size)
    assert abs(values.std() - 1) < 4 / np.sqrt(2 * values.size)


def test_latents_drawn_together_are_those_drawn_alone():
    series, slot = np.array([3, 0, 3, 2]), np.array([4, 0, 1, 9])
    together = generation.each_latent(2**32 - 1, series, slot, size=20, dtype=F32)
    for latent, number, place in zip(together, series, slot, strict=True):
        alone = generation.latents(2**32 - 1, int(number), 10, size=20, dtype=F32)[place]
        np.testing.assert_array_equal(latent, alone)


def test_labels_matter_to_a_conditional_generator_only():
    for conditional in (True, False):
        model = make_model(model__conditional=conditional)
        latent = np.repeat(model.latents(0, 0, 1), CLASSES, axis=0)
        image = model.examples(latent, model.conditions(np.arange(CLASSES)))
        different = len(np.unique(image.reshape(CLASSES, -1), axis=0))
        assert different == (CLASSES if conditional else 1)


def test_float64_stays_float64(x64):
    model = make_model(model__dtype="float64")
    assert model.latents(0, 0, 2).dtype == model.conditions([0, 1]).dtype == np.float64
    assert model.rows(model.classes([1]), 2, seed=0).dtype == np.uint8


def test_the_moving_average_is_drawn_where_there_is_one():
    _, generator = setting(train__ema_decay=0.5)
    average = jax.tree.map(lambda x: 2 * x, generator.average)
    generator = generator._replace(average=average)
    expected = {"params": average["params"], "batch_stats": average["stats"]}
    assert jax.tree.all(jax.tree.map(np.array_equal, player.variables(generator), expected))
    model = make_model(generator, train__ema_decay=0.5)
    averaged = model.rows(model.classes([0]), 3, seed=0)
    without = generator._replace(average=None)
    expected = {"params": generator.params, "batch_stats": generator.stats}
    assert jax.tree.all(jax.tree.map(np.array_equal, player.variables(without), expected))
    plain = make_model(without, train__ema_decay=0.5).rows(model.classes([0]), 3, seed=0)
    assert not np.array_equal(averaged, plain)


def test_a_training_run_draws_what_sample_py_draws():
    cfg, generator = setting()
    algorithm = make_algorithm(cfg, CLASSES)
    state = algorithms.initial(algorithm, 0)
    state = state._replace(players=state.players | {"generator": generator})
    model = make_model()
    request = algorithms.Request(model.latents(0, 3, 4), model.conditions([3] * 4))
    drawn = generation.sample(algorithm, state, request, PIXELS.decode)
    np.testing.assert_array_equal(drawn, model.rows(model.classes([3]), 4, seed=0)[0])


def test_which_generators_have_styles():
    layers = {name: make_model(model__architecture=name).style_layers for name in ("conv", "mlp", "style")}
    assert layers == {"conv": 0, "mlp": 0, "style": 4}


class Echo(nn.Module):
    """A generator that shows its latent, one pixel each."""

    @nn.compact
    def __call__(self, latent, condition, *, train):
        assert not train
        return latent[:, :, None, None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-1, 0),
        (1, 255),
        (-1.001, 0),  # beyond the ends: no wrapping around
        (1.001, 255),
        (1e9, 255),
        (-1e9, 0),
        (np.inf, 255),
        (-1 + 0.49 / 127.5, 0),  # to the nearest
        (-1 + 0.51 / 127.5, 1),
        (1 - 0.49 / 127.5, 255),
        (1 - 0.51 / 127.5, 254),
    ],
)
def test_conversion_at_the_ends(value, expected):
    networks = Networks(Echo(), Echo())
    image = generation.generate(networks, {}, np.array([[value]], np.float32), np.zeros((1, 0)))
    assert image.item() == expected


def test_conversion_undoes_the_training_data_s():
    every = np.arange(256, dtype=np.uint8)
    latent = np.asarray(PIXELS.encode(every, F32))[:, None]
    image = generation.generate(Networks(Echo(), Echo()), {}, latent, np.zeros((256, 0)))
    np.testing.assert_array_equal(image.ravel(), every)


def pair(kind, dtype):
    rng = np.random.default_rng(0)
    start = rng.standard_normal(100).astype(dtype)
    end = {
        "random": rng.standard_normal(100),
        "near": start + 1e-7 * rng.standard_normal(100),
        "same": start,
        "longer": 3 * start,
        "opposite": -start,
        "nearly opposite": -start + 1e-3 * rng.standard_normal(100),
        "orthogonal": np.concatenate([start[50:], -start[:50]]),
    }[kind]
    return start, end.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "kind", ["random", "near", "same", "longer", "opposite", "nearly opposite", "orthogonal"]
)
def test_a_walk_starts_and_ends_there_and_stays_finite(kind, dtype):
    start, end = pair(kind, dtype)
    path = interpolate.walk(start, end, 9)
    assert (path.shape, path.dtype) == ((9, 100), dtype)
    assert np.isfinite(path).all()
    np.testing.assert_array_equal(path[[0, -1]], [start, end])


def test_a_walk_on_a_sphere_stays_on_it_in_equal_steps():
    start, end = pair("random", np.float64)
    start, end = (10 * x / np.linalg.norm(x) for x in (start, end))
    path = interpolate.walk(start, end, 11)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 10, rtol=1e-12)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-10)
    assert np.linalg.norm((start + end) / 2) < 8  # where the straight line would have been
    np.testing.assert_allclose(interpolate.walk(start, end, 1), start[None])
    np.testing.assert_allclose(interpolate.walk(start[:1], -start[:1], 3)[[0, 2], 0], [start[0], -start[0]])
