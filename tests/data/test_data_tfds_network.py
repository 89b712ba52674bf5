"""TFDS sets where the network fails, or another process was faster."""

import threading
import time

import requests
from absl import logging
from data_helpers import fails
from tensorflow_datasets.core.download import downloader
from tfds_helpers import check_small, write
from tfds_helpers import offline as offline  # a fixture, as is the next
from tfds_helpers import small_mnist as small_mnist

from cwgan_jax.config import Data
from cwgan_jax.data.tfds import builders, prepare


def test_offline(tmp_path, small_mnist):
    start = time.monotonic()
    fails(
        Data(name="mnist", dir=str(tmp_path)),
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "ConnectionError",
        "train-images-idx3-ubyte.gz",
        tmp_path / "downloads" / "manual",
        "--config.data.dir",
        "--config=configs/digits.py",
    )
    assert time.monotonic() - start < 30
    assert not list(tmp_path.iterdir())
    # One of four files missing: that is the one to name.
    del small_mnist["train-labels-idx1-ubyte.gz"]
    write(tmp_path / "downloads" / "manual", small_mnist)
    fails(Data(name="mnist", dir=str(tmp_path)), "cannot download", "mnist/train-labels-idx1-ubyte.gz")


def test_silent_network(tmp_path, monkeypatch):
    """A name server or host that never answers."""
    monkeypatch.setattr(prepare, "_PROBE", 0.2)
    over = threading.Event()

    def send(*_, **__):
        over.wait(5)
        raise requests.exceptions.ConnectionError  # so that the thread left behind ends without noise

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    start = time.monotonic()
    fails(Data(name="mnist", dir=str(tmp_path)), "no answer within 0.2 s")
    assert time.monotonic() - start < 3
    over.set()


def test_network_lost_after_the_probe(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "_probe", lambda *_: None)
    logged, retries = logging.get_verbosity(), downloader.MAX_RETRIES
    fails(Data(name="mnist", dir=str(tmp_path)), "cannot download", "--config=configs/digits.py")
    assert not [p for p in tmp_path.rglob("*") if ".tmp." in p.name or "incomplete" in p.name]
    assert (logging.get_verbosity(), downloader.MAX_RETRIES) == (logged, retries)


def test_another_process_was_faster(tmp_path, small_mnist, monkeypatch):
    """TFDS's loser gets FileExistsError when it moves its folder into place."""
    write(tmp_path / "downloads" / "manual", small_mnist)
    own = builders.BUILDERS["mnist"]
    written = own.download_and_prepare

    def lose(self, **options):
        written(own(data_dir=self.data_dir_root), **options)
        raise FileExistsError(17, "File exists", self.data_dir)

    monkeypatch.setattr(own, "download_and_prepare", lose)
    check_small(tmp_path)
