"""Which examples a step uses: every property the training loop and an exact resume rely on."""

import numpy as np
import pytest

from cwgan_jax.data import indices, order
from cwgan_jax.data.order import permutation


def test_each_epoch_is_a_permutation_and_epochs_differ():
    # 12 batches of 5 are exactly 3 epochs of 20.
    epochs = indices(0, 0, 12, 20, 5).reshape(3, 20)
    for epoch in epochs:
        assert sorted(epoch) == list(range(20))
    assert len({tuple(epoch) for epoch in epochs}) == 3


@pytest.mark.parametrize(("size", "batch"), [(10, 4), (7, 3), (3, 8), (1, 5), (64, 64)])
def test_batches_straddle_epochs_and_drop_nothing(size, batch):
    used = indices(3, 0, 6 * size, size, batch).ravel()  # a whole number of epochs: 6 * batch
    for epoch in used.reshape(6 * batch, size):
        assert sorted(epoch) == list(range(size))


def test_does_not_depend_on_how_the_calls_are_cut():
    whole = indices(1, 0, 10, 23, 8)
    parts = [indices(1, 0, 3, 23, 8), indices(1, 3, 1, 23, 8), indices(1, 4, 6, 23, 8)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


def test_is_pure():
    np.random.seed(0)
    first = indices(5, 7, 4, 100, 16)
    before = first.copy()
    np.random.seed(1)
    order._kept.cache_clear()
    first[:] = -1  # a caller that writes into the result must not disturb later calls
    np.testing.assert_array_equal(indices(5, 7, 4, 100, 16), before)
    with pytest.raises(ValueError, match="read-only"):
        permutation(5, 0, 100)[0] = 1


def test_seeds_differ():
    orders = {tuple(indices(seed, 0, 1, 50, 50).ravel()) for seed in (0, 1, 2, 2**32 - 1)}
    assert len(orders) == 4


def test_shape_and_type():
    got = indices(0, 5, 3, 10, 4)
    assert got.shape == (3, 4)
    assert got.dtype == np.int32
    assert indices(0, 5, 0, 10, 4).shape == (0, 4)
    # Far beyond 2^31 examples: positions must not overflow.
    assert set(indices(0, 2**40, 1, 10, 10).ravel()) == set(range(10))


def test_first_place_is_uniform():
    # 2,000 epochs of 10: each count is binomial(2000, 0.1), sd 13.4; 5 sd.
    first = indices(0, 0, 2000, 10, 10)[:, 0]
    assert np.abs(np.bincount(first, minlength=10) - 200).max() < 67


def test_golden_values():
    """A change here changes the data order of every run: a resume would no longer be exact."""
    assert indices(0, 0, 2, 10, 4).tolist() == GOLDEN_SMALL
    assert indices(2**32 - 1, 937, 2, 60_000, 4).tolist() == GOLDEN_LARGE


GOLDEN_SMALL = [[0, 2, 9, 1], [8, 5, 4, 3]]
GOLDEN_LARGE = [[33367, 10673, 44142, 49756], [10725, 1641, 30771, 23847]]
