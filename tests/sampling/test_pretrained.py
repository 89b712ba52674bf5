"""The models that come with the package: each loads, draws what is asked for, and has a card."""

import numpy as np
import pytest
from cli_helpers import call, refused

from cwgan_jax import data, pretrained
from cwgan_jax.algorithms import Request
from cwgan_jax.checkpoint import packed
from cwgan_jax.config import Data
from cwgan_jax.sampling import load

MODELS = pretrained.names()
KIB = 2700  # the largest that comes along


def opened(name):
    return load.load(pretrained.path(name), None, set_up=lambda _: None, warn=pytest.fail)


def test_there_are_some():
    assert "digits" in MODELS


@pytest.mark.parametrize("name", MODELS)
def test_each_has_a_card_with_its_figures_and_licence(name):
    text = pretrained.path(name).with_suffix(".md").read_text()
    assert f"--pretrained={name}" in text
    assert all(word in text for word in ("Licence", "Frechet distance", "held-out", "Data"))


@pytest.mark.parametrize("name", MODELS)
def test_each_is_small_and_says_nothing_of_where_it_was_made(name):
    path = pretrained.path(name)
    assert path.stat().st_size < KIB * 1024
    described = packed.about(path)["about"]
    assert described["config"]["data"]["dir"] == ""


@pytest.mark.parametrize("name", MODELS)
def test_each_draws_many_different_images(name):
    model = opened(name)
    image = model.draw(Request(model.latents(0, 0, 20), model.conditions(np.zeros(20, int))))
    assert image.std() > 20
    assert len(np.unique(image.reshape(20, -1), axis=0)) == 20


def test_digits_look_like_their_class():
    """Most are nearest to the mean of the real digits of the class that was asked for."""
    real, model = data.load(Data(name="digits", size=16), "train"), opened("digits")
    means = np.stack([real.image[real.label == c].mean(0).ravel() for c in range(10)])
    label = np.repeat(np.arange(10), 20)
    image = model.draw(Request(model.latents(0, 0, 200), model.conditions(label))).reshape(200, -1)
    nearest = np.square(image[:, None] - means).sum(-1).argmin(1)
    of_real = np.square(real.image.reshape(len(real.label), 1, -1).astype(float) - means).sum(-1).argmin(1)
    assert (of_real == real.label).mean() > 0.88  # what this way of reading is worth
    assert (nearest == label).mean() > 0.85


def test_the_command_draws_without_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, said, err = call("sample", "--pretrained=digits", "--classes=3,5", "--count=4")
    assert (status, err) == (0, [])
    assert said.startswith("step ")
    assert ": 2 x 4 images in drawn/digits/" in said
    assert [path.suffix for path in (tmp_path / "drawn/digits").iterdir()] == [".png"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--pretrained=cats"], "--pretrained=cats: there is no such model; it must be one of: digits"),
        (["--pretrained=digits", "--workdir=runs/x"], "give one"),
        ([], "--pretrained=digits"),
    ],
)
def test_what_cannot_be_meant_is_one_line(flags, words):
    assert words in refused("sample", *flags)
