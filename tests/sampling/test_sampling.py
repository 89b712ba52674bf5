"""Latents and pictures: which depend on what, and which do not."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config, make_networks

from cwgan_jax.algorithms import step
from cwgan_jax.networks import Networks
from cwgan_jax.sampling import generation

CLASSES = 5
F32 = jnp.dtype("float32")


@functools.cache
def setting(**changes):
    """Config, networks and a state; the parameters are enlarged until pictures differ in every pixel."""
    cfg = make_config(**changes)
    networks = make_networks(cfg, CLASSES)
    state = step.initial(cfg, networks)
    return cfg, networks, state._replace(generator=jax.tree.map(lambda x: 8 * x, state.generator))


def draw(classes, columns, *, seed=0, **changes):
    cfg, networks, state = setting(**changes)
    generator = generation.variables(state)
    size = cfg.model.latent
    return generation.rows(networks, generator, seed=seed, classes=classes, columns=columns, size=size)


def test_rows_have_the_stated_shape_and_use_the_whole_range():
    image = draw([3, 1], 4)
    assert (image.shape, image.dtype) == ((2, 4, 16, 16, 1), np.uint8)
    assert image.max() - image.min() > 100


def test_same_seed_same_pictures_and_no_two_alike():
    image = draw([0, 1, 2], 4)
    np.testing.assert_array_equal(draw([0, 1, 2], 4), image)
    other = draw([0, 1, 2], 4, seed=2**32 - 1)
    everything = np.concatenate([image, other]).reshape(24, -1)
    assert len(np.unique(everything, axis=0)) == 24


@pytest.mark.parametrize("conditional", [True, False])
def test_pictures_of_a_class_do_not_depend_on_what_else_is_drawn(conditional):
    """Not on the other classes, their order, or how many images: the first n of more are the n."""
    three = draw([3], 7, model__conditional=conditional)[0]
    np.testing.assert_array_equal(draw([4, 3, 0], 7, model__conditional=conditional)[1], three)
    np.testing.assert_array_equal(draw([3], 1, model__conditional=conditional)[0], three[:1])
    many = draw([0, 3], 130, model__conditional=conditional)[1]  # more than one call of the generator
    np.testing.assert_array_equal(many[:7], three)


def test_the_generator_is_called_with_one_batch_size_only():
    """So that no rounding depends on it; images come back in order."""
    _, networks, state = setting()
    latent = generation.latents(0, 0, 250, size=5, dtype=F32)
    label = np.arange(250) % CLASSES
    before = generation._images._cache_size()
    whole = generation.generate(networks, generation.variables(state), latent, label)
    some = [
        generation.generate(networks, generation.variables(state), latent[i : i + 1], label[i : i + 1])[0]
        for i in (0, 99, 100, 249)
    ]
    np.testing.assert_array_equal(whole[[0, 99, 100, 249]], some)
    assert generation._images._cache_size() <= before + 1


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


def test_labels_matter_to_a_conditional_generator_only():
    latent = np.repeat(generation.latents(0, 0, 1, size=5, dtype=F32), CLASSES, axis=0)
    for conditional in (True, False):
        _, networks, state = setting(model__conditional=conditional)
        image = generation.generate(networks, generation.variables(state), latent, np.arange(CLASSES))
        different = len(np.unique(image.reshape(CLASSES, -1), axis=0))
        assert different == (CLASSES if conditional else 1)


def test_float64_stays_float64(x64):
    cfg = make_config(model__dtype="float64")
    networks = make_networks(cfg, CLASSES)
    generator = generation.variables(step.initial(cfg, networks))
    assert generation.latents(0, 0, 2, size=5, dtype=jnp.dtype("float64")).dtype == np.float64
    image = generation.rows(networks, generator, seed=0, classes=[1], columns=2, size=5)
    assert image.dtype == np.uint8


def test_the_moving_average_is_drawn_where_there_is_one():
    _, networks, state = setting(train__ema_decay=0.5)
    average = jax.tree.map(lambda x: 2 * x, state.average)
    state = state._replace(average=average)
    assert jax.tree.all(jax.tree.map(np.array_equal, generation.variables(state), average))
    latent, label = generation.latents(0, 0, 3, size=5, dtype=F32), np.zeros(3, int)
    averaged = generation.generate(networks, generation.variables(state), latent, label)
    plain = generation.variables(state._replace(average=None))
    assert plain == {"params": state.generator, "batch_stats": state.batch_stats}
    assert not np.array_equal(averaged, generation.generate(networks, plain, latent, label))


class Echo(nn.Module):
    """A generator that shows its latent, one pixel each."""

    @nn.compact
    def __call__(self, latent, label, *, train):
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
    networks = Networks(Echo(), Echo(), 0)
    image = generation.generate(networks, {}, np.array([[value]], np.float32), np.zeros(1))
    assert image.item() == expected


def test_conversion_undoes_the_training_data_s():
    every = np.arange(256, dtype=np.uint8)
    latent = np.asarray(step.to_float(every, F32))[:, None]
    image = generation.generate(Networks(Echo(), Echo(), 0), {}, latent, np.zeros(256))
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
    path = generation.walk(start, end, 9)
    assert (path.shape, path.dtype) == ((9, 100), dtype)
    assert np.isfinite(path).all()
    np.testing.assert_array_equal(path[[0, -1]], [start, end])


def test_a_walk_on_a_sphere_stays_on_it_in_equal_steps():
    start, end = pair("random", np.float64)
    start, end = (10 * x / np.linalg.norm(x) for x in (start, end))
    path = generation.walk(start, end, 11)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 10, rtol=1e-12)
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-10)
    assert np.linalg.norm((start + end) / 2) < 8  # where the straight line would have been
    np.testing.assert_allclose(generation.walk(start, end, 1), start[None])
    np.testing.assert_allclose(generation.walk(start[:1], -start[:1], 3)[[0, 2], 0], [start[0], -start[0]])
