"""`Model`, a trained generator in Python, and `load`."""

import base64
import io
import os
import shutil
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cwgan_jax import cli, pretrained
from cwgan_jax.api import backend, units
from cwgan_jax.api import conditions as asked
from cwgan_jax.checkpoint import packed
from cwgan_jax.common.errors import CheckpointError, ConfigError, DataError
from cwgan_jax.data.conditions.reading import told
from cwgan_jax.report.evaluators import EVALUATORS, Options
from cwgan_jax.sampling import load as load_
from cwgan_jax.sampling.rows import Rows


class Model:
    """A trained generator.

    Attributes:
      step: n, how many steps it was trained for.
      workdir: the folder of its run, or of its checkpoint.
    """

    def __init__(self, model: load_.Model, workdir: Path, folder: Path) -> None:
        """Wraps what `load` has read.

        Args:
          model: the generator.
          workdir: the folder of its run.
          folder: of its checkpoints.
        """
        self._model, self._folder = model, folder
        self.step, self.workdir = model.step, workdir

    @property
    def engine(self) -> load_.Model:
        """What it draws with: stored examples from latents and condition vectors."""
        return self._model

    @property
    def kind(self) -> str:
        """The kind of data: images, signals, fields, volumes, tables or points."""
        return str(self._model.data["kind"])

    @property
    def classes_(self) -> tuple[str, ...]:
        """The names of the classes, where a condition is a class and nothing else; otherwise none."""
        return self._model.class_names

    @property
    def conditions_(self) -> dict[str, str]:
        """What a condition consists of, in its order: name -> what it is, with its range or its classes."""
        return {part.name: told((part,))[len(part.name) + 2 : -1] for part in self._model.schema}

    @property
    def config(self) -> Any:
        """The config it was trained with."""
        return self._model.config

    def sample(self, condition: Any = None, count: int = 1, *, seed: int = 0, truncation: float = 1.0) -> Any:
        """Draws examples in the units, types and axes of the training data.

        The same seed gives the same examples, whatever else is drawn: those of `sample.py`.

        Args:
          condition: what to draw, R conditions: a list with a row of values for each, in the order of
            `conditions_`, or single values where there is one part alone (`["cat", "dog"]`, `[0.3, 1.2]`);
            columns by name (a mapping or a DataFrame), where a single value stands for all rows; or one
            condition, such as a caption or `"power=0.3,angle=45"`. None: every class; of a model without
            conditions nothing else is possible.
          count: examples of each condition.
          seed: of the latents.
          truncation: psi: below 1 more typical examples, and less variety; 1: none.

        Returns:
          An array [R * count, ...], all examples of a condition one after another; of a table a DataFrame
          with the conditions in further columns (a dict of columns where pandas is not installed).

        Raises:
          DataError: there is no such condition, or it cannot be read.
        """
        if count < 1:
            raise ConfigError(f"count={count}: it must be at least 1")
        rows = self._rows(condition)
        drawn = self._model.rows(rows, count, seed=seed, truncation=truncation)
        beside = {name: np.repeat(column, count) for name, column in rows.columns.items()}
        return units.restored(self._model, drawn.reshape(-1, *drawn.shape[2:]), beside)

    def _rows(self, condition: Any) -> Rows:
        schema, names = self._model.schema, self._model.class_names
        if not schema:
            if condition is not None:
                raise DataError("this model was trained without conditions; leave condition out")
            return self._model.classes([0])
        if condition is None and not names:
            raise DataError(f"condition is missing: say what to draw; this model takes {told(schema)}")
        columns = asked.read(schema, list(names) if condition is None else condition)
        rows = self._model.asked(columns)
        asked.warn_outside(schema, columns)
        return rows

    def evaluate(self, samples: int = 1000, seeds: int = 1) -> dict[str, dict[str, Any]]:
        """Measures generated examples against held-out real ones, as `evaluate.py` does.

        The data must lie where they lay at the training.

        Args:
          samples: generated examples of one set.
          seeds: sets, with seeds 1, 2, ...

        Returns:
          Figure -> its title, its `value` (the median of the sets), its `floor` (of real examples), and more.

        Raises:
          DataError: the data are no longer there.
          ConfigError: there are no figures for this kind of data.
        """
        if self.kind not in EVALUATORS:
            raise ConfigError(f"{self.kind} cannot be evaluated yet, only {', '.join(EVALUATORS)}")
        evaluator = EVALUATORS[self.kind]
        options = Options("newest", samples, range(1, seeds + 1), None, False)
        reference = evaluator.reference(self._model, self.config.data, options)
        metrics: dict[str, dict[str, Any]] = evaluator.measure(self._model, reference, options).quality[
            "metrics"
        ]
        return metrics

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Copies the checkpoint, with everything that is needed to draw or to train on; not the data.

        Args:
          folder: a new or an empty one; `load` and the commands take it.

        Raises:
          CheckpointError: there is something in it.
        """
        path = Path(folder)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise CheckpointError(f"{path}: there is something already; choose another folder")
        source, target = self._folder / str(self.step), path / "checkpoints" / str(self.step)
        if packed.about(self._folder):
            path.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._folder, path / packed.IN_FOLDER)
            return path
        if not source.exists():
            raise CheckpointError(f"{source}: the checkpoint is gone; it cannot be copied")
        temporary = target.with_name(f".{target.name}.tmp")
        shutil.copytree(source, temporary)
        temporary.replace(target)
        return path

    def owns(self, remove: Callable[[], None]) -> None:
        """Calls a function when the model is no longer used."""
        weakref.finalize(self, remove)

    def sheet(self, count: int = 10, *, seed: int = 0) -> Image.Image:
        """A picture of `count` examples of each of several conditions, as `sample.py` makes it.

        Raises:
          ConfigError: the conditions are texts, of which there is none by itself; or it would be too large.
        """
        with backend.kept():
            return units.sheet(self._model, count, seed)

    def __repr__(self) -> str:
        """On one line."""
        what = f", given {told(self._model.schema)}" if self._model.schema else ""
        return f"<Model of {self._model.kind.unit} at step {self.step}{what}>"

    def _repr_html_(self) -> str:
        """For notebooks: the line of `repr` above a sheet."""
        import html

        text = f"<p>{html.escape(repr(self)[1:-1])}</p>"
        try:
            picture = self.sheet()
        except (ConfigError, DataError):  # there is none of this kind, or of these conditions
            return text
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        return f'{text}<img src="data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"/>'


def load(path: str | os.PathLike[str], step: int | None = None) -> Model:
    """Opens a trained model.

    Args:
      path: the folder of a run, what `Model.save` wrote, one checkpoint, a packed file, or the name of a
        model that comes with the package, such as `digits`.
      step: which checkpoint; None: the newest that is whole.

    Raises:
      CheckpointError: there is none, or it is damaged.
    """
    cli.ask_for_same_bits()
    return open_run(pretrained.resolved(str(path)), step)


def open_run(workdir: Path, step: int | None = None) -> Model:
    """As `load`."""
    folder, named = load_.find(workdir)
    step = named if step is None else step
    model = load_.load(
        folder, step, set_up=cli.set_up_jax, warn=lambda line: warnings.warn(line, stacklevel=3)
    )
    return Model(model, workdir, folder)
