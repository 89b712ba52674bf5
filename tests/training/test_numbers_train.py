"""Runs under numbers: an embedding network, a classifier of them, real examples from the vicinity."""

import types

import numpy as np
import pytest
import run_helpers as runs
from conftest import make_config, relative

from cwgan_jax import data
from cwgan_jax.data.sets import renderings
from cwgan_jax.sampling import load

RUN = {
    "data__name": "rotated_digits",
    "data__vicinity": "soft",
    "model__architecture": "mlp",
    "model__condition_layers": 1,
    "model__condition_width": 4,
    "model__condition_frequencies": 1,
    "model__critic_labels": "projection",
    "objective__auxiliary__critic": 1,
    "objective__auxiliary__generator": 0.1,
    "model__dtype": "float64",
    "train__steps": 4,
    "train__checkpoint_every": 2,
    "train__sample_every": 2,
    "train__devices": 1,
}


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    monkeypatch.setattr(renderings, "EACH", 1)


@pytest.fixture
def whole(x64, tmp_path):
    """A run from beginning to end: its folder, and the arrays of its last state."""
    assert runs.in_process(make_config(**RUN), tmp_path / "whole") == 0
    return tmp_path / "whole", runs.final_state(tmp_path / "whole")[1]


def run(folder, *, steps=4, **changes):
    assert runs.in_process(make_config(**(RUN | {"train__steps": steps} | changes)), folder) == 0
    return runs.final_state(folder)[1]


def test_one_run_resumed_streamed_and_on_four_devices(whole, tmp_path):
    folder, leaves = whole
    names = [path for path in leaves if "condition_0" in path]
    assert all(any(player in name for name in names) for player in ("generator", "critic"))
    assert any("auxiliary" in path for path in leaves)
    run(tmp_path / "resumed", steps=2)
    resumed = run(tmp_path / "resumed")
    streamed = run(tmp_path / "streamed", data__resident_mib=0)
    spread = run(tmp_path / "spread", train__devices=4)
    for path, leaf in leaves.items():
        np.testing.assert_array_equal(resumed[path], leaf, err_msg=path)
        for other in (streamed, spread):
            assert relative(other[path], leaf) < 1e-9, path
    other = run(tmp_path / "other", data__vicinity="none")
    assert max(relative(other[path], leaf) for path, leaf in leaves.items()) > 1e-3

    model = load.load(*load.find(folder), set_up=lambda config: None, warn=print)
    assert [part.name for part in model.schema] == ["digit", "angle", "stroke"]


def test_a_batch_brings_its_conditions(monkeypatch):
    """What reaches the step are the targets, not the conditions of the examples that were chosen."""
    from cwgan_jax.parallel.runner import train_steps

    dataset = data.load(make_config(**RUN).data, "train")
    near = data.conditions.vicinity.of(make_config(**RUN).data, dataset.schema, dataset.condition)
    chosen = near.choose(0, 0, 1, 8)
    seen = []

    def step(state, batch, reduce):
        seen.append(batch.streams["real"])
        return state, {}

    one = data.Chosen(chosen.index[None], chosen.condition[None])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cwgan_jax.parallel.runner.lax.scan", lambda f, state, xs: f(state, _first(xs)))
        train_steps(
            None,
            [dataset.stored],
            {"real": one},
            None,
            algorithm=types.SimpleNamespace(step=step),
            places={"real": 0},
        )
    np.testing.assert_array_equal(seen[0].example, dataset.example[chosen.index])
    np.testing.assert_array_equal(seen[0].condition, chosen.condition)


def _first(inputs):
    return {name: data.Chosen(x.index[0], x.condition[0]) for name, x in inputs.items()}
