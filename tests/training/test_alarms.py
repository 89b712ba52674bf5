"""Alarms for a run that has stopped learning: when they begin and end, and when there is none."""

import numpy as np
import pytest
import run_helpers as runs
from conftest import NO_PENALTY, make_config

from cwgan_jax.algorithms import adversarial_metrics
from cwgan_jax.common import history
from cwgan_jax.training import alarms

GOOD = {"critic_gap": 3.0, "gradient_norm": 1.0, "generator_loss": 5.0}
DEAD = {"critic_gap": 0.0, "gradient_norm": 0.0, "generator_loss": 0.45}
AWAY = {"critic_gap": 20.0, "gradient_norm": 1.0, "generator_loss": -3e4}


def watching(workdir, **changes):
    """The alarms of a run with this objective."""
    return alarms.Alarms(workdir, adversarial_metrics.alarms(make_config(**changes)))


def told(workdir, phases, objective=None, call=1):
    """What is said of (values, steps) one after the other, taken in calls of so many steps."""
    watch = watching(workdir, **(objective or {}))
    steps = [values for values, count in phases for _ in range(count)]
    lines = []
    for first in range(0, len(steps), call):
        some = steps[first : first + call]
        lines += watch.metrics(first + 1, {name: np.array([x[name] for x in some]) for name in some[0]})
    return lines


@pytest.mark.parametrize("call", [1, 7, 20])
def test_a_dead_critic_is_told_once_when_it_dies_and_once_when_it_is_back(tmp_path, call):
    lines = told(tmp_path, [(GOOD, 30), (DEAD, 40), (GOOD, 30)], call=call)
    assert len(lines) == 2
    assert lines[0].startswith("alarm: step ")
    assert "the critic is dead since step 31: " in lines[0]
    assert "gap 0, gradient norm 0" in lines[0]
    assert lines[1].startswith("alarm over: step ")
    begin, end = history.lines(tmp_path)
    assert (begin["since"], begin["step"]) == (31, -(-40 // call) * call)
    assert end["step"] == -(-80 // call) * call
    assert alarms.summary(tmp_path) == ""


def test_less_than_ten_steps_are_no_alarm(tmp_path):
    assert told(tmp_path, [(GOOD, 5), (DEAD, 9), (GOOD, 1), (AWAY, 9), (GOOD, 5)] * 3) == []


def test_scores_that_run_away(tmp_path):
    lines = told(tmp_path, [(GOOD, 10), (AWAY, 20)])
    assert len(lines) == 1
    assert "scores run away since step 11 (gap 20, generator loss -3e+04)" in lines[0]
    assert alarms.summary(tmp_path) == "alarm: the scores have run away since step 11"


LOGIT = {"objective__loss": "non_saturating", **NO_PENALTY}
CLIPPED = {"objective__clip": 0.01, **NO_PENALTY}
ZERO = NO_PENALTY | {
    "objective__penalties__real__weight": 1,
    "objective__penalties__real__kind": "zero_centred",
}
TWO = ZERO | {
    "objective__penalties__fake__weight": 1,
    "objective__penalties__fake__kind": "zero_centred",
}


def plain(gap):
    return {"critic_gap": gap, "generator_loss": 0.7}


@pytest.mark.parametrize(
    ("objective", "values", "dead"),
    [
        (LOGIT, plain(0.0), True),
        (LOGIT, plain(3e-8), True),
        (LOGIT, plain(1e-3), False),
        # Clipped weights make scores tiny; only 0 is dead.
        (CLIPPED, plain(1e-8), False),
        (CLIPPED, plain(0.0), True),
        # A gradient norm near 0 is what a zero-centred penalty is for.
        (ZERO, GOOD | {"real_gradient_norm": 1e-8}, False),
        (ZERO, DEAD | {"real_gradient_norm": 0.0}, True),
        # Of two norms both must be flat.
        (TWO, DEAD | {"real_gradient_norm": 0.0, "fake_gradient_norm": 1.0}, False),
        (TWO, DEAD | {"real_gradient_norm": 0.0, "fake_gradient_norm": 0.0}, True),
        ({}, GOOD | {"gradient_norm": 1e-8}, True),
        ({}, GOOD | {"gradient_norm": 0.005}, False),  # a deep critic at its start
    ],
)
def test_what_is_dead(tmp_path, objective, values, dead):
    assert bool(told(tmp_path, [(values, 10)], objective)) == dead


def test_a_resumed_run_does_not_repeat_an_alarm_and_may_end_it(tmp_path):
    assert len(told(tmp_path, [(DEAD, 20)])) == 1
    assert told(tmp_path, [(DEAD, 20)]) == []
    assert len(told(tmp_path, [(GOOD, 20)])) == 1
    history.rewind(tmp_path, 5)  # before either
    assert history.lines(tmp_path) == []


def test_what_a_resumed_run_changed_is_forgotten_if_it_comes_no_further(tmp_path):
    """Resumed at step 4 and killed before the next checkpoint; the alarm was there before."""
    history.add(tmp_path, 4, history.BEGINS, kind="runaway scores", since=3, state="")
    history.add(tmp_path, 4, history.CHANGED, key="seed", before=0, after=1)
    history.rewind(tmp_path, 4)
    assert [line["event"] for line in history.lines(tmp_path)] == [history.BEGINS]


@pytest.mark.parametrize(("loss", "name"), [("minimax", "discriminator"), ("wasserstein", "critic")])
def test_the_network_is_called_what_it_is(tmp_path, loss, name):
    objective = {"objective__loss": loss, **NO_PENALTY}
    (line,) = told(tmp_path, [({"critic_gap": 0.0, "generator_loss": 0.7}, 20)], objective)
    assert f"the {name} is dead" in line
    assert alarms.summary(tmp_path) == f"alarm: the {name} has been dead since step 1"


def test_pictures_that_no_longer_change(tmp_path):
    watch, draw = watching(tmp_path), np.random.default_rng(0)
    one = draw.integers(0, 256, (4, 4, 16, 16, 1), np.uint8)
    slow = one.copy()
    slow.reshape(-1)[: slow.size // 500] += 1  # as a moving average changes
    given = [(100, one), (101, one), (149, one), (150, slow), (200, slow), (250, one)]
    lines = [(n, line) for n, image in given for line in watch.pictures(n, image)]
    assert [n for n, _ in lines] == [200, 250]
    assert lines[0][1].startswith("alarm: step 200: the samples are the same as at step 150")
    assert lines[1][1].startswith("alarm over: step 250: ")
    points = draw.standard_normal((50, 2)).astype(np.float32)
    assert [bool(watch.pictures(n, points)) for n in (300, 350)] == [False, True]


def test_a_run_says_it_while_it_goes_and_at_its_end(tmp_path, monkeypatch, capsys):
    """Bounds that any run is beyond stand for a run that is beyond the bounds."""
    monkeypatch.setattr(alarms, "PATIENCE", 2)
    monkeypatch.setattr(adversarial_metrics, "RUNAWAY", 0.0)
    assert runs.in_process(make_config(train__devices=1, train__steps=3), tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    (alarm,) = [line for line in lines if line.startswith("alarm")]
    assert "alarm: step 2: the critic's scores run away since step 1 " in alarm
    assert lines[-1].startswith("done in ")
    assert "; alarm: the scores have run away since step 1; look at " in lines[-1]
