"""`data.examples`: fewer training examples, always the same ones, however they are read."""

import dataclasses

import numpy as np
import pytest
from conftest import make_config

from cwgan_jax import data
from cwgan_jax.common.errors import DataError


def load(split="train", **changes):
    return data.load(dataclasses.replace(make_config().data, **changes), split)


def rows(dataset):
    """Pictures with their labels, to be found again."""
    picture = np.asarray(dataset.example[np.arange(dataset.size)]).reshape(dataset.size, -1)
    return {(*map(int, row), int(label)) for row, label in zip(picture, dataset.label, strict=True)}


def test_the_same_ones_each_time_and_fewer_among_more():
    whole, some, few = load(), load(examples=100), load(examples=30)
    assert (some.size, few.size) == (100, 30)
    assert rows(few) < rows(some) < rows(whole)
    assert ("examples", f"100 of {whole.size:,}") in some.summary
    assert len(set(some.label.tolist())) == 10  # not the first classes of a sorted set
    streamed = load(examples=100, resident_mib=0)
    assert not streamed.resident
    assert rows(streamed) == rows(some)
    assert load("test", examples=100).size == load("test").size
    points = load(name="ring", examples=50)
    assert points.example.shape[0] == points.size == 50


def test_more_than_there_are():
    with pytest.raises(
        DataError, match=r"config\.data\.examples=99999: there are only \d+ training examples"
    ):
        load(examples=99999)
