"""Classes used equally often: in every stretch of the run, and every image of a class too."""

import numpy as np
import pytest
from conftest import TINY
from data_helpers import fails

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data.order import Groups, indices

SIZES = (1, 3, 40, 7)
LABEL = np.repeat(np.arange(len(SIZES)), SIZES)[np.arange(51) * 20 % 51]  # mixed
GROUPS = Groups.of(LABEL)


def order(count, batch, first=0, seed=0, stream=0, groups=GROUPS):
    return indices(seed, first, count, len(LABEL), batch, stream, groups)


def test_members_of_groups():
    assert [len(members) for members in GROUPS.members] == list(SIZES)
    for number, members in enumerate(GROUPS.members):
        assert (LABEL[members] == number).all()
    gaps = Groups.of(np.array([5, 0, 5]))
    assert [members.tolist() for members in gaps.members] == [[1], [0, 2]]


def test_every_class_in_every_turn():
    turns = LABEL[order(500, 4)]
    np.testing.assert_array_equal(np.sort(turns, axis=1), np.tile(np.arange(4), (500, 1)))
    assert len(np.unique(turns, axis=0)) == 24  # in every order


def test_every_image_of_a_class_equally_often():
    """In each epoch of the class every one once, each time in another order."""
    used = order(1, 4 * 40 * 21)[0]
    for number, size in enumerate(SIZES):
        own = used[LABEL[used] == number]
        epochs = own.reshape(-1, size)
        every = np.tile(GROUPS.members[number], (len(epochs), 1))
        np.testing.assert_array_equal(np.sort(epochs, axis=1), every)
        if size > 7:
            assert len(np.unique(epochs, axis=0)) == len(epochs)


def test_a_function_of_seed_stream_and_number():
    """However it is cut into calls, whatever was asked before, and by whichever object."""
    whole = order(64, 5)
    parts = [order(count, 5, first) for first, count in ((60, 4), (0, 1), (1, 29), (30, 30))]
    np.testing.assert_array_equal(np.concatenate([parts[1], parts[2], parts[3], parts[0]]), whole)
    np.testing.assert_array_equal(order(64, 5, groups=Groups.of(LABEL)), whole)
    np.testing.assert_array_equal(order(32, 10).ravel(), whole.ravel())
    for other in (order(64, 5, seed=1), order(64, 5, stream=1)):
        assert (other != whole).mean() > 0.5
    # Ranks of Philox's words, which no version of NumPy changes.
    assert whole[:2].tolist() == [[23, 31, 33, 0, 0], [38, 46, 22, 0, 18]]


@pytest.mark.parametrize("resident_mib", [0, 4096])
def test_streamed_and_in_memory_alike(resident_mib):
    dataset = data.load(Data(size=8, balanced=True, resident_mib=resident_mib), "train")
    assert dataset.resident == bool(resident_mib)
    assert dataset.groups is not None
    chosen = indices(3, 2, 4, dataset.size, 20, 1, dataset.groups)
    np.testing.assert_array_equal(np.bincount(dataset.label[chosen].ravel()), np.full(10, 8))
    if resident_mib:
        return
    where = {"first": 2, "stop": 6, "count": 4, "batch": 20, "share": slice(0, 20), "stream": 1}
    (batch,) = data.batches(dataset.example, 3, **where, choose=dataset.choose)
    np.testing.assert_array_equal(batch.condition, dataset.label[chosen])
    np.testing.assert_array_equal(batch.example, dataset.example[chosen.ravel()].reshape(batch.example.shape))


def test_only_where_there_are_classes(tmp_path):
    from PIL import Image

    for i in range(2):
        Image.new("L", (8, 8)).save(tmp_path / f"{i}.png")
    fails(Data(name="folder", dir=str(tmp_path), balanced=True), "data.balanced=true: it needs one class")
    assert data.load(Data(size=8), "train").groups is None
    assert "data.balanced" not in TINY
