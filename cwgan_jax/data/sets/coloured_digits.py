"""The bundled digits in one of eight colours on another, each with a caption: "a red three on blue".

A tenth of the 560 combinations of a digit and two colours is left out of the training split, so that what a
model makes of captions that it has never seen can be measured.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from cwgan_jax import config
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions.parts import Text
from cwgan_jax.data.order import permutation
from cwgan_jax.data.sets import renderings
from cwgan_jax.data.source import Example, Source

COLOURS = {
    "black": (20, 20, 20),
    "white": (235, 235, 235),
    "red": (225, 25, 25),
    "green": (25, 170, 25),
    "blue": (25, 25, 225),
    "yellow": (235, 225, 25),
    "cyan": (25, 215, 225),
    "magenta": (215, 25, 215),
}
"""RGB in [0, 255]; those of pictures differ from these by up to 20 in each channel."""
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NEAR = 20
_SCALE = 3.4  # they are not turned, and may fill the picture
_SHARE = 0.1  # of the combinations held out


class Combination(NamedTuple):
    """What a picture shows.

    Attributes:
      digit: its number.
      ink: number of the colour of the strokes.
      paper: number of the colour behind them.
    """

    digit: int
    ink: int
    paper: int

    @property
    def caption(self) -> str:
        """As in "a red three on blue"."""
        names = tuple(COLOURS)
        return f"a {names[self.ink]} {DIGITS[self.digit]} on {names[self.paper]}"


def combinations() -> tuple[list[Combination], list[Combination]]:
    """All of them: those of the training split, and those that are held out."""
    count = len(COLOURS)
    every = [
        Combination(digit, ink, paper)
        for digit in range(len(DIGITS))
        for ink in range(count)
        for paper in range(count)
        if ink != paper
    ]
    order = permutation(0, 0, len(every))
    held_out = set(order[: round(_SHARE * len(every))].tolist())
    seen = [each for i, each in enumerate(every) if i not in held_out]
    return seen, [every[i] for i in sorted(held_out)]


def schema() -> conditions.Schema:
    """The caption, of words and pairs of words of the training split."""
    return (Text.of("caption", [each.caption for each in combinations()[0]]),)


def source(data: config.Data, split: str) -> Source:
    """Opens one split: eight 32x32 pictures of each digit of that split of `digits`, RGB.

    Args:
      data: the config's section; nothing in it matters here.
      split: "train" or "test"; only the test split has the combinations that are held out.
    """
    del data
    seen, held_out = combinations()
    digit, label = renderings.digits(split)
    possible: dict[int, list[Combination]] = {}
    for each in seen if split == "train" else [*seen, *held_out]:
        possible.setdefault(each.digit, []).append(each)
    drawn = renderings.uniform(3, split, len(label))
    shown = [possible[x][int(u * len(possible[x]))] for x, u in zip(label.tolist(), drawn, strict=True)]
    return pictures(digit, shown, renderings.uniform(4, split, 6 * len(label)).reshape(-1, 2, 3))


def pictures(digit: np.ndarray, shown: Sequence[Combination], noise: np.ndarray) -> Source:
    """Pictures of N digits.

    Args:
      digit: f32[N, 8, 8], see `renderings.digits`.
      shown: N combinations.
      noise: f[N, 2, 3] in [0, 1), for the colours of ink and paper.
    """
    colours = np.array(list(COLOURS.values()))[[each[1:] for each in shown]] + _NEAR * (2 * noise - 1)
    made = schema()
    condition = conditions.encode(made, {"caption": [each.caption for each in shown]})

    def read(numbers: Iterable[int]) -> Iterable[Example]:
        for i in numbers:
            share = renderings.ink(digit[i], scale=_SCALE)[..., None]
            yield np.rint(share * colours[i, 0] + (1 - share) * colours[i, 1]).astype(np.uint8), condition[i]

    return Source("coloured_digits", len(shown), 3, made, read, lambda: condition)
