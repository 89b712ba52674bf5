"""Two sets of pictures for a run that translates: by name, or in the folders that CycleGAN's data have."""

import conftest
import cycle_helpers as helpers
import numpy as np
import pytest
from PIL import Image

from cwgan_jax import config, data
from cwgan_jax.common.errors import ConfigError, DataError
from cwgan_jax.training import plan

OWN = [f"model__{key}" for key in ("blocks", "critic_width", "critic_layers")]  # of translators alone


def save(folder, count, *, value=0, size=(12, 9), mode="L"):
    folder.mkdir(parents=True)
    for i in range(count):
        shape = (*size, 3) if mode == "RGB" else size
        Image.fromarray(np.full(shape, value + i, np.uint8)).save(folder / f"p{i}.png")


@pytest.fixture
def folder(tmp_path):
    """Two domains, of 4 and 6 pictures to train with; those of B are in colour."""
    for name, count, value, mode in (
        *(("trainA", 4, 40, "L"), ("testA", 2, 60, "L")),
        *(("trainB", 6, 140, "RGB"), ("testB", 3, 160, "RGB")),
    ):
        save(tmp_path / name, count, value=value, mode=mode)
    return tmp_path


def test_folders(folder):
    section = config.Data(domains="folder", dir=str(folder), size=8)
    for split, counts, first in (("train", (4, 6), (40, 140)), ("test", (2, 3), (60, 160))):
        found = data.load_domains(section, split)
        assert tuple(found) == data.DOMAINS
        assert tuple(each.size for each in found.values()) == counts
        assert all(each.shape == (8, 8, 3) for each in found.values())  # both in colour, since B is
        assert tuple(each.image[0, 0, 0, 0] for each in found.values()) == first
        assert not any(each.schema for each in found.values())
    grey = data.load_domains(config.Data(domains="folder", dir=str(folder), size=8, channels=1), "train")
    assert {each.shape for each in grey.values()} == {(8, 8, 1)}
    larger = data.load_domains(config.Data(domains="folder", dir=str(folder), size=8, resize=10), "train")
    assert {each.shape for each in larger.values()} == {(10, 10, 3)}


def test_an_epoch_is_the_larger_set_and_a_batch_fits_both(folder):
    changes = {"data__domains": "folder", "data__dir": folder, "train__steps": "none", "train__epochs": 2}
    made = plan.make(helpers.config(**changes, train__batch_size=2))
    assert made.total == 6
    assert [each.size for each in made.streams.values()] == [4, 6]
    assert made.about["data"]["others"].keys() == {"B"}
    # Pictures of A come more often, each equally often.
    index = made.streams["A"].choose(0, 0, 6, 2, 0)
    np.testing.assert_array_equal(np.bincount(index.ravel()), 3)
    with pytest.raises(ConfigError, match="batch_size=5: there are only 4 training examples"):
        plan.make(helpers.config(**changes, train__batch_size=5))


def test_what_is_wrong_with_folders_is_one_line(tmp_path, folder):
    empty = tmp_path / "other"
    save(empty / "train", 2)
    for changes, message in (
        ({"dir": "no"}, "there is no such folder; give a folder that holds trainA and trainB"),
        ({"dir": str(empty)}, "there is no trainA in it, only train; config.data.domains=folder takes"),
        ({"dir": str(folder), "dtype": "float32"}, "pictures have 8 bits; use uint8, to which those of 16"),
        ({"dir": str(folder), "channels": 4}, "channels=4, but no picture is transparent"),
    ):
        with pytest.raises(DataError, match=message):
            data.load_domains(config.Data(domains="folder", size=8, **changes), "train")


def test_sets_by_name_have_known_partners():
    upright, turned = data.load_domains(config.Data(domains="digits,turned_digits", size=8), "test").values()
    np.testing.assert_array_equal(np.rot90(upright.image, axes=(1, 2)), turned.image)
    np.testing.assert_array_equal(upright.label, turned.label)
    section = config.Data(domains="sans_letters,serif_letters", size=32)
    for split in ("train", "test"):
        sans, serif = data.load_domains(section, split).values()
        np.testing.assert_array_equal(sans.label, serif.label)
        shared = np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in _pairs(sans, serif)])
        # A letter lies in the same place in the test splits only.
        assert (shared > 0.5) == (split == "test"), shared


def _pairs(sans, serif):
    return zip(sans.image[::7].astype(float), serif.image[::7].astype(float), strict=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data__domains": "digits"}, "not allowed; it must be folder, two names of data sets with a comma"),
        ({"data__domains": "digits,ring"}, "ring are no pictures"),
        ({"data__resize": 7}, "must be a whole number in"),
        ({"data__size": 16, "data__resize": 12}, "resize=12: a part of 16 cannot be taken from less"),
        ({"model__critic_layers": 2}, "8 pixels is too small for so many, they take 12; lower it to 1"),
        ({"model__halvings": 3}, "8 pixels cannot be halved so often"),
        ({"model__conditional": True}, "conditional=True: not allowed; it must be one of: False"),
    ],
)
def test_what_a_config_cannot_ask_for(changes, message):
    with pytest.raises(ConfigError, match=message):
        helpers.config(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data__domains": ""}, "domains is empty: config.algorithm=cyclegan translates between two sets"),
        ({"model__architecture": "mlp", "model__features": 2}, "=mlp: it draws from latents"),
        ({"data__domains": "digits, no_digits"}, "digits, no_digits: no_digits: there is no such data"),
        ({"objective__loss": "wasserstein"}, "has no penalty that bounds its critics"),
    ],
)
def test_what_the_algorithm_cannot_train(changes, message):
    with pytest.raises((ConfigError, DataError), match=message):
        plan.make(helpers.config(leave_out=OWN if "model__architecture" in changes else (), **changes))


def test_other_algorithms_take_neither_domains_nor_translators():
    with pytest.raises(ConfigError, match="domains=digits,turned_digits: two sets are for an algorithm that"):
        plan.make(helpers.config(leave_out=OWN, algorithm="adversarial", model__architecture="mlp"))
    with pytest.raises(ConfigError, match="=translator: not for adversarial training of images; use conv"):
        plan.make(helpers.config(algorithm="adversarial", data__domains=""))
    with pytest.raises(ConfigError, match="batch_size=1: the networks of mlp take batches of 2 or more"):
        helpers.config(leave_out=OWN, model__architecture="mlp", train__batch_size=1)


def test_what_has_no_effect_is_said():
    told = config.without_effect(
        helpers.config(objective__critic_updates=3, data__name="mnist", augment__pipeline="bgc")
    )
    assert any("augment.pipeline=bgc has no effect: its critics see pictures as" in line for line in told)
    assert any("critic_updates=3 has no effect: a step updates each network once" in line for line in told)
    assert any("data.name=mnist has no effect: config.data.domains says which data" in line for line in told)
    mixed = {"data__domains": "digits, mnist", "data__dir": "there"}  # where mnist lies
    assert not any("data.dir" in line for line in config.without_effect(helpers.config(**mixed)))
    plain = conftest.make_config(translation__cycle=3, data__resize=20)
    told = config.without_effect(plain)
    assert any("translation.cycle=3.0 has no effect: config.algorithm=adversarial" in line for line in told)
    assert any("data.resize=20 has no effect: config.data.domains is empty" in line for line in told)
