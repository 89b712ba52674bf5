"""Runs under numbers: an embedding network, a classifier of them, real examples from the vicinity."""

import types

import numpy as np
import pytest
import run_helpers as runs
from conftest import make_config, relative

from cwgan_jax import data
from cwgan_jax.data.sets import renderings
from cwgan_jax.parallel import train_steps
from cwgan_jax.sampling import load
from cwgan_jax.training import feed, plan

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
    "train__sample_every": 4,
    "train__devices": 1,
}


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    monkeypatch.setattr(renderings, "EACH", 1)


def run(folder, **changes):
    assert runs.in_process(make_config(**(RUN | changes)), folder) == 0
    return runs.final_state(folder)[1]


def test_one_run_resumed_and_on_four_devices(x64, tmp_path, one_program):
    folder = tmp_path / "whole"
    leaves = run(folder)
    names = [path for path in leaves if "condition_0" in path]
    assert all(any(player in name for name in names) for player in ("generator", "critic"))
    assert any("auxiliary" in path for path in leaves)
    resumed = run(runs.rewound(folder, tmp_path / "resumed", 2))
    spread = run(tmp_path / "spread", train__devices=4)
    for path, leaf in leaves.items():
        np.testing.assert_array_equal(resumed[path], leaf, err_msg=path)
        assert relative(spread[path], leaf) < 1e-9, path

    model = load.load(*load.find(folder), set_up=lambda config: None, warn=print)
    assert [part.name for part in model.schema] == ["digit", "angle", "stroke"]


def test_a_run_takes_real_examples_from_the_vicinity_resident_or_streamed():
    whole, lazy = (plan.make(make_config(**RUN, data__resident_mib=mib)) for mib in (100, 0))
    share = slice(2, 5)
    resident, streamed = (
        next(feed.inputs([made], types.SimpleNamespace(share=share), [range(4)]))[1]["real"]
        for made in (whole, lazy)
    )
    near = whole.dataset.choose(0, 0, 1, 8, 0)
    assert (near.condition != whole.dataset.condition[near.index]).any()
    np.testing.assert_array_equal(resident.condition, near.condition)
    np.testing.assert_array_equal(streamed.condition, near.condition[:, share])
    np.testing.assert_array_equal(streamed.example, whole.dataset.image[near.index[:, share]])


def test_a_batch_brings_its_conditions():
    """What reaches the step are the targets, not the conditions of the examples that were chosen."""
    dataset = data.load(make_config(**RUN).data, "train")
    near = data.conditions.vicinity.of(make_config(**RUN).data, dataset.schema, dataset.condition)
    chosen = near.choose(0, 0, 1, 8)
    seen = []

    def step(state, batch, reduce):
        seen.append(batch.streams["real"])
        return state, {}

    one = data.Chosen(chosen.index[None], chosen.condition[None])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cwgan_jax.parallel.steps.lax.scan", lambda f, state, xs: f(state, _first(xs)))
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
