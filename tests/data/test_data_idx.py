"""Files in MNIST's format: their values, and one line about every kind of damage."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from data_helpers import MNIST_DIR, fails, idx_bytes, needs_mnist
from sklearn.datasets import load_digits

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data.source import fit


@pytest.fixture
def idx_dir(tmp_path):
    """The digits as MNIST-format files: the training files compressed, the test files not."""
    bundled = load_digits()
    image, label = (bundled.images * 15).astype(np.uint8), bundled.target.astype(np.uint8)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_bytes(image[:90])))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(label[:90])))
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(image[90:120]))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(label[90:120]))
    return tmp_path


def test_idx_values(idx_dir):
    bundled = load_digits()
    for split, part in (("train", slice(90)), ("test", slice(90, 120))):
        got = data.load(Data(name="mnist", dir=str(idx_dir), size=16), split)
        assert got.class_names == tuple("0123456789")
        np.testing.assert_array_equal(got.label, bundled.target[part])
        expected = [fit((i * 15).astype(np.uint8), (16, 16), 1) for i in bundled.images[part]]
        np.testing.assert_array_equal(got.image, expected)


def test_idx_class_names(idx_dir):
    names = data.load(Data(name="fashion_mnist", dir=str(idx_dir)), "test").class_names
    assert names[9] == "Ankle boot"
    # Another name: 0 to the highest training label, for both splits.
    label = np.tile(np.arange(6, dtype=np.uint8), 15)
    (idx_dir / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(label)))
    (idx_dir / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(label[:30] % 3))
    other = Data(name="shapes", dir=str(idx_dir))
    assert data.load(other, "test").class_names == data.load(other, "train").class_names
    assert len(data.load(other, "test").class_names) == 6


def damaged(idx_dir: Path, name: str, change) -> Path:
    path = idx_dir / name
    path.write_bytes(change(path.read_bytes()))
    return path


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("train-images-idx3-ubyte.gz", lambda b: b[:-40], "truncated or damaged gzip"),
        ("train-images-idx3-ubyte.gz", lambda b: b[:300] + b"\0\0\0" + b[303:], "damaged"),
        ("train-labels-idx1-ubyte.gz", lambda b: b"", "begins with 0x,"),
        ("t10k-images-idx3-ubyte", lambda b: b[:-1], "truncated"),
        ("t10k-images-idx3-ubyte", lambda b: b + b"\0", "asks for"),
        ("t10k-images-idx3-ubyte", lambda b: b[:10], "header is incomplete"),
        ("t10k-images-idx3-ubyte", lambda b: b"\0\0\x0d\x03" + b[4:], "begins with 0x00000d03"),
        ("t10k-images-idx3-ubyte", lambda b: b"\x89PNG" + b[4:], "begins with 0x89504e47"),
        ("t10k-labels-idx1-ubyte", lambda b: idx_bytes(np.zeros((3, 3, 3), np.uint8)), "0x00000801"),
        ("t10k-labels-idx1-ubyte", lambda b: idx_bytes(np.zeros(29, np.uint8)), "has 29 labels"),
        ("t10k-labels-idx1-ubyte", lambda b: b[:-1] + b"\x0a", "label 10 found"),
        ("t10k-images-idx3-ubyte", lambda b: idx_bytes(np.zeros((0, 8, 8), np.uint8)), "is empty"),
    ],
)
def test_idx_damaged(idx_dir, name, change, reason):
    path = damaged(idx_dir, name, change)
    split = "train" if name.startswith("train") else "test"
    fails(Data(name="mnist", dir=str(idx_dir)), path, reason, split=split)


def test_idx_missing_file(idx_dir):
    (idx_dir / "t10k-labels-idx1-ubyte").unlink()
    fails(Data(name="mnist", dir=str(idx_dir)), idx_dir / "t10k-labels-idx1-ubyte", split="test")


def test_idx_label_beyond_the_training_classes(idx_dir):
    (idx_dir / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.full(30, 200, np.uint8)))
    fails(Data(name="x", dir=str(idx_dir)), "t10k-labels", "label 200", "0..9", split="test")


@needs_mnist
def test_idx_real_mnist():
    test = data.load(Data(name="mnist", dir=str(MNIST_DIR)), "test")
    assert test.image.shape == (10_000, 32, 32, 1)
    # The counts LeCun, Cortes and Burges give for the test set.
    assert np.bincount(test.label).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
