"""Real images mirrored at random: which ones is a function of seed, step, batch and slot alone."""

import re

import jax
import numpy as np
import pytest
from conftest import make_algorithm, make_batch, make_config

from cwgan_jax import algorithms
from cwgan_jax.algorithms import draws
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.networks.layers.norms import SINGLE


def state(step=0, seed=0):
    return algorithms.State(np.uint32(seed), np.int32(step), {}, {})


def halves(image):
    """Images, left half dark: 0 if it is as it was, 1 if it is mirrored."""
    return (np.asarray(image)[..., 0, 0, 0] > 0).astype(int)


def test_half_of_them_each_time_others():
    image = np.zeros((2, 500, 16, 16, 1), np.uint8)
    image[..., 8:, :] = 200
    batch = make_batch(image, np.zeros((2, 500), np.int32))
    times = [(step, seed) for step in (0, 1) for seed in (0, 1)]
    mirrored = jax.jit(draws.mirrored)
    got = [mirrored(state(*time), batch).streams["real"].example for time in times]
    coins = np.stack([halves(each) for each in got]).reshape(8, 500)
    assert np.abs(coins.mean(1) - 0.5).max() < 5 * 0.5 / np.sqrt(500)
    assert np.abs(np.corrcoef(coins)[~np.eye(8, dtype=bool)]).max() < 5 / np.sqrt(500)
    changed = np.asarray(got[0])
    back = np.where(coins[:2, :, None, None, None], changed[..., ::-1, :], changed)
    np.testing.assert_array_equal(back, image)
    share = slice(100, 130)  # of a device
    mine = jax.tree.map(lambda x: x[:, share], batch.streams["real"])
    part = mirrored(state(), batch._replace(streams={"real": mine}, slot=batch.slot[share]))
    np.testing.assert_array_equal(part.streams["real"].example, changed[:, share])


def test_nothing_is_computed_for_it_where_it_is_off(toy_data):
    """The program is that of a config without the key; with it another."""
    batch = make_batch(toy_data.example[None, :8], toy_data.condition[None, :8])
    programs = []
    for mirror in (False, True):
        algorithm = make_algorithm(make_config(data__mirror=mirror))
        step = lambda state, batch, step=algorithm.step: step(state, batch, SINGLE)  # noqa: E731
        programs.append(str(jax.make_jaxpr(step)(algorithms.abstract(algorithm), batch)))
    off, on = (re.findall(r":u8\S* = \w+", program) for program in programs)
    assert any("rev" in line for line in on)
    assert not any("rev" in line or "select" in line for line in off)


def test_what_has_no_left_and_right():
    with pytest.raises(ConfigError, match="have no left and right"):
        make_algorithm(make_config(data__mirror=True, model__architecture="mlp"), shape=(64, 1))
