"""A new kind of data is one value and one line in each of three tables, from training to report."""

import json

import numpy as np
import pytest
import report_helpers
from conftest import make_config
from PIL import Image

from cwgan_jax import data, kinds
from cwgan_jax.algorithms import Request
from cwgan_jax.data.codec import Codec
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.kinds import Kind
from cwgan_jax.metrics.figure import Figure, summary
from cwgan_jax.report import checkpoints, evaluators
from cwgan_jax.report import runs as evaluate
from cwgan_jax.training import loop, plan

FIGURES = {"mean": Figure("mean level", "near floor", "of all numbers")}
REAL = np.random.default_rng(0).normal(5, 1, (64, 1, 1, 2)).astype(np.float32)
# Levels around 5, which the networks take around 0.
LEVELS = Codec(lambda x, dtype: x.astype(dtype) - 5, lambda x: x + 5)


class Monitor:
    """Notes the steps at which it was called."""

    steps: list[int] = []  # noqa: RUF012 - emptied by each test

    def __init__(self, run, workdir, first, check):
        check()

    def add(self, step, state, watch):
        self.steps.append(step)
        watch.quality(step, {"mean": 0.0})


KIND = Kind(
    codec=LEVELS,
    unit="levels",
    sheet=lambda run, state, n: (Image.new("RGB", (8, 8)), np.zeros((1, 2))),
    finish=lambda run, workdir, frames: (),
    monitor=Monitor,
    measurable=lambda config, dataset: (config, ""),
    measures=lambda config: "the mean level",
)


def measure(model, floor, options):
    drawn = [
        model.draw(Request(model.latents(seed, 0, options.samples), model.conditions(np.zeros(100, int))))
        for seed in options.seeds
    ]
    values = [{"mean": float(x.mean())} for x in drawn]
    metrics = summary(FIGURES, values, floor, options.samples)
    return checkpoints.Measured({"step": model.step, "metrics": metrics}, drawn)


EVALUATOR = evaluators.Evaluator(
    reference=lambda model, section, options: {"mean": float(REAL.mean())},
    check=lambda model, floor: None,
    measure=measure,
    content=lambda workdir, model, measured, floor: report_helpers.EMPTY._replace(quality=measured.quality),
)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A run on levels; its folder."""
    monkeypatch.setitem(kinds.KINDS, "levels", KIND)
    monkeypatch.setitem(evaluators.EVALUATORS, "levels", EVALUATOR)
    monkeypatch.setattr(Monitor, "steps", [])
    changes = {"data__name": "ring", "model__architecture": "points", "model__conditional": "false"}
    config = make_config(**changes, train__steps=2, train__devices=1, quality__every=1)
    dataset = data.Dataset(REAL, np.zeros(64, np.int32), of_classes(["any"]), kind="levels")
    assert loop.run(plan.make(config, dataset), tmp_path / "run") == 0
    return tmp_path / "run"


def test_a_new_kind_is_trained_measured_and_reported(trained, capsys):
    assert Monitor.steps == [1, 2]
    options = evaluate.Options("newest", 100, [1, 2], None, usefulness=True)
    evaluate.run([trained], options, set_up=lambda config: None, warn=print)
    table = capsys.readouterr().out.splitlines()
    assert table[-2].split()[:2] == ["mean", "level"]
    assert table[-1].endswith("report-step2-x100-seeds1-2.html")
    (entry,) = json.loads((trained / "quality-step2-x100-seeds1-2.json").read_text())["steps"]
    mean = entry["metrics"]["mean"]
    assert (mean["title"], mean["n"], mean["floor"]) == ("mean level", 100, pytest.approx(REAL.mean()))
    assert mean["spread"][0] <= mean["value"] <= mean["spread"][1]
    assert abs(mean["value"] - 5) < 1  # decoded: untrained networks make numbers around 0
    text = (trained / "report-step2-x100-seeds1-2.html").read_text("utf-8")
    assert "mean level" in "".join(report_helpers.Reader(text).text)


def test_every_kind_has_an_evaluator():
    assert evaluators.EVALUATORS.keys() == kinds.KINDS.keys()
