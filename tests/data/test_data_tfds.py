"""TFDS sets of any name: what can be prepared without TensorFlow, and what is said of all others."""

import numpy as np
import pytest
import tensorflow_datasets as tfds
from data_helpers import fails
from PIL import Image
from tfds_helpers import check_small, write
from tfds_helpers import offline as offline  # a fixture, as is the next
from tfds_helpers import small_mnist as small_mnist

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data.source import fit


class _Tiny(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Base of the sets below: 30 examples in the splits named by `splits`."""

    VERSION = tfds.core.Version("1.0.0")
    splits = ("train",)
    names = ("cat", "dog")
    image = tfds.features.Image(shape=(None, None, 3))
    as_array = False

    def _info(self):
        label = tfds.features.ClassLabel(names=self.names)
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict({"image": self.image, "label": label}),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples() for split in self.splits}

    def _generate_examples(self):
        for i in range(30):
            pixels = np.full((20, 24, self.image.shape[-1]), i, self.image.np_dtype)
            yield i, {"image": pixels if self.as_array else Image.fromarray(pixels), "label": i % 2}


class CwganTinyTrain(_Tiny):
    pass


class CwganTinyValid(_Tiny):
    splits = ("train", "validation")


class CwganTinyTest(_Tiny):
    splits = ("test",)


class CwganTinyArray(_Tiny):
    as_array = True


class CwganTinyDeep(_Tiny):
    image = tfds.features.Image(shape=(None, None, 1), dtype=np.uint16)


def test_stock_preparation_and_splits(tmp_path):
    """Sets that TFDS can prepare without TensorFlow are prepared; a test split is found or made."""
    got = {
        (name, split): data.load(Data(name=name, dir=str(tmp_path), size=16), split)
        for name in ("cwgan_tiny_train", "cwgan_tiny_valid")
        for split in ("train", "test")
    }
    values = {key: sorted(d.image[:, 3, 3, 0]) for key, d in got.items()}
    assert values["cwgan_tiny_valid", "train"] == values["cwgan_tiny_valid", "test"] == list(range(30))
    parts = values["cwgan_tiny_train", "train"], values["cwgan_tiny_train", "test"]
    assert [len(part) for part in parts] == [27, 3]
    assert sorted(parts[0] + parts[1]) == list(range(30))
    for d in got.values():
        assert (d.image.shape[1:], d.class_names) == ((16, 16, 3), ("cat", "dog"))
        np.testing.assert_array_equal(d.label, d.image[:, 3, 3, 0] % 2)


def test_emnist_of_tfds_is_said_to_be_transposed_and_class_names_are_in_one_form(tmp_path, monkeypatch):
    class Emnist(_Tiny, skip_registration=True):
        names = ("cafe\u0301 ", "dog, small")

    monkeypatch.setattr(data.tfds, "_stock", lambda *_: Emnist(data_dir=str(tmp_path)))
    got = data.load(Data(name="emnist", dir=str(tmp_path), size=16), "train")
    assert got.class_names == ("caf\u00e9", "dog, small")
    assert "the images of TFDS's emnist are transposed" in got.warnings[0]
    assert dict(got.summary)["files"] == f"{tmp_path / 'emnist/1.0.0'}, split train[:90%]"


def test_no_train_split(tmp_path):
    fails(Data(name="cwgan_tiny_test", dir=str(tmp_path)), "no train split, only test")


def test_needs_tensorflow(tmp_path, capsys):
    fails(Data(name="cwgan_tiny_array", dir=str(tmp_path)), "needs TensorFlow", "--config.data.dir")
    assert capsys.readouterr().err.count("\n") == 1  # the progress line, no banner
    assert not [p for p in tmp_path.rglob("*") if p.is_file() or "incomplete" in p.name]


def test_not_image_classification(tmp_path):
    fails(Data(name="imdb_reviews", dir=str(tmp_path)), "text, label", "image-classification")
    fails(Data(name="cwgan_tiny_deep", dir=str(tmp_path)), "uint16")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("mnsit", "mnist"),
        ("digit", "digits"),
        ("emnist/leters", "emnist/letters"),
        ("mnist:9.9.9", "mnist"),
        ("foo bar!", "nearest names"),
        ("huggingface:mnist", "nearest names"),
        ("../mnist", "mnist"),
    ],
)
def test_unknown_name(tmp_path, name, near):
    fails(Data(name=name, dir=str(tmp_path)), f"config.data.name={name}:", near)


def test_wrong_file_format(tmp_path, small_mnist):
    write(tmp_path / "downloads" / "manual", small_mnist)
    check_small(tmp_path)
    info = tmp_path / "mnist" / "3.0.1" / "dataset_info.json"
    info.write_text(info.read_text().replace("array_record", "tfrecord"))
    fails(Data(name="mnist", dir=str(tmp_path)), info.parent, "array_record")


@pytest.mark.parametrize("change", ["truncate", "delete", "info"])
def test_damaged_prepared_set(tmp_path, small_mnist, change):
    write(tmp_path / "downloads" / "manual", small_mnist)
    check_small(tmp_path)
    folder = tmp_path / "mnist" / "3.0.1"
    shard = next(folder.glob("*train*"))
    if change == "truncate":
        shard.write_bytes(shard.read_bytes()[:100])
    elif change == "delete":
        shard.unlink()
    else:
        (folder / "dataset_info.json").write_text("{")
    fails(Data(name="mnist", dir=str(tmp_path)), tmp_path, "mnist", "delete the folder")


def test_encoded_images_of_any_mode(tmp_path):
    """TFDS keeps files as they are: a palette PNG or RGBA in a set that says RGB."""

    class CwganTinyModes(_Tiny):
        def _generate_examples(self):
            for i, mode in enumerate(("RGB", "RGBA", "L", "P")):
                yield i, {"image": Image.new("RGB", (16, 16), (50, 50, 50)).convert(mode), "label": 0}

    got = data.load(Data(name="cwgan_tiny_modes", dir=str(tmp_path), size=16), "train")
    expected = fit(np.full((16, 16, 3), 50, np.uint8), (16, 16), 3)
    assert all(np.abs(image.astype(int) - expected).max() <= 2 for image in got.image)
