"""Images with a number and a class as condition: the sheet, quality.jsonl, evaluate.py and its page."""

import json

import numpy as np
import pytest
import reader_helpers as given
import report_helpers
import run_helpers as runs
from conftest import make_config
from PIL import Image

from cwgan_jax import data
from cwgan_jax.common import errors
from cwgan_jax.evaluation import condition_monitor, usefulness
from cwgan_jax.kinds import rows
from cwgan_jax.report import examples
from cwgan_jax.report import runs as evaluate
from cwgan_jax.training import plan

WATCHED = {"quality__every": 2, "quality__samples": 100, "train__devices": 1, "train__steps": 4}
ERRORS = {"error_power", "r2_power", "agreement_way", "error_power_unseen"}


@pytest.fixture(scope="module", autouse=True)
def shared():
    """The data set, and the reader that is there already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(data.DATASETS, "stripes", given.stripes)
        for module in (condition_monitor, examples):
            patch.setattr(module, "reader", lambda dataset, codec, progress: given.made())
        yield


def config(**changes):
    return make_config(**({"data__name": "stripes"} | WATCHED | changes))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("stripes") / "run"
    assert runs.in_process(config(quality__best="error_power"), workdir) == 0
    return workdir


def lines(workdir):
    return [json.loads(line) for line in (workdir / "quality.jsonl").read_text().splitlines()]


def test_the_errors_are_measured_while_it_trains(finished):
    found = lines(finished)
    assert [line["step"] for line in found] == [2, 4]
    names = {"frechet", "diversity", "samples", "judge", "step"} | ERRORS - {"error_power_unseen"}
    assert all(names == line.keys() for line in found)
    assert all(1.5 < line["error_power"] < 7 for line in found)  # an untrained generator
    best = min(found, key=lambda line: line["error_power"])["step"]
    assert [int(x.name) for x in (finished / "best").iterdir()] == [best]


def test_the_sheet_has_a_condition_in_each_row(finished):
    with Image.open(finished / "samples" / f"{4:06}.png") as sheet:
        assert sheet.height > 10 * 64
    train, _ = given.splits()
    shown = rows.rows(train, True, 10, 10)
    assert len({row.name for row in shown}) == 10
    assert all("power=" in row.name and "way=" in row.name for row in shown)
    power = train.condition[[row.real[0] for row in shown], 0]
    assert (np.diff(power) > 0).all()
    for row in shown:
        near = train.condition[row.real]
        assert (near[0] == row.condition).all()
        assert (near[:, 1] == near[0, 1]).all()  # of one way
        assert np.abs(near[:, 0] - near[0, 0]).max() < 0.5


def test_which_figure_may_choose_the_best():
    made = plan.make(config())
    assert made.config.quality.best == "frechet"
    with pytest.raises(errors.ConfigError, match=r"best=error_angle: it is not measured .* error_power"):
        plan.make(config(quality__best="error_angle"))
    assert plan.make(config(model__conditional=False)).unmeasured == ""
    with pytest.raises(errors.ConfigError, match="no class is asked for"):
        plan.make(config(quality__best="agreement_way", model__conditional=False))
    train, _ = given.splits()
    few = train._replace(example=train.example[:50], condition=train.condition[:50])
    assert "too few" in plan.make(config(), few).unmeasured
    none = train._replace(condition=train.condition[:, :0], schema=())
    assert "the data have none" in plan.make(config(model__conditional=False), none).unmeasured


@pytest.fixture(scope="module")
def evaluated(finished, tmp_path_factory):
    out = tmp_path_factory.mktemp("evaluated")
    options = evaluate.Options("newest", 200, [1, 2], None, usefulness=True, out=out)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usefulness, "_STEPS", 20)
        patch.setattr(usefulness, "_EPOCHS", 1)
        patch.setattr(usefulness, "_WIDTH", 8)
        evaluate.run([finished], options, set_up=lambda config: None, warn=print)
    return out


def test_evaluate_measures_what_was_asked_for(evaluated):
    (entry,) = json.loads(next(evaluated.glob("*.json")).read_text())["steps"]
    metrics = entry["metrics"]
    assert metrics.keys() >= {*ERRORS, "frechet", "precision", "transfer_error_power"}
    error = metrics["error_power"]
    assert error["floor"] < 0.6 < 1.5 < error["value"]
    assert error["spread"][0] <= error["value"] <= error["spread"][1]
    assert (error["n"], entry["unit"]) == (200, "images")
    assert len(entry["parts"]["power"]["ranges"]) == 10
    assert entry["parts"]["way"]["names"] == ["along", "across"]
    assert entry["recipe"]["conditions"].startswith("those of the 200 held-out real images")


def test_the_page_shows_it(evaluated):
    reader = report_helpers.Reader(next(evaluated.glob("*.html")).read_text("utf-8"))
    headings = {attrs.get("id") for attrs in reader.all("section")}
    assert headings >= {"curves", "samples", "beside", "conditions", "map", "walks", "nearest", "transfer"}
    text = "".join(reader.text)
    assert "Shaded: ranges without training examples" in text
    assert "error of power, trained on generated" in text
    labels = [attrs["aria-label"] for attrs in reader.all("svg")]
    assert {"power: generated", "power: real"} <= set(labels)
