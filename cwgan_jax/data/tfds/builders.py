"""TFDS's builders of the MNIST and CIFAR families, made to work without TensorFlow.

Name, version, addresses, checksums, features and order of the examples stay TFDS's own, so what they
write is what TFDS itself writes. Two things differ, both because TFDS would call TensorFlow for them: the
downloaded files are read by Python instead of being extracted, and images are handed over as Pillow
images, which Pillow encodes, instead of arrays.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image
from tensorflow_datasets.image_classification import cifar, mnist

from cwgan_jax.data import idx
from cwgan_jax.data.idx import files as idx_files

_Examples = Iterator[tuple[int, dict[str, Any]]]


class _IdxFiles:
    """Reads the four files of the MNIST format."""

    URL: str

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, _Examples]:
        urls = {key: urljoin(self.URL, f"{name}.gz") for key, name in idx_files.FILES.items()}
        files = dl_manager.download(urls)
        return {
            split: self._generate_examples(files[split, "images"], files[split, "labels"])
            for split in ("train", "test")
        }

    def _generate_examples(self, image_file: Path, label_file: Path) -> _Examples:
        images = idx.read(Path(image_file), dimensions=3)
        labels = idx.read(Path(label_file), dimensions=1)
        for index, (image, label) in enumerate(zip(images, labels, strict=True)):
            yield index, {"image": Image.fromarray(image), "label": int(label)}


class _CifarArchive:
    """Reads the binary version of CIFAR: per example its labels, one byte each, then 3x32x32 bytes."""

    _cifar_info: cifar.CifarInfo
    info: tfds.core.DatasetInfo

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, _Examples]:
        about = self._cifar_info
        with tarfile.open(dl_manager.download(about.url)) as archive:
            # One pass: going back in a compressed archive means decompressing it again.
            content = {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}  # type: ignore[union-attr]
        for key, file in zip(about.label_keys, about.label_files, strict=True):
            names = content[about.prefix + file].decode().split("\n")
            self.info.features[key].names = [name for name in names if name]
        files = {"train": about.train_files, "test": about.test_files}
        return {
            split: self._generate_examples(split, b"".join(content[about.prefix + n] for n in names))
            for split, names in files.items()
        }

    def _generate_examples(self, split: str, content: bytes) -> _Examples:
        keys = self._cifar_info.label_keys
        rows = np.frombuffer(content, np.uint8).reshape(-1, len(keys) + 3 * 32 * 32)
        for index, row in enumerate(rows):
            image = row[len(keys) :].reshape(3, 32, 32).transpose(1, 2, 0)
            labels = {key: int(label) for key, label in zip(keys, row, strict=False)}
            yield index, {**labels, "id": f"{split}_{index:05d}", "image": Image.fromarray(image)}


# A registered class would take the place of TFDS's own in tfds.builder(name).
with tfds.core.registered.skip_registration():

    class _Mnist(_IdxFiles, mnist.MNIST):
        name = "mnist"

    class _FashionMnist(_IdxFiles, mnist.FashionMNIST):
        name = "fashion_mnist"

    class _Kmnist(_IdxFiles, mnist.KMNIST):
        name = "kmnist"

    class _Cifar10(_CifarArchive, cifar.Cifar10):
        name = "cifar10"

    class _Cifar100(_CifarArchive, cifar.Cifar100):
        name = "cifar100"


BUILDERS = {builder.name: builder for builder in (_Mnist, _FashionMnist, _Kmnist, _Cifar10, _Cifar100)}
for _builder in BUILDERS.values():
    # TFDS records the module in dataset_info.json. This is where the builders were when it first did so: the
    # same data give the same file, wherever they are today.
    _builder.__module__ = "cwgan_jax.data.tfds_builders"
