"""Tables as data: the bundled ones, and a run from training to pictures, on one device, four, and resumed."""

import functools
import importlib.util
import json

import numpy as np
import pytest
import run_helpers as runs
from conftest import long, make_config
from PIL import Image

from cwgan_jax import data
from cwgan_jax.common.errors import ConfigError, DataError
from cwgan_jax.config import Data
from cwgan_jax.data.sets import package_tables
from cwgan_jax.evaluation import condition_monitor, reader
from cwgan_jax.kinds import tables as kind
from cwgan_jax.metrics import tables as metrics
from cwgan_jax.training import plan

TINY = {
    "data__name": "wine",
    "model__architecture": "table",
    "model__features": 4,
    "model__critic_features": 4,
    "model__dtype": "float64",
    "train__steps": 4,
    "train__sample_every": 4,
    "train__checkpoint_every": 2,
    "train__devices": 1,
    "train__ema_decay": 0.9,
}


def test_bundled_tables_of_scikit_learn():
    from sklearn.datasets import load_wine

    train, test = (data.load(Data(name="wine"), split) for split in ("train", "test"))
    assert (train.kind, train.shape, train.size + test.size) == ("tables", (13,), 178)
    assert train.class_names == ("class_0", "class_1", "class_2")
    assert train.scaling == test.scaling  # of the training rows
    again = data.load(Data(name="wine"), "train")
    assert data.fingerprint(train) == data.fingerprint(again) != data.fingerprint(test)
    rows = kind.rows(train, train.example, train.condition)
    wine = load_wine()
    own = wine.data[~package_tables.test_rows(wine.target)]
    np.testing.assert_allclose(np.stack([rows[name] for name in wine.feature_names], 1), own, rtol=1e-12)
    assert (rows["class"] == wine.target_names[wine.target[~package_tables.test_rows(wine.target)]]).all()
    share = [np.mean(test.label == c) - np.mean(train.label == c) for c in range(3)]
    assert np.abs(share).max() < 0.02


def test_tables_of_other_packages(monkeypatch):
    pytest.importorskip("statsmodels")
    train = data.load(Data(name="randhie"), "train")
    rows = kind.rows(train, train.example, train.condition)
    assert rows["mdvis"].dtype == np.int64
    assert set(rows["health"]) == {"excellent", "good", "fair", "poor"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"comes with statsmodels, .*: try pip install statsmodels"):
        data.load(Data(name="randhie"), "train")


def test_a_run_resumed(x64, tmp_path, monkeypatch, one_program):
    monkeypatch.setattr(kind, "_ROWS", 60)
    monkeypatch.setattr(metrics, "_TREES", 3)
    quick = functools.partial(reader.train, epochs=0, least=20)
    monkeypatch.setattr(condition_monitor, "reader", quick)
    cfg = make_config(**TINY, quality__every=2, quality__samples=100)
    assert runs.in_process(cfg, tmp_path / "whole", curves=True) == 0
    made = {path.name for path in (tmp_path / "whole").iterdir()}
    assert {"quality.png", "losses.png", "samples.gif", "quality.jsonl"} <= made
    lines = [json.loads(line) for line in (tmp_path / "whole" / "quality.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    own = {"marginal", "association", "c2st", "c2st_floor", "agreement"}
    assert lines[-1].keys() == {"step", "samples", "judge"} | own
    with Image.open(tmp_path / "whole" / "samples" / "000004.png") as sheet:
        assert sheet.width > 900
        assert sheet.height > 800
    step, whole = runs.final_state(tmp_path / "whole")
    monkeypatch.setattr(kind.pictures, "picture", lambda *_: Image.new("RGB", (8, 8)))  # seen above
    assert runs.in_process(make_config(**TINY), runs.rewound(tmp_path / "whole", tmp_path / "parts", 2)) == 0
    runs.assert_same(runs.final_state(tmp_path / "parts"), (step, whole))


@long
def test_four_devices_follow_one(x64, tmp_path):
    """In their weights; the figures are steps of them, see docs/scaling.md."""
    for devices in (1, 4):
        assert (
            runs.in_process(make_config(**TINY | {"train__devices": devices}), tmp_path / str(devices)) == 0
        )
    one, four = (runs.final_state(tmp_path / str(devices))[1] for devices in (1, 4))
    for path, leaf in one.items():
        np.testing.assert_allclose(four[path], leaf, rtol=1e-9, atol=1e-12, err_msg=path)


def test_what_does_not_go_together():
    with pytest.raises(ConfigError, match=r"=conv: not for config.data.name=wine, which are tables; use t"):
        make_config(data__name="wine")
    pytest.importorskip("statsmodels")
    wide = make_config(**TINY | {"data__name": "randhie", "model__choices": "gumbel", "model__latent": 4})
    with pytest.raises(ConfigError, match="takes 7 latents, one for each category; use at least 23"):
        plan.make(wide)
