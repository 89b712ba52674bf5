"""Every draw depends on seed, stream, n, k and slot, and on nothing else."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from cwgan_jax import rng

SLOTS = jnp.arange(512)
FLOAT = jnp.dtype("float32")


def test_every_counter_changes_the_draw():
    keys = [
        rng.key(seed, stream, n, k)
        for seed, stream, n, k in itertools.product((0, 1), list(rng.Stream), (0, 1, 938), (0, 1, 4))
    ]
    drawn = {np.asarray(rng.weights(key, jnp.arange(4), FLOAT)).tobytes() for key in keys}
    assert len(drawn) == len(keys)


def test_a_slot_draws_the_same_wherever_it_is_held():
    key = rng.key(0, rng.Stream.LATENT, 3, 1)
    whole = rng.latents(key, SLOTS, 7, FLOAT)
    for share in jnp.split(SLOTS, 4):
        np.testing.assert_array_equal(rng.latents(key, share, 7, FLOAT), whole[share])
    assert len(np.unique(np.asarray(whole), axis=0)) == len(SLOTS)


def test_distributions():
    """Kolmogorov-Smirnov and chi-squared tests on fixed draws: a p-value this small means another law."""
    key = rng.key(0, rng.Stream.LATENT, 0, 0)
    latent = np.asarray(rng.latents(key, SLOTS, 100, FLOAT))
    assert stats.kstest(latent.ravel(), "norm").pvalue > 1e-3
    weight = np.asarray(rng.weights(key, jnp.arange(20000), FLOAT))
    assert weight.min() >= 0
    assert weight.max() < 1
    assert stats.kstest(weight, "uniform").pvalue > 1e-3
    label = np.asarray(rng.labels(key, jnp.arange(20000), 7))
    assert label.dtype == np.int32
    assert stats.chisquare(np.bincount(label, minlength=7)).pvalue > 1e-3
    assert len(np.bincount(label)) == 7


def test_seeds_up_to_32_bits_and_counters_under_jit():
    assert (
        jax.random.key_data(rng.key(2**32 - 1, rng.Stream.LABEL, 0)).tolist()
        != jax.random.key_data(rng.key(2**31 - 1, rng.Stream.LABEL, 0)).tolist()
    )
    traced = jax.jit(lambda n: rng.weights(rng.key(0, rng.Stream.WEIGHT, n, 2), SLOTS, FLOAT))(5)
    np.testing.assert_array_equal(traced, rng.weights(rng.key(0, rng.Stream.WEIGHT, 5, 2), SLOTS, FLOAT))
