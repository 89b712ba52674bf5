"""Experiment trackers, each with its real library and without a network."""

import json
import sqlite3
import time

import pytest
from conftest import make_config
from PIL import Image

from cwgan_jax.common.errors import ConfigError, DataError
from cwgan_jax.training import trackers
from cwgan_jax.training.trackers import Sink, Tracker


def opened(name, workdir):
    return Tracker(make_config(log__tracker=name, log__project="ants"), workdir)


def send(tracker, step):
    tracker.numbers(step, {"gap": step / 2, "quality/frechet": 1.5})
    tracker.picture(step, "samples", Image.new("RGB", (4, 4), (step, 0, 0)))
    tracker.close()


def test_none_writes_nothing(tmp_path):
    send(opened("none", tmp_path), 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore")  # the libraries' own
def test_wandb_offline(tmp_path, monkeypatch):
    pytest.importorskip("wandb", reason="pip install '.[wandb]'")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    for step in (1, 2):  # a run, and the same resumed
        send(opened("wandb", tmp_path), step)
    assert len(json.loads((tmp_path / "tracker.json").read_text())["wandb"]) == 8
    words = (b"quality/frechet", b"optimizer.beta1")
    for _ in range(100):  # its own process writes the file
        written = [path.read_bytes() for path in tmp_path.rglob("*.wandb")]
        if whole := len(written) == 2 and all(word in content for content in written for word in words):
            break
        time.sleep(0.1)
    assert whole
    assert len(list(tmp_path.rglob("media/images/*.png"))) == 2


@pytest.mark.filterwarnings("ignore")
def test_trackio_keeps_it_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    pytest.importorskip("trackio", reason="pip install '.[trackio]'")
    (tmp_path / "run").mkdir()
    for step in (1, 2):
        send(opened("trackio", tmp_path / "run"), step)
    name = json.loads((tmp_path / "run/tracker.json").read_text())["trackio"]
    (file,) = (tmp_path / "trackio").glob("ants*.db")
    with sqlite3.connect(file) as database:
        rows = database.execute("select run_name, step, metrics from metrics order by step").fetchall()
    database.close()
    assert {row[0] for row in rows} == {name}
    values = {}
    for _, step, metrics in rows:
        values.setdefault(step, {}).update(json.loads(metrics))
    assert {step: value["gap"] for step, value in values.items()} == {1: 0.5, 2: 1.0}


@pytest.mark.filterwarnings("ignore")
def test_mlflow_in_a_file(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow", reason="pip install '.[mlflow]'")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)  # where it puts pictures
    (tmp_path / "run").mkdir()
    for step in (1, 2):
        send(opened("mlflow", tmp_path / "run"), step)
    run = json.loads((tmp_path / "run/tracker.json").read_text())["mlflow"]
    client = mlflow.MlflowClient()
    assert [(x.step, x.value) for x in client.get_metric_history(run, "gap")] == [(1, 0.5), (2, 1.0)]
    assert client.get_run(run).data.params["train.batch_size"] == "8"
    assert client.get_run(run).info.status == "FINISHED"


def test_a_missing_package_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "wandb", None)
    with pytest.raises(DataError, match=r"config.log.tracker=wandb takes wandb.*pip install wandb"):
        opened("wandb", tmp_path)


def test_what_cannot_be_opened_is_refused_and_what_fails_later_is_said_once(tmp_path, monkeypatch, capsys):
    def refuse(where, options):
        raise RuntimeError("no\nkey")

    monkeypatch.setitem(trackers.TRACKERS, "mlflow", ("json", refuse))
    with pytest.raises(ConfigError, match=r"^config.log.tracker=mlflow: RuntimeError: no key; leave it out"):
        opened("mlflow", tmp_path)

    def fail(*_):
        raise OSError("gone")

    sink = Sink("7", fail, fail, fail)
    monkeypatch.setitem(trackers.TRACKERS, "mlflow", ("json", lambda where, options: sink))
    tracker = opened("mlflow", tmp_path)
    for step in (1, 2):
        tracker.numbers(step, {"gap": 1.0})
    tracker.close()
    assert capsys.readouterr().err == "warning: mlflow: OSError: gone; the run goes on without it\n"
