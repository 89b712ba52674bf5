"""docs/architecture.md, "How to add one of each": its code runs as it stands there."""

import importlib
import re

import jax
import numpy as np
import pytest
import run_helpers as runs
from conftest import NO_PENALTY, make_batch, make_config
from PIL import Image

from cwgan_jax.algorithms import abstract
from cwgan_jax.training import plan

PAGE = (runs.ROOT / "docs/architecture.md").read_text()
DATASETS, KINDS = ("cwgan_jax.data", "DATASETS"), ("cwgan_jax.kinds", "KINDS")
ARCHITECTURES = ("cwgan_jax.networks", "ARCHITECTURES")
OBJECTIVES = ("cwgan_jax.objectives.losses", "OBJECTIVES")
PENALTIES = ("cwgan_jax.objectives.penalties", "PENALTIES")
ALGORITHMS = ("cwgan_jax.algorithms", "ALGORITHMS")
# By heading: the entries that its code adds to the tables.
ADDED = {
    "A data set": {DATASETS: {"stripes"}},
    "A kind of data": {DATASETS: {"sines"}, KINDS: {"waves"}},
    "A network": {ARCHITECTURES: {"dense"}},
    "An objective": {OBJECTIVES: {"paired_hinge"}},
    "A penalty": {PENALTIES: {"drift"}},
    "A controller": {OBJECTIVES: {"margin_hinge"}},
    "An algorithm": {ALGORITHMS: {"mean_matching"}},
}
MLP = {"model__architecture": "mlp", "train__devices": 1}
# By heading: what selects the entry in a config.
SELECTED = {
    "A data set": {"data__name": "stripes"},
    "A kind of data": {"data__name": "sines"},
    "A network": {"model__architecture": "dense", "model__depth": 3},
    "An objective": {"objective__loss": "paired_hinge", **NO_PENALTY},
    "A penalty": {"objective__penalties__real__kind": "drift", "objective__penalties__real__weight": 0.001},
    "A controller": {"objective__loss": "margin_hinge", **NO_PENALTY},
    "An algorithm": {"algorithm": "mean_matching"},
}


def documented():
    """The Python code of each heading of the section."""
    _, _, section = PAGE.partition("## How to add one of each\n")
    found = {}
    for part in section.split("\n### ")[1:]:
        heading, _, text = part.partition("\n")
        found[heading] = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    return found


@pytest.fixture
def add(monkeypatch):
    """A function that runs the code of a heading; what it adds to the tables is gone after the test."""

    def run(heading):
        for (module, name), added in ADDED[heading].items():
            table = getattr(importlib.import_module(module), name)
            for entry in added:
                assert entry not in table
                monkeypatch.setitem(table, entry, None)  # until the code sets it
        exec(compile(documented()[heading], heading, "exec"), {"__name__": "documented"})
        for (module, name), added in ADDED[heading].items():
            table = getattr(importlib.import_module(module), name)
            assert None not in [table[entry] for entry in added]

    return run


def test_every_heading_is_tested():
    assert documented().keys() == ADDED.keys() == SELECTED.keys()


@pytest.mark.parametrize("heading", ADDED)
def test_a_step_with_it(heading, add):
    """The step is traced, not computed: test_extending.py trains with one of each."""
    add(heading)
    planned = plan.make(make_config(**MLP | SELECTED[heading]))
    dataset, state = planned.dataset, abstract(planned.algorithm)
    rows = np.arange(planned.algorithm.inputs["real"] * 8).reshape(-1, 8)
    batch = make_batch(dataset.image[rows], dataset.label[rows])
    after, metrics = jax.eval_shape(planned.algorithm.step, state, batch)
    assert jax.tree.structure(after) == jax.tree.structure(state)
    assert {metric.name for metric in planned.algorithm.metrics} <= metrics.keys()


def test_waves_are_drawn(tmp_path, add):
    """Two steps with the kind of data of the page, and its sheet."""
    add("A kind of data")
    changes = MLP | SELECTED["A kind of data"] | {"train__steps": 2, "train__sample_every": 1}
    assert runs.in_process(make_config(**changes), tmp_path) == 0
    sheets = sorted((tmp_path / "samples").iterdir())
    assert [path.name for path in sheets] == ["000001.png", "000002.png"]
    with Image.open(sheets[-1]) as sheet:
        assert sheet.size == (64, 64)
        assert np.asarray(sheet).std() > 0
