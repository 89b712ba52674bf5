"""Experiment trackers: the numbers and sheets of a run, also in Weights & Biases, trackio or MLflow.

A tracker is a function (where, described) -> `Sink`, and one line of `TRACKERS`. Where it sends what it gets,
and whether it is offline, is said by its own settings (WANDB_MODE, TRACKIO_DIR, MLFLOW_TRACKING_URI, ...).
"""

import contextlib
import io
import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from cwgan_jax.common import packages
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.config import Config, to_dict

_FILE = "tracker.json"  # in a workdir: which run of the tracker it is


class Where(NamedTuple):
    """Which run of a tracker to open.

    Attributes:
      project: that the run belongs to.
      name: of the run.
      id: that it has had before; None: it is new.
      workdir: its folder.
    """

    project: str
    name: str
    id: str | None
    workdir: Path


class Sink(NamedTuple):
    """An open run of a tracker.

    Attributes:
      id: with which it is opened again.
      numbers: (step, values by name).
      picture: (step, name, picture).
      close: ends it.
    """

    id: str
    numbers: Callable[[int, Mapping[str, float]], Any]
    picture: Callable[[int, str, Image.Image], Any]
    close: Callable[[], Any]


def _wandb(where: Where, options: Mapping[str, Any]) -> Sink:
    import wandb

    run = wandb.init(
        project=where.project,
        name=where.name,
        id=where.id or secrets.token_hex(4),
        resume="allow",
        dir=where.workdir,
        config=dict(options),
        settings=wandb.Settings(console="off", silent=True),
    )
    return Sink(
        run.id,
        lambda step, values: run.log(dict(values), step=step),
        lambda step, name, picture: run.log({name: wandb.Image(picture)}, step=step),
        run.finish,
    )


def _trackio(where: Where, options: Mapping[str, Any]) -> Sink:
    import trackio

    name = where.id or f"{where.name}-{secrets.token_hex(2)}"
    quiet = lambda: contextlib.redirect_stdout(io.StringIO())  # noqa: E731 (it explains itself at length)
    with quiet():
        run = trackio.init(project=where.project, name=name, config=dict(options), resume="allow")

    def close() -> None:
        with quiet():
            run.finish()

    return Sink(
        name,
        lambda step, values: run.log(dict(values), step=step),
        lambda step, name, picture: run.log({name: trackio.Image(picture)}, step=step),
        close,
    )


def _mlflow(where: Where, options: Mapping[str, Any]) -> Sink:
    import mlflow
    from mlflow.entities import Metric, Param

    client = mlflow.MlflowClient()
    found = client.get_experiment_by_name(where.project)
    experiment = found.experiment_id if found else client.create_experiment(where.project)
    run = where.id or client.create_run(experiment, run_name=where.name).info.run_id
    if where.id is None:
        client.log_batch(run, params=[Param(key, str(value)[:6000]) for key, value in options.items()])
    else:
        client.update_run(run, status="RUNNING")

    def numbers(step: int, values: Mapping[str, float]) -> None:
        now = int(1000 * time.time())
        client.log_batch(run, metrics=[Metric(name, value, now, step) for name, value in values.items()])

    return Sink(
        run,
        numbers,
        lambda step, name, picture: client.log_image(run, picture, key=name, step=step),
        lambda: client.set_terminated(run),
    )


TRACKERS: dict[str, tuple[str, Callable[[Where, Mapping[str, Any]], Sink]]] = {
    "wandb": ("wandb", _wandb),
    "trackio": ("trackio", _trackio),
    "mlflow": ("mlflow", _mlflow),
}
"""By the value of `config.log.tracker`: the package, and how a run is opened. `none` has no line."""


class Tracker:
    """Sends to a tracker; what fails there is said once, and the run goes on without it."""

    def __init__(self, config: Config, workdir: Path) -> None:
        """Opens the run that the config asks for; none, if it asks for none.

        Raises:
          DataError: the package is missing.
          ConfigError: it cannot open a run.
        """
        self._name, self._sink = config.log.tracker, None
        if self._name == "none":
            return
        package, open_ = TRACKERS[self._name]
        key = f"config.log.tracker={self._name}"
        packages.need(package, package, key, "leave it out", extra=self._name)
        file = workdir / _FILE
        known = json.loads(file.read_text()) if file.exists() else {}
        where = Where(config.log.project, workdir.name, known.get(self._name), workdir)
        try:
            self._sink = open_(where, _flat(config))
        except Exception as error:
            raise ConfigError(f"{key}: {_line(error)}; leave it out to train without") from error
        write_whole(file, json.dumps(known | {self._name: self._sink.id}).encode())

    def numbers(self, step: int, values: Mapping[str, float]) -> None:
        """Sends numbers by name."""
        self._send(lambda sink: sink.numbers(step, values))

    def picture(self, step: int, name: str, picture: Image.Image) -> None:
        """Sends a picture."""
        self._send(lambda sink: sink.picture(step, name, picture))

    def close(self) -> None:
        """Ends the run of the tracker."""
        self._send(lambda sink: sink.close())
        self._sink = None

    def _send(self, send: Callable[[Sink], Any]) -> None:
        if self._sink is None:
            return
        try:
            send(self._sink)
        except Exception as error:
            self._sink = None
            line = f"warning: {self._name}: {_line(error)}; the run goes on without it"
            print(line, file=sys.stderr, flush=True)


def _flat(config: Config) -> dict[str, Any]:
    """Every option by its dotted key."""

    def walk(values: Mapping[str, Any], before: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in values.items():
            name = f"{before}{key}"
            found |= walk(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
        return found

    return walk(to_dict(config), "")


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
