"""Points as data: the mixtures, the figures against closed forms, and a run from training to samples."""

import json

import numpy as np
import pytest
import run_helpers as runs
from cli_helpers import call, refused
from conftest import make_config, names
from PIL import Image
from scipy import stats

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data.sets.mixtures import MIXTURES
from cwgan_jax.kinds import points
from cwgan_jax.metrics import mixtures
from cwgan_jax.pictures import points as pictures


@pytest.mark.parametrize(("name", "modes", "size"), [("normal", 1, 1), ("ring", 8, 2), ("grid", 25, 2)])
def test_the_points_are_of_the_mixture_and_always_the_same(name, modes, size):
    train, test = (data.load(Data(name=name), split) for split in ("train", "test"))
    assert train.image.shape == (100_000, 1, 1, size)
    assert len(train.class_names) == modes
    mixture = MIXTURES[name]
    off = (train.image[:, 0, 0] - mixture.centre[train.label]) / mixture.deviation
    assert stats.kstest(off.ravel(), "norm").pvalue > 1e-3
    assert np.bincount(train.label).min() > 0.9 * 100_000 / modes
    again = data.load(Data(name=name), "train")
    assert data.fingerprint(train) == data.fingerprint(again) != data.fingerprint(test)
    moved = train._replace(example=train.image + np.float32(1e-3))  # lost if they were rounded to u8
    assert data.fingerprint(moved).whole != data.fingerprint(train).whole


def test_densities_have_an_integral_of_one():
    x = np.linspace(-8, 8, 2001)
    assert MIXTURES["normal"].density(x[:, None]).sum() * (x[1] - x[0]) == pytest.approx(1, rel=1e-6)
    np.testing.assert_allclose(MIXTURES["normal"].density(x[:, None]), stats.norm.pdf(x), rtol=1e-12)
    side = np.linspace(-1.2, 1.2, 801)  # a quarter of a deviation apart
    lattice = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    total = MIXTURES["ring"].density(lattice).sum() * (side[1] - side[0]) ** 2
    assert total == pytest.approx(1, rel=1e-3)


def test_the_distance_of_a_shifted_normal_is_the_shift():
    quantiles = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    found = mixtures.figures("normal", np.random.default_rng(0).permutation(quantiles)[:, None] + 0.7)
    assert found["wasserstein"] == pytest.approx(0.7, rel=1e-12)
    assert found["mean"] == pytest.approx(0.7, rel=1e-9)
    assert found["deviation"] == pytest.approx(1, rel=1e-2)
    stretched = mixtures.figures("normal", 2 * quantiles[:, None])
    assert stretched["wasserstein"] == pytest.approx(np.sqrt(2 / np.pi), rel=1e-2)  # E|x|


def test_transport_pairs_what_is_near():
    a = np.random.default_rng(0).standard_normal((50, 2))
    assert mixtures.transport(a, a[::-1] + np.array([3.0, 4.0])) == pytest.approx(5)


def test_modes_are_counted_and_strays_told():
    real = data.load(Data(name="grid"), "test").image[:, 0, 0]
    whole = mixtures.figures("grid", real)
    assert whole["modes"] == 25
    assert whole["high_quality"] == pytest.approx(1 - np.exp(-4.5), abs=0.01)  # three deviations in the plane
    some = real[np.abs(real).max(1) < 3]
    assert mixtures.figures("grid", some)["modes"] == 9
    strays = mixtures.figures("grid", real + 1)  # between the centres
    assert (strays["modes"], strays["high_quality"]) == (0, 0)
    assert strays["wasserstein"] > whole["wasserstein"]


CHANGES = {
    "model__architecture": "points",
    "model__conditional": "false",
    "model__features": 4,
    "train__steps": 4,
    "train__sample_every": 2,
    "train__checkpoint_every": 2,
    "quality__every": 2,
    "train__devices": 1,
}


@names(["normal", "grid"], "grid")
def test_a_run_from_training_to_samples(name, tmp_path, monkeypatch):
    monkeypatch.setattr(points, "COUNT", 500)
    monkeypatch.setattr(points, "_FINE", 11)
    monkeypatch.setattr(mixtures, "_TRANSPORT", 100)
    workdir = tmp_path / "run"
    loss = (
        {"objective__loss": "non_saturating", "objective__penalties__interpolates__weight": 0}
        if name == "normal"
        else {}
    )
    assert runs.in_process(make_config(data__name=name, **CHANGES, **loss), workdir, curves=True) == 0
    made = {path.name for path in workdir.iterdir()}
    assert {"times.png", "wasserstein.png", "losses.png", "samples.gif", "quality.jsonl"} <= made
    lines = [json.loads(line) for line in (workdir / "quality.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    assert lines[-1].keys() >= {"wasserstein", "critic_estimate"}
    status, said, _ = call("evaluate", f"--workdir={workdir}", "--samples=1000", "--seeds=2")
    assert status == 0
    assert "Wasserstein distance" in said
    step = json.loads((workdir / "quality-step4-x1000-seeds1-2.json").read_text())["steps"][0]
    assert step["metrics"]["wasserstein"]["value"] > step["metrics"]["wasserstein"]["floor"]  # untrained
    for entry in ("evaluate", "sample"):
        said = refused(entry, f"--workdir={workdir}", "--truncation=0.5")
        assert said == "error: --truncation=0.5: not for points; leave it out"
    out = f"--out={tmp_path / 'drawn'}"
    assert call("sample", f"--workdir={workdir}", "--format=folder", "--count=7", out)[0] == 0
    rows = (tmp_path / "drawn" / "points-step4-x7-seed0.csv").read_text().splitlines()
    assert len(rows) == 8
    assert rows[0] == ("x" if name == "normal" else "x,y")
    assert (tmp_path / "drawn" / "points-step4-x7-seed0.png").exists()


def test_ten_times_of_a_run_on_one_sheet(tmp_path):
    for n in range(23):
        Image.new("RGB", (46, 40), (n, n, n)).save(tmp_path / f"{n:03d}.png")
        if n == 2:
            assert pictures.montage(tmp_path, tmp_path / "few" / "a.png") == 3
    assert pictures.montage(tmp_path, tmp_path / "all" / "a.png") == 10
    sheet = Image.open(tmp_path / "all" / "a.png")
    assert sheet.size == (5 * 46, 2 * 40)
    assert (sheet.getpixel((0, 0)), sheet.getpixel((229, 79))) == ((0, 0, 0), (22, 22, 22))
