"""Every objective against values by hand; what a step makes of them; a new one in two lines."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import NO_PENALTY, make_batch, make_config, make_setting, relative
from step_helpers import initial, take

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.objectives import losses

# All different, on both sides of zero and of the hinge's margins.
REAL, FAKE = (2.0, -1.0), (0.5, -3.0)
SMOOTHED = losses.ObjectiveInputs(real_target=0.9, fake_target=0.1, controllers={"balance": 0.25})
DISCRIMINATORS = sorted(name for name, objective in losses.OBJECTIVES.items() if objective.logit)


def log_sigmoid(x):
    return -math.log(1 + math.exp(-x))


def entropy(scores, target):
    return -sum(target * log_sigmoid(x) + (1 - target) * log_sigmoid(-x) for x in scores) / len(scores)


DISCRIMINATOR = entropy(REAL, 0.9) + entropy(FAKE, 0.1)
BY_HAND = {
    "wasserstein": (-1.25 - 0.5, 1.25),
    "minimax": (DISCRIMINATOR, (log_sigmoid(-0.5) + log_sigmoid(3)) / 2),
    "non_saturating": (DISCRIMINATOR, -(log_sigmoid(0.5) + log_sigmoid(-3)) / 2),
    "least_squares": ((1.1**2 + 1.9**2 + 0.4**2 + 3.1**2) / 4, (0.4**2 + 3.9**2) / 4),
    "hinge": ((0 + 2) / 2 + (1.5 + 0) / 2, 1.25),
    "began": (-0.5 - 0.25 * 1.25, 1.25),  # errors: -0.5 of the real images, 1.25 of the fakes
    "relativistic": (-(log_sigmoid(1.5) + log_sigmoid(2)) / 2, -(log_sigmoid(-1.5) + log_sigmoid(-2)) / 2),
}


def test_values_by_hand(x64):
    assert BY_HAND.keys() == losses.OBJECTIVES.keys()
    for name, wanted in BY_HAND.items():
        found = losses.OBJECTIVES[name].losses(jnp.array(REAL), jnp.array(FAKE), SMOOTHED)
        np.testing.assert_allclose(found, wanted, rtol=1e-14, err_msg=name)


def gradients(name, real, fake, inputs=SMOOTHED):
    """Of the critic's loss with respect to the scores, and of the generator's."""

    def loss(which, scores):
        return losses.OBJECTIVES[name].losses(*scores, inputs)[which]

    return [jax.grad(functools.partial(loss, which))((real, fake)) for which in (0, 1)]


@pytest.mark.parametrize("name", losses.OBJECTIVES)
def test_the_critic_tells_apart_and_the_generator_works_against_it(name):
    undecided = jnp.full(4, 0.5)
    (real, fake), (others, own) = gradients(name, undecided, undecided)
    assert (real < 0).all()  # descent raises the scores of real images
    assert (fake > 0).all()
    assert (own < 0).all()
    # Only a loss that compares the two lets the generator look at the scores of real examples.
    assert (others > 0).all() if losses.OBJECTIVES[name].paired else not others.any()


@pytest.mark.parametrize("name", [*DISCRIMINATORS, "relativistic"])
@pytest.mark.parametrize("inputs", [losses.ObjectiveInputs(), SMOOTHED])
def test_extreme_logits_stay_finite(name, inputs):
    real, fake = jnp.array([-1e4, 1e4, 0.0]), jnp.array([1e4, -1e4, 0.0])
    values = losses.OBJECTIVES[name].losses(real, fake, inputs)
    assert np.isfinite(values).all()
    assert values.critic > 6e3  # one real and one fake of three are wrong by 1e4 each
    for pair in gradients(name, real, fake, inputs):
        assert np.isfinite(pair).all()
        assert np.abs(pair).max() <= 1 / 3 + 1e-6


def test_the_saturation_that_the_non_saturating_loss_avoids():
    rejected = jnp.full(2, -20.0)
    (_, slow), (_, fast) = (gradients(name, rejected, rejected)[1] for name in ("minimax", "non_saturating"))
    assert np.abs(slow).max() < 1e-8
    np.testing.assert_allclose(fast, -0.5, rtol=1e-6)


def test_smoothed_targets_are_where_the_discriminator_rests(x64):
    real, fake = jnp.full(2, math.log(9)), jnp.full(2, -math.log(9))  # probabilities 0.9 and 0.1
    for name in DISCRIMINATORS:
        np.testing.assert_allclose(gradients(name, real, fake)[0], 0, atol=1e-16)
    np.testing.assert_allclose(gradients("least_squares", jnp.full(2, 0.9), jnp.full(2, 0.1))[0], 0)


def test_hinge_is_flat_beyond_the_margin_and_steep_before_it():
    real, fake = jnp.array([1.01, 0.99, -7.0]), jnp.array([-1.01, -0.99, 7.0])
    (of_real, of_fake), (_, own) = gradients("hinge", real, fake)
    np.testing.assert_allclose(of_real, [0, -1 / 3, -1 / 3], rtol=1e-6)
    np.testing.assert_allclose(of_fake, [0, 1 / 3, 1 / 3], rtol=1e-6)
    np.testing.assert_allclose(own, [-1 / 3] * 3, rtol=1e-6)  # the generator's has no margin


def test_accuracy_counts_each_side():
    real, fake = jnp.array([3.0, 0.1, 2.0, -1.0]), jnp.array([4.0, -0.1, 5.0, 6.0])
    assert losses.accuracy(real, fake) == (0.75, 0.25)


def test_wasserstein_and_generator_loss_signs():
    real, fake = jnp.array([3.0, 5.0]), jnp.array([1.0, 2.0])
    assert losses.critic_gap(real, fake) == 2.5
    assert losses.wasserstein(real, fake, losses.ObjectiveInputs()) == (-2.5, -1.5)


def test_a_relativistic_score_is_compared_with_its_companion_alone(x64):
    """Not with the mean of the others, and not with a constant: both shifts leave the losses as they are."""
    real, fake = jnp.array(REAL), jnp.array(FAKE)
    first = losses.relativistic(real, fake, SMOOTHED)
    np.testing.assert_allclose(losses.relativistic(real + 7, fake + 7, SMOOTHED), first, rtol=1e-13)
    by_pair = jnp.array([7.0, -2.0])
    np.testing.assert_allclose(
        losses.relativistic(real + by_pair, fake + by_pair, SMOOTHED), first, rtol=1e-13
    )
    assert np.abs(np.subtract(losses.relativistic(real, fake[::-1], SMOOTHED), first)).max() > 0.1


def one_step(shift=0, **changes):
    """The states before and after a step on random images, and its metrics.

    `shift` is added to the pixels of the real images.
    """
    setting = make_setting(make_config(model__architecture="mlp", data__size=8, **changes))
    draw = np.random.default_rng(0)
    image = draw.integers(0, 200, (1, 8, 8, 8, 1), np.uint8) + np.uint8(shift)
    batch = make_batch(image, draw.integers(0, 3, (1, 8)).astype(np.int32))
    before = initial(setting)
    return before, *take(setting, before, batch)


def generator_gradient(state):
    """Of the first update: Adam's mean is (1 - beta1) times it."""
    return state.players["generator"].optimizer[0].mu


@pytest.mark.parametrize(("name", "sees"), [("relativistic", True), ("non_saturating", False)])
def test_the_generators_gradient_depends_on_real_scores_where_the_loss_is_paired(x64, name, sees):
    """The critic does not move, so the real images reach the generator through their scores alone."""
    changes = {"objective__loss": name, "model__dtype": "float64", **NO_PENALTY}
    changes |= {"optimizer__critic_learning_rate": 1e-300, "objective__critic_updates": 1}
    one, other = (generator_gradient(one_step(shift, **changes)[1]) for shift in (0, 50))
    assert relative(other, one) > 1e-3 if sees else relative(other, one) == 0


def test_a_paired_loss_wants_fakes_of_the_same_label():
    with pytest.raises(
        ConfigError, match="compares each real example with a generated one of the same label"
    ):
        make_config(objective__loss="relativistic", objective__fake_labels="uniform")
    unconditional = {"model__conditional": False, "objective__fake_labels": "uniform"}
    make_config(objective__loss="relativistic", **unconditional)


def test_clipping_holds_every_weight_of_the_critic_and_no_other():
    before, after, metrics = one_step(**NO_PENALTY, objective__clip=0.03)
    largest = [np.abs(leaf).max() for leaf in jax.tree.leaves(after.players["critic"].params)]
    assert max(largest) == np.float32(0.03)
    for player in (before.players["critic"], after.players["generator"]):
        assert max(np.abs(leaf).max() for leaf in jax.tree.leaves(player.params)) > 0.1
    assert metrics.keys() == {"critic_loss", "critic_gap", "generator_loss"}


def test_an_objective_is_added_by_one_function_and_one_line(monkeypatch):
    def mine(real, fake, inputs):
        return losses.Losses(
            losses.wasserstein(real, fake, inputs).critic + 7, 3 * jax.nn.softplus(-fake).mean()
        )

    monkeypatch.setitem(losses.OBJECTIVES, "mine", losses.Objective(mine))
    before, after, metrics = one_step(objective__loss="mine", **NO_PENALTY)
    assert metrics["critic_loss"] == pytest.approx(7 - float(metrics["critic_gap"]), rel=1e-6)
    assert metrics["generator_loss"] > 0
    for name, last in (("generator", "image"), ("critic", "score")):
        old, new = (jax.tree.leaves(state.players[name].params[last]) for state in (before, after))
        assert any((a != b).any() for a, b in zip(old, new, strict=True)), name
    _, twin, other = one_step(**NO_PENALTY)  # wasserstein: the constant changes no gradient
    own, its = (state.players["critic"].params for state in (twin, after))
    jax.tree.map(np.testing.assert_array_equal, own, its)
    assert other["critic_loss"] == pytest.approx(float(metrics["critic_loss"]) - 7, rel=1e-4)
