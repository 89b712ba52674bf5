"""Every image that the critic sees is augmented, each time by random numbers of its own."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_algorithm, make_batch, make_config, make_setting
from step_helpers import initial, take

from cwgan_jax import random
from cwgan_jax.algorithms import augmented
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.objectives import augment

_PENALTIES = {
    f"objective__penalties__{place}__{key}": value
    for place in ("interpolates", "real", "fake")
    for key, value in (("weight", 1), ("kind", "zero_centred"))
}


def test_no_image_escapes(monkeypatch, x64):
    """With a transformation that makes all of them grey nothing is left to tell them apart, or to learn.

    The scores of real and of generated images are equal in both updates, and all gradients with respect to
    images are zero: one place that is left out would show.
    """
    erase = augment.Transform(
        lambda dice, p, shape: augment.Drawn(dice.happens(p), ()), lambda _, example: 0 * example, uniform=1
    )
    monkeypatch.setitem(augment.PIPELINES, "erase", (erase,))
    changes = {
        "augment__pipeline": "erase",
        "augment__p": 1,
        "augment__target": "none",
        "model__conditional": False,
    }
    changes |= {"model__architecture": "mlp", "model__dtype": "float64", "objective__loss": "relativistic"}
    setting = make_setting(make_config(**changes, **_PENALTIES))
    image = np.random.default_rng(0).integers(0, 256, (1, 8, 16, 16, 1), np.uint8)
    state = initial(setting)
    after, metrics = take(setting, state, make_batch(image, np.zeros((1, 8), np.int32)))
    norms = [name for name in metrics if name.endswith(("gradient_norm", "penalty"))]
    assert len(norms) == 6
    assert all(metrics[name] == 0 for name in ["critic_gap", *norms])
    np.testing.assert_allclose([metrics["generator_loss"], metrics["critic_loss"]], np.log(2), rtol=1e-15)
    same = jax.tree.map(np.array_equal, after.players["generator"].params, state.players["generator"].params)
    assert all(jax.tree.leaves(same))


def test_every_place_and_update_has_numbers_of_its_own():
    cfg, slot = make_config(augment__pipeline="cutout"), jnp.arange(8)

    def numbers(step, k, slot=slot):
        key = random.key(0, random.Stream.AUGMENT, step, k)
        return augmented.numbers(cfg, key, slot, jnp.float32).uniform

    drawn = np.concatenate([numbers(*each).reshape(-1, 3) for each in itertools.product((0, 1), (0, 1))])
    assert len(drawn) == 4 * 8 * 7  # real, fake, both once more for the generator, and three penalties
    assert len(np.unique(drawn, axis=0)) == len(drawn)
    np.testing.assert_array_equal(numbers(0, 1, slot[4:6]), numbers(0, 1)[4:6])
    own = augmented.numbers(cfg, random.key(0, random.Stream.AUGMENT, 0, 0), slot, jnp.float32)
    condition = jnp.zeros((8, 0))
    places = ["real", "fake", "generator_real", "generator_fake"]
    places += [f"penalty_{place}" for place in ("interpolates", "real", "fake")]
    given = [
        augmented.given(cfg, (16, 16, 1), 1.0, at=place, numbers=own, condition=condition) for place in places
    ]
    centres = np.concatenate([each.drawn[0].values for each in given])
    assert len(np.unique(centres, axis=0)) == len(centres)


def test_a_fixed_strength_may_move_along_the_ramp():
    ramp = {"ramp__start": 10, "ramp__end": 20, "ramp__to": "augment.p=0.5"}
    fixed = {"augment__pipeline": "bgc", "augment__target": "none"}
    cfg = make_config(**fixed, **ramp)
    found = [float(augmented.strength(cfg, {}, jnp.int32(n))) for n in (0, 15, 30)]
    np.testing.assert_allclose(found, [0, 0.25, 0.5])
    assert augmented.strength(make_config(**fixed, augment__p=0.3), {}, jnp.int32(5)) == 0.3


def test_the_alarm_says_what_a_strength_at_the_ceiling_means():
    cfg = make_config(augment__pipeline="bgc", objective__loss="non_saturating")
    (alarm,) = augmented.alarms(cfg)
    values = {"augment_p": np.float32([0.79, 0.8]), "augment_sign": np.float32([0.9, 0.91])}
    assert alarm.bad(values).tolist() == [False, True]
    said = alarm.begins(values, 7)
    assert "p is at config.augment.ceiling=0.8 since step 7, and the discriminator still" in said
    assert "r_t 0.91, target 0.6" in said
    for other in ({}, {"augment__pipeline": "bgc", "augment__target": "none"}):
        assert augmented.alarms(make_config(**other)) == ()


def test_only_images():
    with pytest.raises(ConfigError, match=r"config\.augment\.pipeline=bgc: only images .* these are signals"):
        make_algorithm(
            make_config(augment__pipeline="bgc", model__architecture="mlp"), shape=(64, 1), kind="signals"
        )
