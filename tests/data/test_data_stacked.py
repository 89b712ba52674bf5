"""Stacked MNIST: what the channels hold, that they are always the same, and that all modes are in it."""

import numpy as np
import pytest
from data_helpers import MNIST_DIR, fails, idx_bytes, needs_mnist
from scipy import stats

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.sets import stacked_mnist
from cwgan_jax.data.source import Source, fit

COUNTS = {"train": 70, "test": 50}


@pytest.fixture
def digits_dir(tmp_path, monkeypatch):
    """MNIST-format files in which picture i shows the number i, a digit d standing at i = d modulo 10."""
    monkeypatch.setattr(stacked_mnist, "SIZES", {"train": 20_000, "test": 5_000})
    for name, count in (("train", COUNTS["train"]), ("t10k", COUNTS["test"])):
        number = np.arange(count, dtype=np.uint8)
        image = np.broadcast_to(number[:, None, None], (count, 28, 28))
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx_bytes(image))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(idx_bytes(number % 10))
    return tmp_path


def section(folder, **changes) -> Data:
    return Data(name="stacked_mnist", dir=str(folder), **{"size": 8, **changes})


def spoken(label):
    """The digits of labels, i[N, 3]."""
    return np.stack([label // 100, label // 10 % 10, label % 10], axis=1)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("size", [8, 16])
def test_the_label_names_the_digits_of_the_channels(digits_dir, split, size):
    got = data.load(section(digits_dir, size=size), split)
    assert got.image.shape == (stacked_mnist.SIZES[split], size, size, 3)
    assert got.image.max() == COUNTS[split] - 1
    assert (got.image == got.image[:, :1, :1]).all()  # every picture of the files is even
    np.testing.assert_array_equal(got.image[:, 0, 0] % 10, spoken(got.label))
    assert got.class_names[:2] == ("000", "001")
    assert [got.class_names[label] for label in (7, 42, 999)] == ["007", "042", "999"]


def test_always_the_same_and_another_in_each_split(digits_dir):
    one, again = (data.load(section(digits_dir, channels=c), "train") for c in (None, 3))
    test = data.load(section(digits_dir), "test")
    np.testing.assert_array_equal(one.image, again.image)
    np.testing.assert_array_equal(one.label, again.label)
    assert np.mean(one.label[: len(test.label)] == test.label) < 0.01
    # Written down on the day the source was made: runs of any version are of the same images.
    assert one.image[:3, 0, 0].tolist() == [[36, 62, 4], [30, 10, 33], [8, 60, 33]]
    assert test.image[:3, 0, 0].tolist() == [[7, 18, 21], [43, 10, 28], [9, 45, 32]]


def test_the_first_images_do_not_depend_on_how_many_there_are(digits_dir, monkeypatch):
    label = data.load(section(digits_dir), "train").label
    monkeypatch.setattr(stacked_mnist, "SIZES", {"train": 100, "test": 10})
    np.testing.assert_array_equal(data.load(section(digits_dir), "train").label, label[:100])


def test_channels_are_uniform_and_independent(digits_dir):
    got = data.load(section(digits_dir), "train")
    picture, digit = got.image[:, 0, 0], spoken(got.label)
    chances = [stats.chisquare(np.bincount(got.label, minlength=1000)).pvalue]
    for channel in range(3):
        other = (channel + 1) % 3
        chances += [
            stats.chisquare(np.bincount(picture[:, channel], minlength=70)).pvalue,
            independent(digit[:, channel], digit[:, other]),
            independent(digit[:-1, channel], digit[1:, other]),  # of the image before
        ]
    assert min(chances) > 1e-4, chances  # ten looks at one draw, which never changes: 1e-3 in all


def independent(one, other):
    """The p-value of two rows of digits having nothing to do with each other."""
    table = np.zeros((10, 10))
    np.add.at(table, (one, other), 1)
    return stats.chi2_contingency(table).pvalue


def test_grey_is_refused(digits_dir):
    fails(section(digits_dir, channels=1), "config.data.channels=1", "give 3 or none")


def test_a_broken_file_of_mnist_is_named(digits_dir):
    (digits_dir / "t10k-labels-idx1-ubyte").unlink()
    fails(section(digits_dir), digits_dir / "t10k-labels-idx1-ubyte", split="test")


def test_without_files_mnist_comes_from_tfds(tmp_path, monkeypatch):
    asked = []

    def mnist(section, split):
        asked.append((section.name, split))
        pictures = [(np.full((28, 28), i, np.uint8), i) for i in range(10)]
        read = lambda block: (pictures[i] for i in block)  # noqa: E731
        return Source("mnist", 10, 1, of_classes("0123456789"), read, lambda: None)

    monkeypatch.setattr(data.tfds, "source", mnist)
    monkeypatch.setattr(stacked_mnist, "SIZES", {"train": 1, "test": 90})
    got = data.load(section(tmp_path), "test")
    assert asked == [("mnist", "test")]
    np.testing.assert_array_equal(got.image[:, 0, 0], spoken(got.label))


def test_streamed_is_the_same(digits_dir):
    whole, lazy = (data.load(section(digits_dir, size=16, resident_mib=m), "test") for m in (4096, 0))
    assert (whole.resident, lazy.resident) == (True, False)
    assert lazy.image.shape == whole.image.shape
    np.testing.assert_array_equal(lazy.label, whole.label)
    chosen = np.array([4999, 0, 17, 17])
    np.testing.assert_array_equal(lazy.image[chosen], whole.image[chosen])
    np.testing.assert_array_equal(lazy.image.read(chosen).condition, whole.label[chosen])
    assert data.same(data.fingerprint(whole), data.fingerprint(lazy))


@needs_mnist
def test_real_mnist():
    got = data.load(section(MNIST_DIR, size=28), "test")
    mnist = data.load(Data(name="mnist", dir=str(MNIST_DIR), size=28), "test")
    assert got.image.shape == (25_600, 28, 28, 3)
    assert len(np.unique(got.label)) == 1000
    known = {image.tobytes(): label for image, label in zip(mnist.image, mnist.label, strict=True)}
    for image, label in zip(got.image[:200], got.label, strict=False):
        digits = [known[np.ascontiguousarray(image[..., c]).tobytes()] for c in range(3)]
        assert digits @ np.array([100, 10, 1]) == label


@needs_mnist
def test_real_mnist_resized_channel_by_channel():
    wide, native = (data.load(section(MNIST_DIR, size=size, resident_mib=0), "train") for size in (32, 28))
    assert wide.image.shape == (128_000, 32, 32, 3)
    chosen = np.array([0, 64_000, 127_999])
    for got, image in zip(wide.image[chosen], native.image[chosen], strict=True):
        for c in range(3):
            np.testing.assert_array_equal(got[..., c], fit(image[..., c], (32, 32), 1)[..., 0])
