"""Data read from disk as they are used: the same examples, the same run, each once an epoch."""

import threading
import time

import numpy as np
import pytest
import run_helpers as runs
from conftest import long, make_config, relative

from cwgan_jax import data
from cwgan_jax.data import stream


def streamed(**changes):
    return make_config(data__resident_mib=0, **changes)


def test_a_set_above_its_budget_is_read_when_indexed():
    whole, lazy = (data.load(cfg.data, "train") for cfg in (make_config(), streamed()))
    assert whole.resident
    assert not lazy.resident
    assert lazy.image.shape == whole.image.shape
    np.testing.assert_array_equal(lazy.label, whole.label)
    chosen = np.array([7, 0, 1437])
    np.testing.assert_array_equal(lazy.image[chosen], whole.image[chosen])


def test_fingerprints_of_both_are_of_the_same_data():
    whole, lazy = (data.fingerprint(data.load(cfg.data, "train")) for cfg in (make_config(), streamed()))
    other = data.fingerprint(data.load(make_config(data__size=32).data, "train"))
    assert data.same(whole, lazy)
    assert lazy.whole is None
    assert not data.same(lazy, other)
    assert not data.same(whole, data.Fingerprint(whole.sample, "0" * 64))


@long
def test_the_run_is_the_same_and_goes_on_either_way(x64, tmp_path):
    changes = {"objective__schedule": "paper", "train__checkpoint_every": 4, "model__dtype": "float64"}
    one, other = tmp_path / "resident", tmp_path / "streamed"
    changes |= {"train__steps_per_call": 2, "train__devices": 1}
    assert runs.in_process(make_config(**changes, train__steps=8), one) == 0
    assert runs.in_process(streamed(**changes, train__steps=4), other) == 0
    assert runs.in_process(streamed(**changes, train__steps=8), other) == 0
    (step, leaves), (n, read) = runs.final_state(one), runs.final_state(other)
    assert step == n == 8
    for path, leaf in leaves.items():
        assert relative(read[path], leaf) < 1e-12, path  # another program may round differently


def test_every_example_is_used_once_an_epoch_across_processes():
    images = data.load(streamed().data, "train").image
    images.read = lambda chosen: data.Examples(np.zeros((len(chosen), 16, 16, 1), np.uint8), chosen)
    batch, used = 8, []
    for half in (slice(0, 4), slice(4, 8)):
        items = data.batches(images, 3, first=0, stop=1438, count=2, batch=batch, share=half)
        taken = [item.condition for item in items]
        assert all(label.shape == (2, 4) for label in taken)
        used.append(np.concatenate(taken))
    order = np.concatenate(used, axis=1).ravel()  # as in the global batches, eight epochs
    np.testing.assert_array_equal(order, data.indices(3, 0, 1438, 1438, batch).ravel())
    np.testing.assert_array_equal(np.bincount(order), 8)


@pytest.mark.parametrize(
    ("size", "count", "most"),
    [(64 * 784, 5, 21), (64 * 128 * 128 * 3, 100, 116), (stream._BUDGET, 5, 5), (stream._BUDGET // 8, 5, 8)],
)
def test_what_is_read_ahead_is_bounded(size, count, most):
    assert stream.ahead(size, count) == most


def test_no_more_is_read_than_counted(monkeypatch):
    images = data.load(streamed().data, "train").image
    monkeypatch.setattr(stream, "_BUDGET", 10 * 8 * 16 * 16)  # ten batches
    read, lock = [0], threading.Lock()

    def counted(chosen):
        with lock:
            read[0] += len(chosen)
        return data.Examples(np.zeros((len(chosen), 16, 16, 1), np.uint8), chosen)

    images.read = counted
    items = data.batches(images, 3, first=0, stop=102, count=4, batch=8, share=slice(0, 8))
    taken = next(items).condition
    time.sleep(0.5)  # it would go on
    images_counted = data.bytes_ahead((8, 16, 16, 1), 4) // (16 * 16)
    assert taken.size + 4 * 8 <= read[0] <= images_counted
    *_, last = items
    assert last.condition.shape == (2, 8)  # of the last ones as many as there are
