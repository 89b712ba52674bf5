"""Every objective and penalty against values by hand; what a step makes of them; a new one in two lines."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config, make_networks

from cwgan_jax.algorithms import step
from cwgan_jax.objectives import losses

# All different, on both sides of zero and of the hinge's margins.
REAL, FAKE = (2.0, -1.0), (0.5, -3.0)
SMOOTHED = losses.Given(real_target=0.9, fake_target=0.1, balance=0.25)


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
}


def test_values_by_hand(x64):
    assert BY_HAND.keys() == losses.OBJECTIVES.keys()
    for name, wanted in BY_HAND.items():
        found = losses.OBJECTIVES[name](jnp.array(REAL), jnp.array(FAKE), SMOOTHED)
        np.testing.assert_allclose(found, wanted, rtol=1e-14, err_msg=name)


def gradients(name, real, fake, given=SMOOTHED):
    """Of the critic's loss with respect to the scores, and of the generator's."""

    def loss(which, scores):
        return losses.OBJECTIVES[name](*scores, given)[which]

    return [jax.grad(functools.partial(loss, which))((real, fake)) for which in (0, 1)]


@pytest.mark.parametrize("name", losses.OBJECTIVES)
def test_the_critic_tells_apart_and_the_generator_works_against_it(name):
    undecided = jnp.full(4, 0.5)
    (real, fake), (unused, own) = gradients(name, undecided, undecided)
    assert (real < 0).all()  # descent raises the scores of real images
    assert (fake > 0).all()
    assert (own < 0).all()
    assert not unused.any()


@pytest.mark.parametrize("name", sorted(losses.PROBABILITIES))
@pytest.mark.parametrize("given", [losses.Given(), SMOOTHED])
def test_extreme_logits_stay_finite(name, given):
    real, fake = jnp.array([-1e4, 1e4, 0.0]), jnp.array([1e4, -1e4, 0.0])
    values = losses.OBJECTIVES[name](real, fake, given)
    assert np.isfinite(values).all()
    assert values.critic > 6e3  # one real and one fake of three are wrong by 1e4 each
    for pair in gradients(name, real, fake, given):
        assert np.isfinite(pair).all()
        assert np.abs(pair).max() <= 1 / 3 + 1e-6


def test_the_saturation_that_the_non_saturating_loss_avoids():
    rejected = jnp.full(2, -20.0)
    (_, slow), (_, fast) = (gradients(name, rejected, rejected)[1] for name in ("minimax", "non_saturating"))
    assert np.abs(slow).max() < 1e-8
    np.testing.assert_allclose(fast, -0.5, rtol=1e-6)


def test_smoothed_targets_are_where_the_discriminator_rests(x64):
    real, fake = jnp.full(2, math.log(9)), jnp.full(2, -math.log(9))  # probabilities 0.9 and 0.1
    for name in losses.PROBABILITIES:
        np.testing.assert_allclose(gradients(name, real, fake)[0], 0, atol=1e-16)
    np.testing.assert_allclose(gradients("least_squares", jnp.full(2, 0.9), jnp.full(2, 0.1))[0], 0)


def test_hinge_is_flat_beyond_the_margin_and_steep_before_it():
    real, fake = jnp.array([1.01, 0.99, -7.0]), jnp.array([-1.01, -0.99, 7.0])
    (of_real, of_fake), (_, own) = gradients("hinge", real, fake)
    np.testing.assert_allclose(of_real, [0, -1 / 3, -1 / 3], rtol=1e-6)
    np.testing.assert_allclose(of_fake, [0, 1 / 3, 1 / 3], rtol=1e-6)
    np.testing.assert_allclose(own, [-1 / 3] * 3, rtol=1e-6)  # the generator's has no margin


def test_equilibrium_moves_the_balance_towards_the_wanted_ratio(x64):
    def after(real_error, fake_error, balance, rate=0.1):
        return losses.equilibrium(-real_error, -fake_error, jnp.asarray(balance), ratio=0.5, rate=rate)

    # gamma = 0.5: fakes of error 0.2 beside real images of 1.0 are too good, so k grows, by 0.1 * 0.3.
    np.testing.assert_allclose(after(1.0, 0.2, 0.4), (0.43, 1.0 + 0.3), rtol=1e-14)
    np.testing.assert_allclose(after(1.0, 0.9, 0.4), (0.36, 1.0 + 0.4), rtol=1e-14)
    np.testing.assert_allclose(after(1.0, 0.5, 0.4), (0.4, 1.0), rtol=1e-14)
    assert after(1.0, 0.0, 0.99)[0] == 1
    assert after(0.1, 2.0, 0.01)[0] == 0


def test_accuracy_counts_each_side():
    real, fake = jnp.array([3.0, 0.1, 2.0, -1.0]), jnp.array([4.0, -0.1, 5.0, 6.0])
    assert losses.accuracy(real, fake) == (0.75, 0.25)


def test_penalties_by_hand(x64):
    norm = jnp.array([0.0, 0.5, 1.0, 3.0])
    wanted = {
        "two_sided": ((1 + 0.25 + 0 + 4) / 4, [-0.5, -0.25, 0, 1]),
        "one_sided": (4 / 4, [0, 0, 0, 1]),
        "zero_centred": ((0.25 + 1 + 9) / 4, [0, 0.25, 0.5, 1.5]),
    }
    assert wanted.keys() == losses.PENALTIES.keys()
    for name, (value, gradient) in wanted.items():
        found = jax.value_and_grad(losses.PENALTIES[name])(norm)
        np.testing.assert_allclose(found[0], value, rtol=1e-15, err_msg=name)
        np.testing.assert_allclose(found[1], gradient, rtol=1e-15, err_msg=name)


def one_step(**changes):
    """The states before and after a step on random images, and its metrics."""
    cfg = make_config(model__architecture="mlp", data__size=8, **changes)
    networks = make_networks(cfg)
    draw = np.random.default_rng(0)
    image = draw.integers(0, 256, (1, 8, 8, 8, 1), np.uint8)
    batch = step.Batch(image, draw.integers(0, 3, (1, 8)).astype(np.int32), np.arange(8, dtype=np.int32))
    before = step.initial(cfg, networks)
    train_step = jax.jit(functools.partial(step.train_step, config=cfg, networks=networks))
    return before, *train_step(before, batch)


def test_clipping_holds_every_weight_of_the_critic_and_no_other():
    before, after, metrics = one_step(objective__constraint="clipping", objective__clip=0.03)
    largest = [np.abs(leaf).max() for leaf in jax.tree.leaves(after.critic)]
    assert max(largest) == np.float32(0.03)
    assert max(np.abs(leaf).max() for leaf in jax.tree.leaves(before.critic)) > 0.1
    assert max(np.abs(leaf).max() for leaf in jax.tree.leaves(after.generator)) > 0.1
    assert metrics.penalty is None


def test_an_objective_is_added_by_one_function_and_one_line(monkeypatch):
    def mine(real, fake, given):
        return losses.Losses(
            losses.wasserstein(real, fake, given).critic + 7, 3 * jax.nn.softplus(-fake).mean()
        )

    monkeypatch.setitem(losses.OBJECTIVES, "mine", mine)
    before, after, metrics = one_step(objective__loss="mine", objective__penalties__interpolates__weight=0)
    assert metrics.critic_loss == pytest.approx(7 - float(metrics.critic_gap), rel=1e-6)
    assert metrics.generator_loss > 0
    for name in ("generator", "critic"):
        pairs = zip(
            *(
                jax.tree.leaves(getattr(state, name)["score" if name == "critic" else "image"])
                for state in (before, after)
            ),
            strict=True,
        )
        assert any((a != b).any() for a, b in pairs), name
    _, twin, other = one_step(
        objective__penalties__interpolates__weight=0
    )  # wasserstein: the constant changes no gradient
    jax.tree.map(np.testing.assert_array_equal, twin.critic, after.critic)
    assert other.critic_loss == pytest.approx(float(metrics.critic_loss) - 7, rel=1e-4)
