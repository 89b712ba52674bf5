"""Files of the MNIST format under all the names by which they are passed on."""

import gzip
import struct

import numpy as np
import pytest
import tfds_helpers
from data_helpers import fails, idx_bytes

from cwgan_jax import data
from cwgan_jax.config import Data

offline = tfds_helpers.offline

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.integers(0, 256, (6, 8, 8), np.uint8)
LABEL = np.array([3, 1, 4, 1, 5, 9], np.uint8)


def write(folder, pattern, *, first=0, label=LABEL, compress=False):
    """`pattern` takes (train | test, images | labels, 3 | 1)."""
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "test"):
        for kind, array, dimensions in (("images", IMAGE, 3), ("labels", label, 1)):
            name = pattern.format(
                split=split, old="t10k" if split == "test" else split, kind=kind, n=dimensions
            )
            content = idx_bytes(array + np.uint8(first if kind == "labels" else 0))
            path = folder / (name + ".gz" * compress)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(gzip.compress(content) if compress else content)


def load(folder, name="mnist", split="train"):
    return data.load(Data(name=name, dir=str(folder), size=8), split)


@pytest.mark.parametrize(
    ("name", "place", "pattern", "compress"),
    [
        ("mnist", "", "{old}-{kind}-idx{n}-ubyte", False),
        ("mnist", "", "{old}-{kind}.idx{n}-ubyte", False),  # Kaggle's
        ("mnist", "", "{old}-{kind}-idx{n}-ubyte/{old}-{kind}-idx{n}-ubyte", False),  # also Kaggle's
        ("mnist", "MNIST/raw", "{old}-{kind}-idx{n}-ubyte", False),  # torchvision's
        ("mnist", "raw", "{old}-{kind}-idx{n}-ubyte", True),
        ("fashion_mnist", "FashionMNIST/raw", "{old}-{kind}-idx{n}-ubyte", True),
        ("kmnist", "KMNIST/raw", "{old}-{kind}-idx{n}-ubyte", False),
        ("qmnist", "", "qmnist-{split}-{kind}-idx{n}-ubyte", True),
        ("mine", "", "{old}-{kind}.idx{n}-ubyte", True),
    ],
)
def test_names_and_places(tmp_path, name, place, pattern, compress):
    write(tmp_path / place, pattern, compress=compress)
    for split in ("train", "test"):
        got = load(tmp_path, name, split)
        np.testing.assert_array_equal(got.image[..., 0], IMAGE)
        np.testing.assert_array_equal(got.label, LABEL)
        assert len(got.class_names) == 10
    assert str(tmp_path / place) in dict(got.summary)["files"]


def test_qmnist_labels_have_eight_columns_of_which_the_first_is_the_digit(tmp_path):
    write(tmp_path, "qmnist-{split}-{kind}-idx{n}-ubyte", compress=True)
    for split in ("train", "test"):
        (tmp_path / f"qmnist-{split}-labels-idx1-ubyte.gz").unlink()
        columns = np.repeat(LABEL[:, None].astype(">i4"), 8, 1)
        columns[:, 1:] = 70_000
        header = struct.pack(">BBBBII", 0, 0, 12, 2, *columns.shape)
        (tmp_path / f"qmnist-{split}-labels-idx2-int.gz").write_bytes(
            gzip.compress(header + columns.tobytes())
        )
        assert load(tmp_path, "qmnist", split).label.tolist() == LABEL.tolist()


@pytest.mark.parametrize(
    ("part", "first", "names", "expected"),
    [
        ("letters", 1, 26, "dbebfj"),
        ("digits", 0, 10, "314159"),
        ("balanced", 30, 47, "XVYVZe"),
        ("byclass", 40, 62, "hfifjn"),
    ],
)
def test_emnist_is_upright_and_its_classes_are_characters(tmp_path, part, first, names, expected):
    write(tmp_path, f"emnist-{part}-{{split}}-{{kind}}-idx{{n}}-ubyte", first=first, compress=True)
    for split in ("train", "test"):
        got = load(tmp_path, f"emnist/{part}", split)
        np.testing.assert_array_equal(got.image[..., 0], IMAGE.swapaxes(1, 2))
        assert len(got.class_names) == names
        assert "".join(got.class_names[label] for label in got.label) == expected
    assert "put upright" in dict(got.summary)["files"]


def test_emnist_letters_begin_at_one(tmp_path):
    write(tmp_path, "emnist-letters-{split}-{kind}-idx{n}-ubyte", label=LABEL * 0)
    fails(Data(name="emnist/letters", dir=str(tmp_path)), "label 0 found", "must be in 1..26")


def test_an_archive_of_keras(tmp_path):
    arrays = {
        f"{which}_{split}": array
        for split in ("train", "test")
        for which, array in (("x", IMAGE), ("y", LABEL))
    }
    np.savez(tmp_path / "mnist.npz", **arrays)
    for split in ("train", "test"):
        got = load(tmp_path, split=split)
        np.testing.assert_array_equal(got.image[..., 0], IMAGE)
        np.testing.assert_array_equal(got.label, LABEL)


def test_a_damaged_archive(tmp_path):
    path, config = tmp_path / "mnist.npz", Data(name="mnist", dir=str(tmp_path))
    for arrays in (
        {"a": IMAGE},
        {"x_train": IMAGE / 255, "y_train": LABEL},
        {"x_train": IMAGE, "y_train": LABEL / 2},
        {"x_train": np.array([{}]), "y_train": LABEL},  # would have to be unpickled
        {"x_train": IMAGE[:0], "y_train": LABEL[:0]},
    ):
        np.savez(path, **arrays)
        fails(config, path, "x_train")
    np.savez(path, x_train=IMAGE, y_train=LABEL[:3])
    fails(config, "6 images, but", "3 labels")
    whole = path.read_bytes()
    np.save(tmp_path / "one.npy", IMAGE)
    for content in (
        b"",
        b"x",
        whole[: len(whole) // 2],
        b"\x93NUMPY\x01\x00",
        (tmp_path / "one.npy").read_bytes(),
    ):
        path.write_bytes(content)
        fails(config, path, "replace it with the original")


# --- folders that hold other data -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "name", "expected"),
    [
        (
            ["photos.txt"],
            "mnist",
            "it holds photos.txt, but neither mnist prepared by TFDS nor files of mnist",
        ),
        (["cats/1.jpg"], "cifar10", "it holds cats, but neither cifar10"),
        (
            ["emnist-letters-train-images-idx3-ubyte.gz"],
            "mnist",
            "set config.data.name=emnist/letters to read",
        ),
        (["train-images-idx3-ubyte"], "qmnist", "qmnist-train-images-idx3-ubyte, ..."),
        ([f"{i}.bin" for i in range(9)], "mnist", "4.bin and 4 more"),
    ],
)
def test_nothing_is_downloaded_into_a_folder_of_other_data(tmp_path, monkeypatch, files, name, expected):
    monkeypatch.setattr(data.tfds, "_stock", lambda *_: _Builder())
    monkeypatch.setattr(data.tfds, "_features", lambda _: ("image", "label"))
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"?")
    before = sorted(tmp_path.rglob("*"))
    fails(Data(name=name, dir=str(tmp_path)), f"config.data.dir={tmp_path}: ", expected)
    assert sorted(tmp_path.rglob("*")) == before


class _Builder:
    """Of a set that is not prepared."""

    url_infos = None
    data_path = "/nowhere"


def test_a_set_that_only_its_files_have(tmp_path):
    fails(Data(name="qmnist", dir=str(tmp_path)), "TFDS does not have it", "qmnist-train-images-idx3-ubyte")
