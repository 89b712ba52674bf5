"""What sample.py is to draw, what it has written, and what a format is."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cwgan_jax.sampling.load import Model

MOST = 10_000  # images on a sheet
_MANY = 100  # classes on a sheet, unless more are chosen
_EACH = 10  # images of each class, where they go on a sheet


class DrawRequest(NamedTuple):
    """What to draw.

    Attributes:
      labels: the classes; for an unconditional generator they only number the latents.
      per_class: images of each class, or what the format has in their place.
      seed: of the latents.
      out: the folder to write to.
      truncation: psi, see `generation.generate`.
      interpolation: key of `interpolate.INTERPOLATIONS`.
      crossover: the first layer with the fine style; None: half of the layers are coarse.
      overwrite: whether files of the same name and other content are replaced.
    """

    labels: list[int]
    per_class: int
    seed: int
    out: Path
    truncation: float = 1.0
    interpolation: str = "spherical"
    crossover: int | None = None
    overwrite: bool = False


class Drawing(NamedTuple):
    """What was written.

    Attributes:
      path: a file, or a folder.
      rows: of the sheet, or classes in the folder.
      columns: examples in each.
    """

    path: Path
    rows: int
    columns: int


def as_many_as_fit(model: Model, classes: int) -> int:
    """10 images of each class, or as many as go on a sheet with so many classes."""
    del model
    return max(1, min(_EACH, MOST // classes))


class Format(NamedTuple):
    """One of the formats of sample.py, with its defaults.

    To add one, write a file like `grid.py`, and one line of `formats.FORMATS`.

    Attributes:
      draw: (model, request) -> what was written. Raises ConfigError if the model cannot do that, or if it is
        too much for one sheet.
      about: what it writes, for people.
      options: those of --truncation, --interpolation and --crossover that it reads; others are refused.
      classes: how many classes it shows if none are chosen, evenly spread over them; None: all.
      series: how many series of latents it shows of a generator without classes.
      per_class: (model, number of classes) -> images of each class, if --per_class does not say.
      own_folder: whether it writes to a folder of its own, if --out does not say where.
    """

    draw: Callable[[Model, DrawRequest], Drawing]
    about: str
    options: tuple[str, ...] = ("truncation",)
    classes: int | None = _MANY
    series: int = 1
    per_class: Callable[[Model, int], int] = as_many_as_fit
    own_folder: bool = False

    def labels(self, model: Model) -> list[int]:
        """The classes it shows if none are chosen."""
        count = len(model.class_names) or self.series
        shown = count if self.classes is None else min(count, self.classes)
        return [i * count // shown for i in range(shown)]
