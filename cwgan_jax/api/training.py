"""`fit`: the engine of train.py, for data in memory."""

import contextlib
import io
import os
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ml_collections

from cwgan_jax import cli, data
from cwgan_jax import config as config_
from cwgan_jax.api import backend, inputs
from cwgan_jax.api.interrupt import Interrupt
from cwgan_jax.api.model import Model, open_run
from cwgan_jax.common import packages
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.data import Dataset
from cwgan_jax.data.axes import axes_of
from cwgan_jax.training import loop, plan

RECIPES = {"images": "folder", "signals": "signals", "tables": "table"}
"""The recipe of a kind of data, where none is named."""
_MORE = RECIPES | {"tables": "arrays:tables"}
"""Where the condition is more than one class."""
_OTHER = "folder"


def fit(
    x: Any = None,
    condition: Any = None,
    *,
    config: str | os.PathLike[str] | None = None,
    steps: int | None = None,
    workdir: str | os.PathLike[str] | None = None,
    seed: int = 0,
    test: float = 0.1,
    progress: bool = True,
    settings: Mapping[str, Any] | None = None,
) -> Model:
    """Trains a generator of examples like `x`, given their conditions; docs/python.md has the details.

    Args:
      x: an array [N, ...] (u8: pictures; numbers: signals, fields, volumes), or a table: a DataFrame, or
        columns by name. None: the recipe's own data.
      condition: for each example a value or several: an array [N] or [N, k], names, captions or lists of
        labels; columns by name; of a table also names of its columns. None: no condition.
      config: a recipe, by name (`signals`, `digits:quick`) or as a file. None: `folder` for pictures, fields
        and volumes, `signals` for signals, `table` for tables, or `arrays:tables` where their condition is
        not one class.
      steps: how many; None: as the recipe says.
      workdir: the run's folder, where it goes on; None: a temporary one, which goes with the model.
      seed: of every random number.
      test: share of the examples that is held out, to measure with.
      progress: whether to say how far it is.
      settings: values of the config by their dotted key: `{"model.features": 16}`.

    Raises:
      UserError: a DataError, ConfigError, CheckpointError or DivergedError; one line.
      KeyboardInterrupt: it was interrupted, and saved.
    """
    packages.check()
    cli.ask_for_same_bits()
    texts = {key: _text(value) for key, value in (settings or {}).items()} | {"seed": str(seed)}
    texts |= {} if steps is None else {"train.steps": _text(steps)}
    with contextlib.ExitStack() as unless_kept:
        folder = Path(tempfile.mkdtemp(prefix="cwgan-") if workdir is None else workdir)
        if workdir is None:
            unless_kept.callback(shutil.rmtree, folder, ignore_errors=True)
        planned = _plan(x, condition, config, texts, folder, test)
        for line in planned.dataset.warnings:
            warnings.warn(line, stacklevel=2)
        _run(planned, folder, progress)
        model = open_run(folder)
        model.owns(unless_kept.pop_all().close)
    return model


def _plan(
    x: Any,
    condition: Any,
    recipe: str | os.PathLike[str] | None,
    texts: Mapping[str, str],
    folder: Path,
    test: float,
) -> plan.Plan:
    """The run; everything that is wrong with the data or the config is said here."""
    if x is None:
        if recipe is None:
            raise ConfigError("x and config are both missing; give examples, or the name of a recipe")
        if condition is not None:
            raise ConfigError("condition is given without x; give the examples too")
        resolved = _one(config_.resolve(_recipe(recipe, texts), texts))
        if resolved.data.domains:
            raise ConfigError(
                f"config.data.domains={resolved.data.domains}: it translates, and a Model draws from latents;"
                " use train.py, then sample.py --format=translate"
            )
        cli.set_up_jax(resolved)
        return plan.make(resolved)
    section = _section(x, condition, texts, folder, test)
    of_data = {key: text for key, text in texts.items() if key.startswith("data.")}
    dataset = data.load(config_.resolve(ml_collections.ConfigDict({"data": section}), of_data).data, "train")
    usual = RECIPES if dataset.class_names or not dataset.schema else _MORE
    file = _recipe(recipe or usual.get(dataset.kind, _OTHER), texts)
    file.data = section
    _fit_batch(file, dataset, texts)
    resolved = _one(config_.resolve(file, texts))
    cli.set_up_jax(resolved)
    return plan.make(resolved, dataset)


def _one(resolved: Config) -> Config:
    """The config of one run."""
    if resolved.train.seeds > 1:
        raise ConfigError(
            f"config.train.seeds={resolved.train.seeds}: fit trains one model; call it for each seed"
        )
    return resolved


def _section(x: Any, condition: Any, texts: Mapping[str, str], folder: Path, test: float) -> dict[str, Any]:
    """The config's section `data` for examples that are written into the run's folder."""
    given = inputs.read(x, condition)
    path = inputs.write(given, folder)
    own = {key: text for key, text in texts.items() if key.startswith("data.")}
    if own.keys() & {"data.name", "data.file", "data.key", "data.condition"}:
        raise ConfigError("settings: data.name, file, key and condition follow from x and condition")
    section = {
        "name": "arrays",
        "file": str(path.absolute()),
        "key": ",".join(given.keys),
        "condition": ",".join(given.condition),
        "test": str(test),
    }
    if not given.table:
        axes = axes_of(given.columns[inputs.EXAMPLES].shape, own.get("data.axes", ""), inputs.EXAMPLES)
        section["axes"] = axes.letters
    return section


def _recipe(name: str | os.PathLike[str], texts: Mapping[str, str]) -> ml_collections.ConfigDict:
    """A recipe; where another number of steps is asked for, its learning rates fall until then."""
    file = cli.load_config(Path(name))
    ramp = file.get("ramp", {})
    if "train.steps" in texts and ramp.get("end") and "ramp.end" not in texts:
        ramp["end"] = int(texts["train.steps"])
    return file


def _fit_batch(file: ml_collections.ConfigDict, dataset: Dataset, texts: Mapping[str, str]) -> None:
    """Lowers a recipe's batch to the number of examples, where they are fewer."""
    train = file.get("train", ml_collections.ConfigDict())
    wanted = train.get("batch_size", Config().train.batch_size)
    if "train.batch_size" not in texts and isinstance(wanted, int) and wanted > dataset.size:
        train["batch_size"] = dataset.size
        file.train = train


def _text(value: Any) -> str:
    """A value of the config as a command line has it."""
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _run(planned: plan.Plan, folder: Path, progress: bool) -> None:
    """Trains; KeyboardInterrupt if it was stopped."""
    stop = Interrupt()
    with contextlib.ExitStack() as quiet, backend.kept():
        if not progress:
            quiet.enter_context(contextlib.redirect_stdout(io.StringIO()))
            quiet.enter_context(contextlib.redirect_stderr(io.StringIO()))
        try:
            status = loop.run(planned, folder, stop=stop)
        except SystemExit as end:  # while it prepared itself
            status = int(end.code or 0)
    if status:
        raise KeyboardInterrupt(f"interrupted; fit(..., workdir={str(folder)!r}) goes on, load() opens it")
