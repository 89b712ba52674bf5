"""evaluate.py on signals, fields, volumes and tables: their figures, floors and sections of the page."""

import json

import numpy as np
import pytest
import report_helpers
import run_helpers as runs
from conftest import make_config, names
from PIL import Image

import cwgan_jax as cg
from cwgan_jax.evaluation import condition_monitor, reader
from cwgan_jax.kinds import tables
from cwgan_jax.metrics import tables as metrics_of_tables
from cwgan_jax.report import examples, plots
from cwgan_jax.report import runs as evaluate

SHAPES = {"signals": (16, 2), "fields": (8, 12, 1), "volumes": (4, 6, 5, 1)}
AXES = {"signals": "NLC", "fields": "NHWC", "volumes": "NXYZC"}
COUNT = 240


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    draw = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("kinds") / "a.npz"
    power = draw.uniform(1, 5, COUNT)
    arrays = {
        kind: power.reshape(-1, *[1] * len(shape)) * draw.standard_normal((COUNT, *shape))
        for kind, shape in SHAPES.items()
    }
    np.savez(path, power=power, **arrays)
    return path


def trained(path, kind, workdir):
    tiny = {"train__steps": 2, "train__batch_size": 4, "train__devices": 1, "objective__critic_updates": 1}
    tiny |= {"quality__every": 2, "quality__samples": 100}
    if kind == "tables":
        tiny |= {"data__name": "wine", "model__architecture": "table", "model__critic_features": 4}
    else:
        tiny |= {"data__name": "arrays", "data__file": path, "data__key": kind, "data__axes": AXES[kind]}
        tiny |= {"data__condition": "power", "model__architecture": "mlp"}
    assert runs.in_process(make_config(**tiny), workdir) == 0
    return workdir


FOUND = {
    "signals": (
        {"spectrum", "autocorrelation", "values", "channels", "nearest", "error_power", "frechet"},
        {"examples", "spectra", "autocorrelation", "values", "conditions", "map"},
        {"power spectrum, channel 2: real and generated", "power: generated"},
    ),
    "fields": (
        {"spectrum", "values", "nearest", "error_power", "r2_power", "precision"},
        {"examples", "spectra", "values", "conditions", "map"},
        {"power spectrum: real and generated", "values: real and generated"},
    ),
    "volumes": ({"spectrum", "error_power"}, {"examples", "spectra"}, set()),
    "tables": (
        {"marginal", "association", "c2st", "c2st_auc", "nearest", "accuracy", "f1", "agreement"},
        {"columns", "associations", "conditions"},
        {"alcohol: real and generated", "generated less real, 14 columns"},
    ),
}


@names(FOUND, "signals", "tables")
def test_evaluated(name, path, tmp_path, monkeypatch):
    kind, readers = name, []

    def quick(*given, **more):
        """Three ask for it. The second takes that of the first; the third's must read the same."""
        new = len(readers) != 1
        readers.append(reader.train(*given, epochs=0, least=20, width=4, **more) if new else readers[0])
        return readers[-1]

    for module in (condition_monitor, examples):
        monkeypatch.setattr(module, "reader", quick)
    monkeypatch.setattr(metrics_of_tables, "_TREES", 3)
    # The sheets of a run, which evaluation/test_tables.py looks at.
    monkeypatch.setattr(tables.pictures, "picture", lambda *_: Image.new("RGB", (8, 8)))
    workdir = trained(path, kind, tmp_path / kind)
    (line,) = [json.loads(x) for x in (workdir / "quality.jsonl").read_text().splitlines()]
    assert FOUND[kind][0] & {"error_power", "agreement"} <= line.keys()
    assert (workdir / "best").is_dir()
    options = evaluate.Options("newest", 100, [1, 2], None, usefulness=False)
    evaluate.run([workdir], options, set_up=lambda config: None, warn=print)
    (entry,) = json.loads(next(workdir.glob("quality-*.json")).read_text())["steps"]
    metrics = entry["metrics"]
    assert metrics.keys() >= FOUND[kind][0]
    assert entry["unit"] == ("rows" if kind == "tables" else kind)
    floors = {key: x["floor"] for key, x in metrics.items() if key not in ("nearest", "rare")}
    assert all(np.isfinite(x) for x in floors.values())
    from_python = cg.load(workdir).evaluate(samples=100, seeds=2)
    assert {key: x["value"] for key, x in from_python.items()} == {
        key: x["value"] for key, x in metrics.items()
    }
    assert len(readers) == 3
    page = report_helpers.Reader(next(workdir.glob("report-*.html")).read_text("utf-8"))
    assert {attrs.get("id") for attrs in page.all("section")} >= FOUND[kind][1]
    assert {attrs["aria-label"] for attrs in page.all("svg")} >= FOUND[kind][2]
    assert "nan" not in "".join(page.text).lower()


def test_shares_are_of_what_is_there():
    x = np.array([0.0, 1, 2, 3, np.nan, 400])
    edges = np.array([0.0, 1, 2, 3, 4])
    np.testing.assert_allclose(plots.shares_of(x, edges), [0.2, 0.2, 0.2, 0.4])
    assert plots.bins_of(np.full(5, 3.0)).tolist()[::30] == [2.5, 3.5]
