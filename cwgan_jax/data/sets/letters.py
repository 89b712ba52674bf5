"""Capital letters in two typefaces, rendered from the fonts that come with Matplotlib.

`sans_letters` are DejaVu Sans, `serif_letters` DejaVu Serif Italic. Their licence (Bitstream Vera and Arev,
`LICENSE_DEJAVU` beside the files) lets anyone use, embed and pass them on; here they are only read where
Matplotlib is installed, and only pictures are made. Each letter is turned, resized and moved a little, at
random. In the test splits letter i of both sets has the same place, so that it is known what a translation
should be; in the training splits every picture has one of its own, so that there are no pairs.
"""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax import config
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.sets.renderings import uniform
from cwgan_jax.data.source import Example, Source

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIZE = 32  # pixels of a side; `data.load` makes of it what `data.size` asks for
FONTS = {"sans_letters": "DejaVuSans.ttf", "serif_letters": "DejaVuSerif-Italic.ttf"}
_EACH = {"train": 40, "test": 10}  # pictures of a letter
_HEIGHT = 22  # pixels of the em square, before it is resized
_TURN, _RESIZE, _MOVE = 8.0, 0.12, 1.5  # at most: degrees, share, pixels
_FINE = 4  # a letter is drawn so many times larger, and then reduced


def source(data: config.Data, split: str) -> Source:
    """Opens one split of the letters of a typeface, `data.name` of `FONTS`: 32x32, grey, white on black.

    Args:
      data: the config's section; nothing else in it matters here.
      split: "train" or "test".
    """
    label = np.repeat(np.arange(len(LETTERS)), _EACH[split])
    # The first words of the stream are those of the test split and of one set's training split.
    first = 4 * len(label) * (split == "train" and data.name == "serif_letters")
    number = uniform(5, split, first + 4 * len(label))[first:].reshape(-1, 4)
    place = 2 * number - 1  # in [-1, 1): turn, size, right, down

    def read(numbers: Iterable[int]) -> Iterable[Example]:
        for i in numbers:
            yield _drawn(FONTS[data.name], LETTERS[label[i]], tuple(place[i].tolist())), int(label[i])

    return Source(data.name, len(label), 1, of_classes(tuple(LETTERS)), read, lambda: label)


def _drawn(font: str, letter: str, place: tuple[float, ...]) -> np.ndarray:
    """u8[SIZE, SIZE], a letter in the middle, turned, resized and moved by shares in [-1, 1)."""
    from PIL import Image, ImageDraw

    side = _FINE * SIZE
    canvas = Image.new("L", (side, side))
    middle = side / 2
    ImageDraw.Draw(canvas).text((middle, middle), letter, 255, _font(font), anchor="mm")
    turn, size, right, down = place
    angle, scale = np.deg2rad(_TURN * turn), 1 + _RESIZE * size
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    x, y = (middle + _FINE * _MOVE * share for share in (right, down))
    # Where on the canvas a pixel's colour comes from: (x, y) -> (a x + b y + c, d x + e y + f).
    where = (cosine, -sine, middle - cosine * x + sine * y, sine, cosine, middle - sine * x - cosine * y)
    moved = canvas.transform(canvas.size, Image.Transform.AFFINE, where, Image.Resampling.BILINEAR)
    return np.asarray(moved.resize((SIZE, SIZE), Image.Resampling.BOX))


@functools.cache
def _font(name: str) -> Any:
    import matplotlib
    from PIL import ImageFont

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(str(path), _FINE * _HEIGHT, layout_engine=ImageFont.Layout.BASIC)
