"""Digits drawn anew: what their conditions say is what they show, and what is held out is not seen."""

import numpy as np
import pytest
from conftest import make_config

from cwgan_jax import data
from cwgan_jax.data import conditions
from cwgan_jax.data.sets import coloured_digits, renderings, rotated_digits


@pytest.fixture(scope="module")
def rotated():
    return {split: rotated_digits.source(make_config().data, split) for split in ("train", "test")}


@pytest.fixture(scope="module")
def coloured():
    return {split: coloured_digits.source(make_config().data, split) for split in ("train", "test")}


def first(source, count):
    return np.stack([image for image, _ in source.read(range(0, count * renderings.EACH, renderings.EACH))])


def values(source):
    return conditions.decode(source.schema, source.conditions())


def test_a_bar_is_turned_by_its_angle():
    bar = np.zeros((8, 8), np.float32)
    bar[1:7, 3:5] = 1
    y, x = np.mgrid[:32, :32] - 15.5
    for angle in (-50.0, 0.0, 25.0):
        ink = renderings.ink(bar, angle)
        moments = [(ink * a * b).sum() for a, b in ((x, x), (x, y), (y, y))]
        axis = 0.5 * np.rad2deg(np.arctan2(2 * moments[1], moments[0] - moments[2]))
        turned = (-axis - 90 + 90) % 180 - 90  # counterclockwise from upright; rows go downwards
        assert turned == pytest.approx(angle, abs=0.5)


def test_thicker_strokes_have_more_ink():
    digit = renderings.digits("test")[0][0]
    sums = [renderings.ink(digit, 10.0, stroke).sum() for stroke in (0.5, 1.0, 1.5)]
    assert sums[0] < 0.8 * sums[1] < 0.8 * 0.8 * sums[2]


def test_angles_are_as_they_say(rotated):
    low, high = rotated_digits.HELD_OUT
    train, test = (np.array(values(rotated[split])["angle"]) for split in ("train", "test"))
    assert not ((train > low) & (train < high)).any()
    assert ((test > low) & (test < high)).mean() == pytest.approx(10 / 120, abs=0.02)
    for angle in (train, test):
        assert (angle.min(), angle.max()) == pytest.approx((-60, 60), abs=0.1)
    assert [rotated[split].size for split in ("train", "test")] == [8 * 1438, 8 * 359]
    assert rotated["train"].schema[1].outside(train) == rotated["train"].schema[1].outside(test) == ""


def test_both_splits_have_digits_of_their_own(rotated):
    train, test = (data.digits.bundled(split)[0].reshape(-1, 64) for split in ("train", "test"))
    assert not {x.tobytes() for x in train} & {x.tobytes() for x in test}
    label = data.digits.bundled("test")[1]
    assert values(rotated["test"])["digit"][:: renderings.EACH] == [str(x) for x in label]


def test_combinations_are_held_out(coloured):
    seen, held_out = coloured_digits.combinations()
    assert (len(seen), len(held_out)) == (504, 56)
    captions = {split: set(values(coloured[split])["caption"]) for split in ("train", "test")}
    assert not captions["train"] & {each.caption for each in held_out}
    assert captions["test"] & {each.caption for each in held_out}
    text = coloured["train"].schema[0]
    counts = {pair: sum(pair in each.caption for each in seen) for pair in text.names if " " in pair}
    assert min(counts.values()) >= 3  # every pair of words of a caption that is held out is known
    for each in held_out:
        assert text.encode([each.caption]).sum() == 9  # five words and four pairs


def test_pictures_have_the_colours_of_their_captions(coloured):
    image, caption = first(coloured["test"], 40).astype(float), values(coloured["test"])["caption"]
    names, colours = zip(*coloured_digits.COLOURS.items(), strict=True)
    for picture, text in zip(image, caption[:: renderings.EACH], strict=False):
        pixels = picture.reshape(-1, 3)
        paper = pixels[0]
        ink = pixels[np.abs(pixels - paper).sum(1).argmax()]
        nearest = [names[int(np.square(np.array(colours) - x).sum(1).argmin())] for x in (ink, paper)]
        assert [text.split()[1], text.split()[-1]] == nearest
