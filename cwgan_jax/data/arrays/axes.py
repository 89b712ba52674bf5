"""Which axis of an array is which, whatever order they are stored in: examples, space or time, channels."""

import re
from typing import NamedTuple

import numpy as np

from cwgan_jax.common.errors import DataError

Shape = tuple[int, ...]

_FEW = 16  # the most channels that an array is guessed to have
_RATIO = 2  # how much longer the other axes must be, in two and three dimensions
_SERIES_RATIO = 4  # in one, where a field of one channel has as many axes
_COLOURS = 4  # up to so many are channels, whatever the other axes
_LETTERS = re.compile(r"[A-Z]+")
KINDS = ("tables", "signals", "fields", "volumes")
"""By the number of axes besides examples and channels."""


class Axes(NamedTuple):
    """What the axes of an array are.

    Attributes:
      letters: one for each axis: N the examples, C the channels (or none: there is one), any other letters
        the axes between.
      asked: whether the config says so; otherwise it is a guess.
    """

    letters: str
    asked: bool

    @property
    def inner(self) -> int:
        """How many axes there are besides examples and channels."""
        return len(self.letters.replace("N", "").replace("C", ""))

    @property
    def kind(self) -> str:
        """The kind of data that such an array of numbers is, key of `kinds.KINDS`."""
        return KINDS[self.inner]

    def moved(self, array: np.ndarray) -> np.ndarray:
        """The array as [N, ..., C], a view; a missing axis of channels is added."""
        if "C" not in self.letters:
            array = array[..., None]
        letters = self.letters + ("" if "C" in self.letters else "C")
        return np.moveaxis(array, (letters.index("N"), letters.index("C")), (0, -1))

    def restored(self, array: np.ndarray) -> np.ndarray:
        """What `moved` was given, of what it returned."""
        if "C" not in self.letters:
            return np.moveaxis(array[..., 0], 0, self.letters.index("N"))
        return np.moveaxis(array, (0, -1), (self.letters.index("N"), self.letters.index("C")))

    @property
    def summary(self) -> str:
        """What was understood, for people."""
        return self.letters if self.asked else f"{self.letters}, a guess: data.axes says otherwise"


def axes_of(shape: Shape, asked: str, what: str) -> Axes:
    """What the axes of an array are: as the config says, or as a rule guesses.

    The rule: examples come first. Of the other axes the last, or else the first, is the channels where it is
    short: at most 4 and shorter than the others, or at most 16 and the others at least twice as long, or
    four times where there is one other axis alone. An array without such an axis has one channel. So [N, 128]
    is NL, [N, 128, 6] NLC, [N, 12, 1000] NCL, [N, 28, 28] NHW, [N, 3, 64, 64] NCHW, [N, 32, 32, 32] NXYZ.

    Args:
      shape: of the array.
      asked: `data.axes`; empty: the rule decides.
      what: the array's name, for messages.

    Raises:
      DataError: the letters are not right for the shape, or there are too few or too many axes.
    """
    given = f"{what} {list(shape)}"
    if asked:
        return Axes(_checked(asked.upper(), shape, given), True)
    if len(shape) < 2:
        raise DataError(f"{given}: an array of examples has at least two axes, the first for the examples")
    if len(shape) == 2:
        return Axes("NL", False)
    inner, channels = shape[1:], _channels(shape[1:])
    names = {1: "L", 2: "HW", 3: "XYZ"}.get(len(inner) - (channels is not None))
    if names is None:
        raise DataError(
            f"{given}: {len(shape)} axes are more than examples, three of space and channels; write each"
            " example with fewer, or say which is which (config.data.axes=NXYZC)"
        )
    letters = names if channels is None else names[:channels] + "C" + names[channels:]
    return Axes("N" + letters, False)


def _channels(inner: Shape) -> int | None:
    """The place of the channels among the axes of an example, the last or the first; None: neither."""
    ratio = _SERIES_RATIO if len(inner) == 2 else _RATIO
    for place in (len(inner) - 1, 0):
        length, others = inner[place], inner[:place] + inner[place + 1 :]
        few = length <= _COLOURS and length < min(others)
        if few or (length <= _FEW and min(others) >= ratio * length):
            return place
    return None


def _checked(letters: str, shape: Shape, given: str) -> str:
    setting = f"config.data.axes={letters}"
    if not _LETTERS.fullmatch(letters) or letters.count("N") != 1 or len(set(letters)) < len(letters):
        raise DataError(
            f"{setting}: write a letter for each axis, N for the examples, C for the channels if they have"
            " one, others for the rest: NL, NLC, NCL, NHW, NHWC, NCHW, HWCN"
        )
    if len(letters) != len(shape):
        raise DataError(f"{setting}: {len(letters)} axes, but {given} has {len(shape)}; give as many")
    inner = len(letters.replace("N", "").replace("C", ""))
    if inner >= len(KINDS) or len(letters) < 2:
        raise DataError(
            f"{setting}: besides N and C there may be one axis to three; write examples with fewer"
        )
    return letters
