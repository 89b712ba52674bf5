"""The pair `table`: blocks of a row, and what the Gumbel noise of the last latents does."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cwgan_jax.networks import Block, Form, build, table

LAYOUT = (Block("softmax", 3), Block("tanh", 2), Block("softmax", 2))


def variables(networks, latent=9):
    latent, condition = jnp.zeros((1, latent)), jnp.zeros((1, 2))
    return jax.jit(functools.partial(networks.generator.init, train=True))(
        jax.random.key(0), latent, condition
    )


def drawn(networks, *inputs):
    return np.asarray(jax.jit(functools.partial(networks.generator.apply, train=False))(*inputs))


def test_blocks_of_a_row():
    networks = build(table.Options(features=8, latent=9), Form((7,), LAYOUT))
    latent, condition = 3 * jax.random.normal(jax.random.key(1), (50, 9)), jnp.ones((50, 2))
    row = drawn(networks, variables(networks), latent, condition)
    assert row.shape == (50, 7)
    np.testing.assert_allclose(row[:, :3].sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(row[:, 5:].sum(1), 1, rtol=1e-6)
    assert (row[:, 3:5] < 0).any()
    assert np.abs(row).max() <= 1


def test_gumbel_noise_draws_from_the_softmax():
    """The largest of logits with Gumbel noise is each with the probability that softmax gives it."""
    options = table.Options(features=8, latent=9, choices="gumbel", temperature=0.05)
    networks = build(options, Form((7,), LAYOUT))
    weights = variables(networks)
    bias = np.log(np.float32([0.6, 0.3, 0.1, 1.0, 1.0, 0.95, 0.05]))
    constant = jax.tree.map(np.zeros_like, weights["params"]["row"]) | {"bias": bias}  # no latent counts
    weights = {**weights, "params": weights["params"] | {"row": constant}}
    latent = jax.random.normal(jax.random.key(2), (20_000, 9))
    condition = jnp.ones((20_000, 2))
    row = drawn(networks, weights, latent, condition)
    for part, shares in ((row[:, :3], (0.6, 0.3, 0.1)), (row[:, 5:], (0.95, 0.05))):
        found = np.bincount(part.argmax(1), minlength=len(shares)) / 20_000
        assert found == pytest.approx(shares, abs=4 * np.sqrt(0.25 / 20_000))
    assert np.median(row[:, :3].max(1)) > 0.99  # at a low temperature nearly one-hot
    again = drawn(networks, weights, latent, condition)
    np.testing.assert_array_equal(row, again)  # the noise is a function of the latents
