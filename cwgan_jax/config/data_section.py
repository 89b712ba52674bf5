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


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _is_domains(text: str) -> bool:
    names = _names(text)
    return text in ("", "folder") or (len(names) == 2 and all(names) and "folder" not in names)


@dataclasses.dataclass(frozen=True)
class Data:
    """Which examples, and in which form they reach the networks.

    Attributes:
      name: `digits` (bundled), `rotated_digits` or `coloured_digits` (drawn from these, with numbers or
        captions that are known exactly), `turned_digits` (the same digits, on their sides), `sans_letters` or
        `serif_letters` (rendered from fonts), `folder` (one folder of pictures per class), `arrays` (a file
        of arrays or a table, see `data.arrays`), `appliances` (signals), `breast_cancer`, `wine`, `diamonds`
        or `randhie` (tables, see `data.sets.package_tables`), `stacked_mnist` (three digits of MNIST as one
        RGB picture), `normal`, `ring` or `grid` (points, see `data.sets.mixtures`), or the name of a TFDS
        image-classification set.
      domains: for algorithms that translate, the two sets between which they do, in place of `name`:
        `folder`, pictures in the folders trainA, trainB, testA and testB of `dir`; or two data sets of
        pictures by name, A and B, as in `digits,turned_digits`. Both get the other options of this section.
        Empty: there is one set, `name`.
      dir: where the files are: the picture folders for `folder` (see `data.folder.listing`); MNIST-format
        files, which are used if they are there, under any usual name (see `data.idx.files`); otherwise the
        TFDS data folder. Empty: TFDS's own default.
      file: of `arrays`: .npz, .npy, .h5, .hdf5, .mat, .csv, .tsv or .parquet.
      key: of `arrays`: the name of the array of examples in the file; of a table the columns that are
        generated, with commas. Empty: the only array that is not named elsewhere; all such columns.
      axes: of `arrays`, a letter for each axis: N the examples, C the channels, any other for the rest, as in
        NCL or NHWC; empty: a rule guesses, see `data.axes`.
      test: of `arrays`, the examples that are held out: a share such as 0.1, always of the same examples; an
        array or column that marks them; arrays of their own (`x_test,y_test`: the examples, then what
        corresponds to `condition`); or a file, .npy or .txt, of their numbers, from 0.
      condition: the columns that make the condition, with commas between them: of the metadata of `folder`
        (and `class`, the class folders), or keys or columns of `arrays`. Empty: the class folders.
      types: what columns are where their values do not say it, `power=number,digit=class`; see
        `data.conditions.reading`.
      size: height and width of the images in pixels, a number, or HEIGHTxWIDTH as in 64x96; convolutions take
        multiples of 4 from 16 to 256.
      resize: of `domains`: each picture is kept with this height and width, a number or HEIGHTxWIDTH, and at
        each step a random part of it is used that has `size` (CycleGAN: 286, of which 256); none: all of it.
      channels: 1 (grey), 3 (RGB), 4 (RGB and alpha), or none: grey or RGB, as the data set has them.
      dtype: how images are stored: `uint8`, or `float32` for those of 16 bits, whose values are then kept.
      examples: how many of the training examples are used, always the same ones; none: all of them.
      mirror: whether half of the real images are mirrored, left to right, each time anew.
      balanced: whether every class is used equally often, however many images it has; see `data.order`.
      resident_mib: a data set that takes more, as u8 in its final form, is streamed from disk instead of
        lying in the memory of every device.
      vicinity: which real examples stand for the numbers of a condition: `none`, those that have them; `hard`
        or `soft`, also those near them, see `data.conditions.vicinity`.
      vicinity_sigma: deviation of the noise on the numbers asked for, in deviations of the training data;
        none: by a rule of thumb.
      vicinity_radius: what is near, in deviations of the training data; none: by a rule of thumb.
    """

    name: str = options.option(
        "digits",
        "digits, rotated_digits, coloured_digits, turned_digits, sans_letters, serif_letters, folder, arrays,"
        " appliances, breast_cancer, wine, diamonds, randhie, stacked_mnist, normal, ring, grid, or the name"
        " of a TFDS set",
        lambda v: v != "",
    )
    domains: str = options.option(
        "", "folder, two names of data sets with a comma between them, or nothing", _is_domains
    )
    dir: str = options.text("", "a folder, or nothing")
    file: str = options.text("", "a file, or nothing")
    key: str = options.text("", "a name in the file, or nothing")
    axes: str = options.text("", "letters such as NCL, or nothing")
    test: str = options.text("0.1", "a share, names in the file or a file of numbers")
    condition: str = options.text("", "names of columns, with commas between them, or nothing")
    types: str = options.text("", "column=type, with commas between them, or nothing")
    size: int | str = options.option(
        32, "a whole number in [8, 1024], or HEIGHTxWIDTH of two such numbers, as in 64x96", _is_size
    )
    resize: int | str | None = options.option(
        None,
        "a whole number in [8, 1024], HEIGHTxWIDTH of two such numbers, or none",
        lambda v: v is None or _is_size(v),
    )
    channels: int | None = options.choice(None, 1, 3, 4, None)
    dtype: str = options.choice("uint8", "uint8", "float32")
    examples: int | None = options.count(None, low=2)
    mirror: bool = options.option(False, "true or false", lambda _: True)
    balanced: bool = options.option(False, "true or false", lambda _: True)
    resident_mib: int = options.count(4096, low=0)
    vicinity: str = options.choice("none", "none", "hard", "soft")
    vicinity_sigma: float | None = options.real(None, "a number >= 0 or none", lambda v: v >= 0)
    vicinity_radius: float | None = options.real(None, "a number >= 0 or none", lambda v: v >= 0)

    @property
    def pair(self) -> list[str]:
        """The names of the two sets of `domains`; of folders, and of one set, what it says."""
        return _names(self.domains)

    @property
    def height_width(self) -> tuple[int, int]:
        """H and W of the images."""
        return height_width(self.size)
