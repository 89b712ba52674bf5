"""Which judge reads a data set: one classifier, or on stacked MNIST a judge of digits for each channel."""

import dataclasses
from typing import NamedTuple

import numpy as np

from cwgan_jax import config, data
from cwgan_jax.evaluation.judge import Judge, OnStep, Reading
from cwgan_jax.evaluation.judge import judge as judge_of


class StackedJudge(NamedTuple):
    """Reads three digits, one in each channel (VEEGAN: Srivastava et al. 2017, arXiv:1705.07761, Section 4).

    Attributes:
      digit: a judge of single digits.
    """

    digit: Judge

    @property
    def classes(self) -> int:
        """C, the cube of the number of digits."""
        return self.digit.classes**3

    @property
    def name(self) -> str:
        """As `Judge.name`."""
        return self.digit.name

    def read(self, image: np.ndarray | data.Images, index: np.ndarray | None = None) -> Reading:
        """As `Judge.read`: the features of the channels side by side, the product of their probabilities."""
        image = image[np.arange(image.shape[0]) if index is None else index]
        first, second, third = (self.digit.read(image[..., c : c + 1]) for c in range(3))
        features = np.concatenate([first.features, second.features, third.features], -1)
        pairs = first.probability[:, :, None] * second.probability[:, None, :]
        probability = pairs[:, :, :, None] * third.probability[:, None, None, :]
        return Reading(features, probability.reshape(len(image), -1))


def judge(section: config.Data, dataset: data.Dataset, progress: OnStep) -> Judge | StackedJudge:
    """The judge of a data set: from the cache, or trained now and put there.

    Args:
      section: the config's section.
      dataset: its training split.
      progress: called with (steps done, steps in all) while one is trained.
    """
    if section.name != "stacked_mnist":
        return judge_of(dataset, progress)
    digits = dataclasses.replace(section, name="mnist", channels=1)
    return StackedJudge(judge_of(data.load(digits, "train"), progress))
