"""The section of a config about the data."""

import dataclasses
import re

from cwgan_jax.common import options


def height_width(size: int | str) -> tuple[int, int]:
    """H and W of a size: 64 or 64x96."""
    height, _, width = str(size).partition("x")
    return int(height), int(width or height)


def _is_size(size: int | str) -> bool:
    if isinstance(size, str) and not re.fullmatch(r"[1-9]\d{0,3}x[1-9]\d{0,3}", size, re.ASCII):
        return False
    return all(8 <= side <= 1024 for side in height_width(size))


@dataclasses.dataclass(frozen=True)
class Data:
    """Which examples, and in which form they reach the networks.

    Attributes:
      name: `digits` (bundled), `rotated_digits` or `coloured_digits` (drawn from these, with numbers or
        captions that are known exactly), `folder` (one folder of pictures per class), `stacked_mnist` (three
        digits of MNIST as one RGB picture), `normal`, `ring` or `grid` (points, see `data.mixtures`), or the
        name of a TFDS image-classification set.
      dir: where the files are: the picture folders for `folder` (see `data.listing`); MNIST-format files,
        which are used if they are there, under any usual name (see `data.idx_files`); otherwise the TFDS data
        folder. Empty: TFDS's own default.
      condition: the columns that make the condition, with commas between them: of the metadata of `folder`
        (and `class`, the class folders), or keys or columns of `arrays`. Empty: the class folders.
      types: what columns are where their values do not say it, `power=number,digit=class`; see
        `data.reading_conditions`.
      size: height and width of the images in pixels, a number, or HEIGHTxWIDTH as in 64x96; convolutions take
        multiples of 4 from 16 to 256.
      channels: 1 (grey), 3 (RGB), 4 (RGB and alpha), or none: grey or RGB, as the data set has them.
      dtype: how images are stored: `uint8`, or `float32` for those of 16 bits, whose values are then kept.
      mirror: whether half of the real images are mirrored, left to right, each time anew.
      balanced: whether every class is used equally often, however many images it has; see `data.order`.
      resident_mib: a data set that takes more, as u8 in its final form, is streamed from disk instead of
        lying in the memory of every device.
      vicinity: which real examples stand for the numbers of a condition: `none`, those that have them; `hard`
        or `soft`, also those near them, see `data.vicinity`.
      vicinity_sigma: deviation of the noise on the numbers asked for, in deviations of the training data;
        none: by a rule of thumb.
      vicinity_radius: what is near, in deviations of the training data; none: by a rule of thumb.
    """

    name: str = options.option(
        "digits",
        "digits, rotated_digits, coloured_digits, folder, stacked_mnist, normal, ring, grid or the name of a"
        " TFDS data set",
        lambda v: v != "",
    )
    dir: str = options.text("", "a folder, or nothing")
    condition: str = options.text("", "names of columns, with commas between them, or nothing")
    types: str = options.text("", "column=type, with commas between them, or nothing")
    size: int | str = options.option(
        32, "a whole number in [8, 1024], or HEIGHTxWIDTH of two such numbers, as in 64x96", _is_size
    )
    channels: int | None = options.choice(None, 1, 3, 4, None)
    dtype: str = options.choice("uint8", "uint8", "float32")
    mirror: bool = options.option(False, "true or false", lambda _: True)
    balanced: bool = options.option(False, "true or false", lambda _: True)
    resident_mib: int = options.count(4096, low=0)
    vicinity: str = options.choice("none", "none", "hard", "soft")
    vicinity_sigma: float | None = options.real(None, "a number >= 0 or none", lambda v: v >= 0)
    vicinity_radius: float | None = options.real(None, "a number >= 0 or none", lambda v: v >= 0)

    @property
    def height_width(self) -> tuple[int, int]:
        """H and W of the images."""
        return height_width(self.size)
