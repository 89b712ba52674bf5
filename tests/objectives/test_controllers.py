"""What adapts slowly: BEGAN's balance, and what lazy penalties leave from one update to the next."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import NO_PENALTY, long, make_algorithm, make_batch, make_config, make_setting, relative
from step_helpers import initial, take

from cwgan_jax import algorithms
from cwgan_jax.objectives import losses
from cwgan_jax.objectives.controllers import Controller, equilibrium

UPDATES = 3  # of the critic in a step
_SMALL = {
    "model__architecture": "mlp",
    "model__dtype": "float64",
    "data__size": 8,
    "objective__critic_updates": UPDATES,
    "objective__loss": "non_saturating",
}


def test_equilibrium_moves_the_balance_towards_the_wanted_ratio(x64):
    section = make_config(objective__equilibrium=0.5, objective__equilibrium_rate=0.1).objective
    controller = equilibrium(section)

    def after(real_error, fake_error, balance):
        observed = {"real_score": -real_error, "critic_gap": fake_error - real_error}
        moved, metrics = controller.observe(jnp.asarray(balance), observed)
        assert metrics["balance"] == moved
        return moved, metrics["convergence"]

    # gamma = 0.5: fakes of error 0.2 beside real images of 1.0 are too good, so k grows, by 0.1 * 0.3.
    np.testing.assert_allclose(after(1.0, 0.2, 0.4), (0.43, 1.0 + 0.3), rtol=1e-14)
    np.testing.assert_allclose(after(1.0, 0.9, 0.4), (0.36, 1.0 + 0.4), rtol=1e-14)
    np.testing.assert_allclose(after(1.0, 0.5, 0.4), (0.4, 1.0), rtol=1e-14)
    assert after(1.0, 0.0, 0.99)[0] == 1
    assert after(0.1, 2.0, 0.01)[0] == 0
    assert controller.init(jnp.dtype("float64")) == 0
    assert {metric.name for metric in controller.metrics} == {"balance", "convergence"}


def test_a_controller_is_added_by_one_function_and_sees_every_update(monkeypatch, x64):
    """Its value is what the objective reads in the next update, and it is part of the state."""

    def counter(objective):
        return Controller(lambda dtype: jnp.zeros((), dtype), lambda value, _: (value + 1, {}))

    def loss(real, fake, inputs):
        count = inputs.controllers["count"]
        return losses.Losses(count + 0 * real.mean(), count + fake.mean())

    objective = losses.Objective(loss, controllers={"count": counter})
    monkeypatch.setitem(losses.OBJECTIVES, "counting", objective)
    setting, state, batch = begun(objective__loss="counting", **NO_PENALTY)
    for n in (1, 2):
        state, metrics = take(setting, state, batch)
        assert state.controllers["count"] == n * UPDATES
        assert metrics["critic_loss"] == n * UPDATES - 1  # before its last update


def begun(**changes):
    """Setting, first state and a batch, in float64."""
    setting = make_setting(make_config(**_SMALL | changes))
    draw = np.random.default_rng(0)
    image = draw.integers(0, 256, (1, 8, 8, 8, 1), np.uint8)
    return setting, initial(setting), make_batch(image, draw.integers(0, 3, (1, 8)).astype(np.int32))


def penalised(weight=2.0, every=1, kind="zero_centred", place="real"):
    values = {"weight": weight, "every": every, "kind": kind}
    return NO_PENALTY | {f"objective__penalties__{place}__{key}": value for key, value in values.items()}


@pytest.mark.parametrize("change", [{"weight": 0.0}, {"kind": "finite_difference"}])
def test_what_may_change_during_a_run_leaves_the_form_of_the_state(x64, change):
    before, after = (
        algorithms.abstract(make_algorithm(make_config(**_SMALL | penalised(every=2, **each))))
        for each in ({}, change)
    )
    assert jax.tree.structure(before) == jax.tree.structure(after)


@pytest.mark.parametrize("every", [2, pytest.param(4, marks=long)])
def test_a_lazy_penalty_counts_j_times_at_multiples_of_j_and_not_in_between(x64, every):
    """One critic update a step, so that each can be made by hand with another weight.

    Of two kinds together, by derivatives and by differences. Several updates a step are compared with
    PyTorch, in reference/test_family_steps.py.
    """

    def both(weight, every):
        return penalised(weight, every) | penalised(weight, every, "finite_difference", "fake")

    single = {"objective__critic_updates": 1}
    lazy, state, batch = begun(**single, **both(2.0, every))
    heavy, *_ = begun(**single, **both(2.0 * every, 1))
    free, *_ = begun(**single, **NO_PENALTY)
    last, kept = {}, {name: value.keys() for name, value in state.controllers.items()}
    assert kept == {
        "real_penalty": {"real_penalty", "real_gradient_norm"},
        "fake_penalty": {"fake_penalty", "fake_gradient_norm"},
    }
    assert not any(jax.tree.leaves(state.controllers))
    kept_metrics = set().union(*kept.values())
    for number in range(2 * every + 1):
        by_hand, due = state._replace(controllers={}), number % every == 0
        wanted, expected = take(heavy if due else free, by_hand, batch)
        assert wanted.controllers == {}  # a penalty at every update keeps nothing
        other, _ = take(free if due else heavy, by_hand, batch)
        state, metrics = take(lazy, state, batch)
        assert relative(state.players, wanted.players) < 1e-12
        assert relative(state.players, other.players) > 1e-9
        last = {name: x for name, x in expected.items() if name in kept_metrics} if due else last
        for name, value in (expected | last).items():
            assert relative(metrics[name], value) < 1e-12, name
        assert last["real_penalty"] > 0
        assert last["fake_penalty"] > 0
        assert {name: value.keys() for name, value in state.controllers.items()} == kept
        assert last.keys() <= kept_metrics
