"""What sample.py is to draw, what it has written, and what a format is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.rows import Rows, spread

MOST = 10_000  # examples on a sheet
_MANY = 100  # classes on a sheet, unless more are chosen
_EACH = 10  # examples of each condition, where they go on a sheet
_ROWS = 10  # conditions that are no classes, and that nobody chose


class Sweep(NamedTuple):
    """One part of a condition from value to value.

    Attributes:
      part: its name.
      values: in the order of the columns, in the user's terms.
      fine: those of the frames of a GIF.
      hop: every so many of `fine` is the next of `values`.
    """

    part: str
    values: list[Any]
    fine: list[Any]
    hop: int


class DrawRequest(NamedTuple):
    """What to draw.

    Attributes:
      rows: the conditions.
      each: examples of each, or what the format has in their place.
      seed: of the latents.
      out: the folder to write to; of a format that writes one file, perhaps that file.
      truncation: psi, see `generation.generate`.
      interpolation: key of `interpolate.INTERPOLATIONS`.
      crossover: the first layer with the fine style; None: half of the layers are coarse.
      overwrite: whether files of the same name and other content are replaced.
      sweep: what goes from value to value; None: nothing does.
    """

    rows: Rows
    each: int
    seed: int
    out: Path
    truncation: float = 1.0
    interpolation: str = "spherical"
    crossover: int | None = None
    overwrite: bool = False
    sweep: Sweep | None = None


class Drawing(NamedTuple):
    """What was written.

    Attributes:
      path: a file, or a folder.
      rows: of the sheet, or conditions in the folder or file.
      columns: examples in each.
    """

    path: Path
    rows: int
    columns: int


def as_many_as_fit(model: Model, rows: int) -> int:
    """10 examples of each condition, or as many as go on a sheet with so many conditions."""
    del model
    return max(1, min(_EACH, MOST // rows))


class Format(NamedTuple):
    """One of the formats of sample.py, with its defaults.

    To add one, write a file like `grid.py`, and one line of `formats.FORMATS`.

    Attributes:
      draw: (model, request) -> what was written. Raises ConfigError if the model cannot do that, or if it is
        too much for one sheet.
      about: what it writes, for people.
      options: those of --truncation, --interpolation, --crossover and --sweep that it reads; others are
        refused.
      most: how many conditions it shows if none are chosen, evenly spread over them; None: all classes.
      series: how many series of latents it shows of a generator without conditions.
      each: (model, number of conditions) -> examples of each, if --count does not say.
      own_folder: whether it writes to a folder of its own, if --out does not say where.
    """

    draw: Callable[[Model, DrawRequest], Drawing]
    about: str
    options: tuple[str, ...] = ("truncation",)
    most: int | None = _MANY
    series: int = 1
    each: Callable[[Model, int], int] = as_many_as_fit
    own_folder: bool = False

    def rows(self, model: Model) -> Rows:
        """The conditions it shows if none are chosen; ConfigError as in `rows.spread`."""
        if not model.schema:
            return model.classes(range(self.series))
        total = len(model.class_names) or _ROWS
        return model.asked(spread(model.schema, min(total, self.most or total)))
