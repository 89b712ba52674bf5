"""Steps per call: as many as the intervals allow, whatever the first and the last step; the same run."""

import itertools
import json

import numpy as np
import pytest
import run_helpers as runs
from conftest import full_optimisation, make_config

from cwgan_jax import data
from cwgan_jax.training import feed, plan, ready


def planned(total, **changes):
    return plan.Plan(make_config(**changes), {}, None, None, 8, total, {})


@pytest.mark.parametrize(
    ("total", "first", "expected"),
    [
        (93_750, 0, 20),  # 100 epochs of 60,000 by 64
        (7031, 0, 20),
        (7031, 4321, 20),  # goes on behind a stop
        (7031, 7015, 1),  # too few are left for one call
        (19, 0, 19),  # no interval ends in the run
        (19, 1, 1),
        (20, 0, 20),
        (20, 1, 1),
    ],
)
def test_only_the_intervals_lower_the_steps_per_call(monkeypatch, total, first, expected):
    monkeypatch.setattr("jax.default_backend", lambda: "gpu")
    intervals = {"train__log_every": 20, "train__sample_every": 200, "train__checkpoint_every": 500}
    run = planned(total, **intervals, quality__every=1000)
    assert plan.steps_per_call(run, first) == expected


def test_an_interval_that_has_few_divisors_lowers_them():
    intervals = {"train__log_every": 30, "train__sample_every": 200, "train__checkpoint_every": 500}
    assert plan.steps_per_call(planned(7031, **intervals, train__steps_per_call=20), 0) == 10


def test_an_interval_that_is_as_long_as_the_run_does_not_lower_them():
    intervals = {"train__log_every": 100, "train__sample_every": 7031, "train__checkpoint_every": 9999}
    assert plan.steps_per_call(planned(7031, **intervals, train__steps_per_call=20), 0) == 20


@pytest.mark.parametrize(
    ("epochs", "images", "batch", "steps"),
    [
        (2.2, 50_000, 50, 2200),  # 2.2 * 50,000 / 50 is 2200.0000000000005
        (0.07, 60_000, 64, 66),
        (1.1, 1000, 100, 11),
        (0.29, 100, 1, 29),
        (0.3, 50, 16, 1),
        (100, 1438, 64, 2247),
        (1e-9, 1438, 64, 1),
        (1e300, 2, 2, 10**300),
    ],
)
def test_passes_that_are_not_whole_give_no_step_too_many(epochs, images, batch, steps):
    assert plan.steps_in(epochs, images, batch) == steps


def test_calls_lie_between_multiples_and_single_steps_fill_the_rest():
    for total, count in itertools.product(range(1, 14), (1, 2, 3, 5, 20)):
        for first in range(total):
            ranges = plan.calls_of(first, total, count)
            ends = [(n, n + calls.step) for calls in ranges for n in calls]
            assert [end for _, end in ends] == [start for start, _ in ends[1:]] + [total]
            assert ends[0][0] == first
            for start, end in ends:
                assert end - start == 1 or (end - start == count and start % count == 0)
            assert sum(end - start == 1 for start, end in ends) <= 2 * (count - 1) or count == 1


def test_a_run_in_longer_calls_and_stopped_at_an_odd_step_is_the_same_run(tmp_path, monkeypatch, one_program):
    lengths, programs = [], []

    class Runner(ready.Runner):
        def __call__(self, state, given):
            lengths.append(len(given["real"]) // self._batches["real"])
            result = super().__call__(state, given)
            programs.append(len(self._programs))
            return result

        def _program(self, *arguments):
            with full_optimisation():  # the program that users get: here two of them round alike
                return super()._program(*arguments)

    monkeypatch.setattr(ready, "Runner", Runner)
    changes = {"train__devices": 1, "train__log_every": 3, "data__name": "normal"}
    changes |= {"model__architecture": "points", "model__conditional": "false"}
    changes |= {"train__sample_every": 30, "train__checkpoint_every": 30}
    one, other = tmp_path / "one", tmp_path / "other"
    assert runs.in_process(make_config(**changes, train__steps=10), one) == 0
    assert lengths == [1] * 10
    lengths.clear()
    for steps, expected in ((4, [3, 1]), (10, [1, 1, 3, 1])):
        cfg = make_config(**changes, train__steps=steps, train__steps_per_call=3)
        assert runs.in_process(cfg, other) == 0
        assert lengths == expected
        assert programs[-1] == 2
        lengths.clear()
    runs.assert_same(runs.final_state(other), runs.final_state(one))
    assert logged(other) == logged(one)


def logged(workdir):
    """What metrics.jsonl says, but for the rates."""
    lines = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if "per_second" not in k} for line in lines]


@pytest.mark.parametrize("schedule", ["tutorial", "paper"])
def test_streamed_and_resident_calls_take_the_same_examples(schedule):
    changes = {"objective__schedule": schedule, "objective__critic_updates": 2}
    whole, lazy = (
        plan.make(make_config(**changes, train__steps=10, data__resident_mib=mib)) for mib in (100, 0)
    )
    ranges = plan.calls_of(1, 10, 3)

    class Runner:
        share = slice(2, 5)

    resident, streamed = (list(feed.inputs([run], Runner, ranges)) for run in (whole, lazy))
    assert [n for n, _ in resident] == [n for n, _ in streamed] == [2, 3, 6, 9, 10]
    rounds = 2 if schedule == "paper" else 1
    for (_, given), (_, read) in zip(resident, streamed, strict=True):
        index, examples = given["real"], read["real"]
        assert len(index) % rounds == 0
        np.testing.assert_array_equal(examples.condition, whole.dataset.label[index[:, Runner.share]])
        np.testing.assert_array_equal(examples.example, whole.dataset.image[index[:, Runner.share]])
    order = np.concatenate([given["real"] for _, given in resident])
    count = len(whole.dataset.label)
    np.testing.assert_array_equal(order, data.indices(0, rounds, 9 * rounds, count, 8))
