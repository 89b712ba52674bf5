"""Every draw depends on seed, stream, n, k and slot, and on nothing else."""

import itertools
import re
from pathlib import Path

import flax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config
from scipy import stats

from cwgan_jax import cli, random
from cwgan_jax.networks.layers import affine

SLOTS = jnp.arange(512)
FLOAT = jnp.dtype("float32")


def test_every_counter_changes_the_draw():
    keys = [
        random.key(seed, stream, n, k)
        for seed, stream, n, k in itertools.product((0, 1), list(random.Stream), (0, 1, 938), (0, 1, 4))
    ]
    drawn = {np.asarray(random.weights(key, jnp.arange(4), FLOAT)).tobytes() for key in keys}
    assert len(drawn) == len(keys)


def test_a_slot_draws_the_same_wherever_it_is_held():
    key = random.key(0, random.Stream.LATENT, 3, 1)
    whole = random.latents(key, SLOTS, 7, FLOAT)
    for share in jnp.split(SLOTS, 4):
        np.testing.assert_array_equal(random.latents(key, share, 7, FLOAT), whole[share])
    assert len(np.unique(np.asarray(whole), axis=0)) == len(SLOTS)


def test_distributions():
    """Kolmogorov-Smirnov and chi-squared tests on fixed draws: a p-value this small means another law."""
    key = random.key(0, random.Stream.LATENT, 0, 0)
    latent = np.asarray(random.latents(key, SLOTS, 100, FLOAT))
    assert stats.kstest(latent.ravel(), "norm").pvalue > 1e-3
    weight = np.asarray(random.weights(key, jnp.arange(20000), FLOAT))
    assert weight.min() >= 0
    assert weight.max() < 1
    assert stats.kstest(weight, "uniform").pvalue > 1e-3
    label = np.asarray(random.labels(key, jnp.arange(20000), 7))
    assert label.dtype == np.int32
    assert stats.chisquare(np.bincount(label, minlength=7)).pvalue > 1e-3
    assert len(np.bincount(label)) == 7


def test_seeds_up_to_32_bits_and_counters_under_jit():
    assert (
        jax.random.key_data(random.key(2**32 - 1, random.Stream.LABEL, 0)).tolist()
        != jax.random.key_data(random.key(2**31 - 1, random.Stream.LABEL, 0)).tolist()
    )
    traced = jax.jit(lambda n: random.weights(random.key(0, random.Stream.WEIGHT, n, 2), SLOTS, FLOAT))(5)
    np.testing.assert_array_equal(
        traced, random.weights(random.key(0, random.Stream.WEIGHT, 5, 2), SLOTS, FLOAT)
    )


@pytest.fixture
def hostile():
    """jax and Flax as environment variables can set them, all against the defaults."""
    changed = {
        "jax_default_prng_impl": "rbg",
        "jax_threefry_partitionable": False,
        "jax_random_seed_offset": 7,
        "jax_default_matmul_precision": "bfloat16",
        "jax_numpy_dtype_promotion": "strict",
    }
    before = {name: getattr(jax.config, name) for name in changed}
    for name, value in changed.items():
        jax.config.update(name, value)
    flax.config.update("flax_fix_rng_separator", True)
    yield
    flax.config.update("flax_fix_rng_separator", False)
    for name, value in before.items():
        jax.config.update(name, value)


def test_the_environment_changes_no_number(hostile):
    """Against numbers that were written down; every flag of the fixture changes some of them."""
    assert (
        jax.random.key_impl(random.key(0, random.Stream.LATENT)) == random.IMPLEMENTATION
    )  # also without `pin`
    random.pin()
    assert jax.config.jax_default_matmul_precision is None
    key = random.key(0, random.Stream.LATENT, 5, 0)
    latent = random.latents(key, jnp.arange(2), 2, FLOAT)
    np.testing.assert_allclose(latent, [[-1.0809006, 1.1131734], [-1.1222812, 1.4501354]], rtol=1e-6)
    assert random.labels(key, jnp.arange(8), 10).tolist() == [2, 0, 3, 5, 5, 2, 9, 3]
    variables = affine.Linear(2).init(random.key(0, random.Stream.CRITIC_INIT), jnp.zeros((1, 3)))
    np.testing.assert_allclose(variables["params"]["kernel"][0], [-0.1373621, -0.1962945], rtol=1e-6)


def test_keys_are_made_in_one_place():
    package = Path(random.__file__).parent
    made = re.compile(r"jax\.random\.(key|PRNGKey)\(")
    made = [path.name for path in package.rglob("*.py") if made.search(path.read_text())]
    assert made == ["random.py"]


def test_every_command_pins_them(monkeypatch):
    called = []
    monkeypatch.setattr(random, "pin", lambda: called.append(1))
    cli.set_up_jax(make_config())
    assert called
