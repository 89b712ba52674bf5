"""The MNIST and CIFAR families of TFDS, prepared without TensorFlow and without a network."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile

import numpy as np
import pytest
import tensorflow_datasets as tfds
from data_helpers import MNIST_DIR, fails, idx_bytes, needs_mnist
from tensorflow_datasets.core.download import resource
from tfds_helpers import check_small, register, write
from tfds_helpers import offline as offline  # a fixture, as is the next
from tfds_helpers import small_mnist as small_mnist

from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.config import Data
from cwgan_jax.data import idx
from cwgan_jax.data.idx import files as idx_files
from cwgan_jax.data.tfds import builders

# --- preparing the MNIST family -------------------------------------------------------------------


@needs_mnist
def test_real_mnist_equals_the_idx_files(tmp_path, monkeypatch):
    """All test images from the original files; of the training files, the first 2,000: all take 20 s."""
    manual, stock = tmp_path / "downloads" / "manual", tfds.builder_cls("mnist")
    manual.mkdir(parents=True)
    for name in idx_files.FILES.values():
        file = MNIST_DIR / f"{name}.gz"
        # TFDS's own checksum, before another takes its place below.
        known = stock.url_infos[stock.URL + file.name].checksum
        assert hashlib.sha256(file.read_bytes()).hexdigest() == known
        if file.name.startswith("train"):
            array = idx.read(file, dimensions=3 if "images" in file.name else 1)[:2000]
            content = gzip.compress(idx_bytes(array))
            (manual / file.name).write_bytes(content)
            register(monkeypatch, stock, stock.URL + file.name, content)
        else:
            (manual / file.name).symlink_to(file)
    for split in ("test", "train"):
        ours = data.load(Data(name="mnist", dir=str(tmp_path), size=16), split)
        raw = data.load(Data(name="mnist", dir=str(manual), size=16), split)
        assert ours.class_names == raw.class_names

        def pairs(d):
            return sorted((i.tobytes(), n) for i, n in zip(d.image, d.label.tolist(), strict=True))

        assert pairs(ours) == pairs(raw)


@pytest.mark.parametrize("place", ["downloads/manual", "downloads/mnist", "downloads"])
def test_files_are_found(tmp_path, small_mnist, place, capsys):
    write(tmp_path / place, small_mnist)
    check_small(tmp_path)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"preparing mnist in {tmp_path} (once) ...\n"


@pytest.mark.parametrize("with_info", [True, False])
def test_tfds_download_cache_is_used(tmp_path, small_mnist, with_info):
    stock = tfds.builder_cls("mnist")
    for name, content in small_mnist.items():
        info = stock.url_infos[stock.URL + name]
        file = tmp_path / "downloads/mnist" / resource.get_dl_fname(stock.URL + name, info.checksum)
        write(file.parent, {file.name: content})
        if with_info:
            resource.write_info_file(stock.URL + name, file, "mnist", name, info)
    check_small(tmp_path)


def test_default_folder_is_that_of_tfds(tmp_path, small_mnist, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    write(tmp_path / "downloads" / "manual", small_mnist)
    assert len(data.load(Data(name="mnist"), "train").label) == 50
    info = tmp_path / "mnist" / "3.0.1" / "dataset_info.json"
    assert json.loads(info.read_text())["moduleName"] == "cwgan_jax.data.tfds_builders"  # always the same


def test_prepared_sets_are_read_from_either_folder(tmp_path, small_mnist, capsys):
    write(tmp_path / "downloads" / "manual", small_mnist)
    check_small(tmp_path)
    shutil.rmtree(tmp_path / "downloads")
    capsys.readouterr()
    check_small(tmp_path)
    check_small(tmp_path / "mnist" / "3.0.1")
    assert capsys.readouterr().err == ""
    fails(Data(name="cifar10", dir=str(tmp_path / "mnist/3.0.1")), "it holds mnist, not cifar10")


def test_same_name_version_and_order_as_tfds():
    for name, own in builders.BUILDERS.items():
        stock = tfds.builder_cls(name)
        assert stock is not own  # ours is not registered in place of TFDS's
        assert (own.name, own.VERSION) == (stock.name, stock.VERSION)
        assert issubclass(own, stock)


def test_wrong_file(tmp_path, small_mnist):
    name = "t10k-images-idx3-ubyte.gz"
    write(tmp_path / "downloads" / "manual", {**small_mnist, name: small_mnist[name][:-1]})
    fails(Data(name="mnist", dir=str(tmp_path)), tmp_path / "downloads/manual" / name, "sha256")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["downloads"]
    # Another set's file of the same name does no harm if the right one is there too.
    write(tmp_path / "downloads" / "mnist", small_mnist)
    check_small(tmp_path)


def test_data_dir_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError) as caught:
        data.load(Data(name="mnist", dir=str(tmp_path / "file")), "train")
    assert str(tmp_path / "file") in str(caught.value)


# --- CIFAR ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "labels"), [("cifar10", 1), ("cifar100", 2)])
def test_cifar(tmp_path, monkeypatch, name, labels):
    stock = tfds.builder_cls(name)
    about = stock(data_dir=str(tmp_path))._cifar_info
    random, sent, names = np.random.default_rng(0), {}, {}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:

        def add(file, content):
            member = tarfile.TarInfo(about.prefix + file)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))

        for key, file, count in zip(
            about.label_keys, about.label_files, (20, 100) if labels == 2 else (10,), strict=True
        ):
            names[key] = tuple(f"{key}{i}" for i in range(count))
            add(file, "\n".join([*names[key], ""]).encode())
        for split, files in (("train", about.train_files), ("test", about.test_files)):
            sent[split] = []
            for file in files:
                label = random.integers(0, 10, (4, labels), np.uint8)
                image = random.integers(0, 256, (4, 3, 32, 32), np.uint8)
                add(file, np.concatenate([label, image.reshape(4, -1)], 1).tobytes())
                sent[split] += zip(image.transpose(0, 2, 3, 1), label[:, -1], strict=True)
    register(monkeypatch, stock, about.url, archive.getvalue())
    write(tmp_path / "downloads" / "manual", {about.url.rsplit("/", 1)[-1]: archive.getvalue()})
    for split in ("train", "test"):
        got = data.load(Data(name=name, dir=str(tmp_path)), split)
        assert got.class_names == names["label"]
        received = sorted((i.tobytes(), n) for i, n in zip(got.image, got.label, strict=True))
        assert received == sorted((i.tobytes(), n) for i, n in sent[split])
    ids = tfds.core.read_only_builder.builder_from_files(name, data_dir=str(tmp_path))
    assert {r["id"] for r in ids.as_data_source("test")} == {f"test_{i:05d}".encode() for i in range(4)}
