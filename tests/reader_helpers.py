"""Images whose condition is a number and a class, and a reader of them, trained once for all tests."""

import functools

import numpy as np
from conftest import full_steps

from cwgan_jax import data
from cwgan_jax.data import conditions
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.data.conditions.parts import Classes, Number
from cwgan_jax.evaluation import conditioned, reader

SCHEMA = (Number("power", 5.0, 3.0, 0.0, 10.0), Classes("way", ("along", "across")))


def stripes(section, split):
    """u8[N, 16, 16, 1]: stripes along or across, the brighter the greater the power.

    Where they begin is left to chance. Training examples have no power between 6 and 8.
    """
    training = split == "train"
    rng = np.random.default_rng(int(training))
    count = 400 if training else 200
    power = rng.uniform(0, 10, count)
    if training:
        power = np.where((power > 6) & (power < 8), power - 4, power)
    way = rng.integers(0, 2, count)
    phase = rng.integers(0, 4, count)
    wave = (np.arange(16) + phase[:, None]) % 4 > 1
    bright = 40 + 20 * power[:, None, None] + rng.normal(0, 4, (count, 16, 16))
    image = np.where(way[:, None, None] == 0, wave[:, None], wave[:, :, None]) * bright
    image = np.clip(np.rint(image), 0, 255).astype(np.uint8)[..., None]
    columns = {"power": power.tolist(), "way": [SCHEMA[1].names[i] for i in way]}
    return data.Dataset(image, conditions.encode(SCHEMA, columns), SCHEMA)


@functools.cache
def splits():
    return stripes(None, "train"), stripes(None, "test")


@functools.cache
def made():
    """A quick reader."""
    with full_steps():
        return reader.train(splits()[0], PIXELS, epochs=0, least=200, width=8)


@functools.cache
def real():
    """Training examples as reference, and the held-out ones, read."""
    train, test = splits()
    return conditioned.reference(made(), train), conditioned.real(test, test.size, made())


def as_set(example, condition):
    return conditioned.Set(example, condition, True, made().read(example))
