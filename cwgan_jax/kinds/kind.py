"""A kind of data is a value: how it is stored, shown and measured."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from PIL import Image

from cwgan_jax.algorithms import State
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset
from cwgan_jax.data.codec import Codec
from cwgan_jax.evaluation.run import Run, Watch


class Monitor(Protocol):
    """Measures a run every so often; `quality.jsonl` of its workdir gets a line each time."""

    def add(self, step: int, state: State, watch: Watch) -> None:
        """Measures step n, reports and logs the figures."""


class Kind(NamedTuple):
    """A kind of data. To add one, write a file like `images.py` and one line of `KINDS`.

    For evaluate.py it needs a line of `report.evaluators.EVALUATORS` too, and for sample.py one of
    `sampling.formats.FORMATS`.

    Attributes:
      codec: how stored examples become what networks take, and back.
      unit: what examples are called, in the plural.
      sheet: (run, state, n) -> a picture of the examples of step n, and the examples on it.
      finish: (run, workdir, frames) -> further pictures at the end of a run; `frames` is how many sheets
        samples.gif shows.
      monitor: (run, workdir, first step, check) -> what measures; `check` is called now and then while it
        prepares itself, and may raise to stop.
      measurable: (config, dataset) -> the config as far as these data can be measured, and why they cannot be
        at all, or nothing. Raises ConfigError where the config asks for a figure that there is not.
      measures: what is measured on the way, for people.
    """

    codec: Codec
    unit: str
    sheet: Callable[[Run, State, int], tuple[Image.Image, np.ndarray]]
    finish: Callable[[Run, Path, int], Sequence[Path]]
    monitor: Callable[[Run, Path, int, Callable[[], None]], Monitor]
    measurable: Callable[[Config, Dataset], tuple[Config, str]]
    measures: Callable[[Config], str]
