"""A judge of the bundled digits, trained once for all tests that need one."""

import functools

import numpy as np
from conftest import full_steps, make_config

from cwgan_jax import data
from cwgan_jax.evaluation import measure
from cwgan_jax.evaluation.judge import train
from cwgan_jax.report import checkpoints


@functools.cache
def splits():
    """The digits at 16x16: training and test split."""
    section = make_config().data
    return data.load(section, "train"), data.load(section, "test")


@functools.cache
def judge():
    """A quick one: right in 95 % of the held-out digits or more."""
    with full_steps():
        return train(splits()[0], epochs=0, least=160)


@functools.cache
def real():
    """Both splits, read by the judge."""
    train_, test = splits()
    reference = measure.reference(judge(), train_)
    held_out = measure.Set(test.image, test.label, judge().read(test.image))
    return checkpoints.read(train_, test, reference, held_out)


def as_set(image, label):
    """Images with the labels they were made for, read."""
    return measure.Set(image, np.asarray(label, np.int32), judge().read(image))
