"""Values in the user's units to standardised numbers and back."""

import numpy as np
import pytest

from cwgan_jax.data import scaling
from cwgan_jax.data.scaling import Channels


def test_each_channel_by_itself():
    values = np.random.default_rng(0).normal([5, -300], [2, 40], (50, 16, 2))
    fitted = Channels.of(values)
    stored = fitted.encode(values)
    assert (stored.dtype, stored.shape) == (np.float32, values.shape)
    np.testing.assert_allclose(stored.mean((0, 1)), 0, atol=1e-6)
    np.testing.assert_allclose(stored.std((0, 1)), 1, rtol=1e-6)
    np.testing.assert_allclose(fitted.decode(stored), values, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", ["uint16", "int8", "float16", "int64"])
def test_types_come_back(dtype):
    values = np.arange(-3, 100)[:, None].astype(dtype)
    fitted = Channels.of(values)
    again = fitted.decode(fitted.encode(values))
    assert again.dtype == dtype
    np.testing.assert_allclose(again.astype(float), values.astype(float), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("dtype", ["uint16", "int8", "int64"])
def test_whole_numbers_stay_in_their_range(dtype):
    fitted, bounds = Channels.of(np.arange(100)[:, None].astype(dtype)), np.iinfo(dtype)
    far = fitted.decode(np.array([[1e30], [-1e30]], np.float32))[:, 0].tolist()
    assert far[1] == bounds.min
    assert bounds.max - 1024 <= far[0] <= bounds.max  # in float64, which has no 2^63 - 1


def test_a_constant_channel_and_json():
    fitted = Channels.of(np.full((4, 3, 1), 7.5))
    assert fitted.encode(np.full((1, 3, 1), 7.5)).tolist() == [[[0], [0], [0]]]
    assert fitted.decode(np.zeros((1, 3, 1)))[0, 0, 0] == 7.5
    assert scaling.from_json(scaling.to_json(fitted)) == fitted
    assert scaling.from_json(scaling.to_json(None)) is None
