"""Shared by the tests of TFDS sets: no network, and a tiny MNIST in place of the original."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
import requests
import tensorflow_datasets as tfds
from data_helpers import idx_bytes
from tensorflow_datasets.core.download import checksums

from cwgan_jax import data
from cwgan_jax.config import Data


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """No test may reach a network: every connection fails at once, as without one."""

    def refuse(self, request, **kwargs):
        raise requests.exceptions.ConnectionError(f"no route to {request.url}")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", refuse)


def register(monkeypatch, builder, url: str, content: bytes) -> None:
    """Makes TFDS expect other content at an address, as if that were the original."""
    info = checksums.UrlInfo(
        size=tfds.core.utils.Size(len(content)),
        checksum=hashlib.sha256(content).hexdigest(),
        filename=url.rsplit("/", 1)[-1],
    )
    monkeypatch.setitem(builder.url_infos, url, info)
    monkeypatch.setitem(checksums.get_all_url_infos(), url, info)


@pytest.fixture
def small_mnist(monkeypatch):
    """A tiny MNIST in place of the original: {file name: content}; image i is filled with i."""
    files = {}
    for prefix, count in (("train", 50), ("t10k", 20)):
        image = np.arange(count, dtype=np.uint8)[:, None, None].repeat(28, 1).repeat(28, 2)
        files[f"{prefix}-images-idx3-ubyte.gz"] = gzip.compress(idx_bytes(image))
        label = (np.arange(count) % 10).astype(np.uint8)
        files[f"{prefix}-labels-idx1-ubyte.gz"] = gzip.compress(idx_bytes(label))
    stock = tfds.builder_cls("mnist")
    for name, content in files.items():
        register(monkeypatch, stock, stock.URL + name, content)
    return files


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def check_small(folder: Path) -> None:
    for split, count in (("train", 50), ("test", 20)):
        got = data.load(Data(name="mnist", dir=str(folder), size=16), split)
        value = got.image[:, 8, 8, 0]
        assert sorted(value) == list(range(count))
        np.testing.assert_array_equal(got.label, value % 10)
        assert got.class_names == tuple("0123456789")
