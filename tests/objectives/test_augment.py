"""What an augmentation does and leaves as it is; the formulas are compared in reference/."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cwgan_jax.objectives import augment
from cwgan_jax.objectives.augment import wavelets
from cwgan_jax.objectives.augment.controller import adaptive
from cwgan_jax.objectives.losses import OBJECTIVES, ObjectiveInputs

COUNT = 4000


def drawn(name, p, shape, count):
    """What is drawn for so many examples."""

    def one(key):
        pipeline = augment.PIPELINES[name]
        return augment.draw(pipeline, augment.numbers(pipeline, key, jnp.float32), p, shape)

    return jax.jit(jax.vmap(one))(jax.random.split(jax.random.key(1), count))


def applied(name, what, example):
    return jax.jit(jax.vmap(functools.partial(augment.apply, augment.PIPELINES[name])))(what, example)


@pytest.mark.parametrize(("name", "shape"), [("bgcfnc", (10, 12, 3)), ("diffaugment", (9, 8, 1))])
def test_nothing_is_done_at_strength_0(name, shape):
    example = np.random.default_rng(0).standard_normal((5, *shape), np.float32)
    example[:, 0] = -0.0  # changed by adding 0
    assert np.asarray(applied(name, drawn(name, 0.0, shape, 5), example)).tobytes() == example.tobytes()


@pytest.mark.parametrize("p", [0.3, 1.0])
def test_each_transformation_has_its_chance(p):
    """Shares of 4,000 examples, within 5 standard deviations."""
    (active, motion), *others = drawn("bgcfnc", p, (32, 32, 1), COUNT)
    colour, bands, noise, cutout = (each.active.mean() for each in others)
    near = lambda share, wanted: abs(share - wanted) <= 5 * 0.5 / np.sqrt(COUNT)  # noqa: E731
    assert near(motion.resampled.mean(), 1 - (1 - p) ** 4)  # scale, either turn, proportion, shift
    assert near(colour, 1 - (1 - p) ** 3)  # brightness, contrast, flip: what means something for grey
    assert near(bands, 1 - (1 - p) ** 4)
    assert near(noise, p)
    assert near(cutout, p)
    mirrored = jnp.linalg.det(motion.turn.astype(float)) < 0
    assert near(mirrored.mean(), p / 2)
    assert near((jnp.abs(motion.turn[:, 0, 0]) == 0).mean(), p / 2)  # a quarter or three of four
    assert near((motion.shift != 0).any(1).mean(), p * (1 - 1 / 9**2))  # up to four pixels either way
    assert abs(np.asarray(motion.shift)).max() == 4
    assert near(active.mean(), 1) if p == 1 else active.mean() < 1


def test_colours_of_grey_and_of_transparent_pictures():
    example = np.random.default_rng(0).uniform(-1, 1, (COUNT, 2, 2, 1)).astype(np.float32)
    found = np.asarray(applied("color", drawn("color", 1.0, (2, 2, 1), COUNT), example))
    gain = (found[:, 0, 0] - found[:, 1, 1]) / (example[:, 0, 0] - example[:, 1, 1])
    shift = (found[:, 0, 0] - gain * example[:, 0, 0]) / gain
    steady = np.abs(example[:, 0, 0] - example[:, 1, 1])[:, 0] > 0.1
    bright, log = shift[steady, 0], np.log2(np.abs(gain[steady, 0]))
    assert (found[..., 0] - gain[..., None] * (example[..., 0] + shift[..., None])).std() < 1e-2
    assert abs((gain > 0).mean() - 0.5) < 5 * 0.5 / np.sqrt(COUNT)
    for values, deviation in ((bright, 0.2), (log, 0.5)):
        assert abs(values.mean()) < 5 * deviation / np.sqrt(len(values))
        assert abs(values.std() / deviation - 1) < 5 / np.sqrt(2 * len(values))
    example = np.random.default_rng(0).uniform(-1, 1, (20, 4, 4, 4)).astype(np.float32)
    for name in ("color", "filter", "noise", "diffaugment_color"):
        found = np.asarray(applied(name, drawn(name, 1.0, (4, 4, 4), 20), example))
        np.testing.assert_array_equal(found[..., 3], example[..., 3])
        assert (found[..., :3] != example[..., :3]).any(axis=(1, 2, 3)).all()


def test_filters_rebuild_what_they_take_apart():
    """sym6 is orthonormal, and the four bands add up to the picture; the published taps have 12 digits."""
    for length in (2, 5, 16):
        places = (np.arange(2 * length + 12) - 6) % (4 * (length - 1))
        np.testing.assert_allclose(
            wavelets.down(length) @ wavelets.up(length)[places], np.eye(length), atol=1e-11
        )
        np.testing.assert_allclose(wavelets.band_matrices(length).sum(0), np.eye(length), atol=1e-11)


class Section:
    p, target, every, speed, ceiling = 0.2, 0.5, 2, 100, 0.7


def test_the_strength_follows_the_mean_sign(x64):
    """B = 10, so that a change is 2 * 10 / 100 = 0.2; by hand."""
    controller = adaptive(Section, batch=10)
    value, curve = controller.init(jnp.dtype("float64")), []
    for sign in (0.4, 0.8, 0.4, 0.6, 1.0, 1.0, 1.0, 1.0, -1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0):
        observed = {"augment_sign": sign, "real_score": jnp.asarray(3.0), "critic_gap": jnp.asarray(4.0)}
        value, metrics = controller.observe(value, observed)
        curve.append(float(metrics["augment_p"]))
    every_other = [0.4, 0.4, 0.6, 0.7, 0.5, 0.3, 0.1, 0.0, 0.0]  # up, on target, up twice to the ceiling ...
    np.testing.assert_allclose(curve[1::2], every_other, atol=1e-12)
    np.testing.assert_allclose(curve[::2], [0.2, *every_other[:-1]], atol=1e-12)
    assert value.middle == 1
    assert metrics["augment_sign"] == 0

    class Fixed(Section):
        target = None

    controller = adaptive(Fixed, batch=10)
    value = controller.init(jnp.dtype("float64"))
    for _ in range(2):
        value, metrics = controller.observe(value, observed | {"augment_sign": 0.75})
    assert (metrics["augment_p"], metrics["augment_sign"]) == (0.2, 0.75)


def test_what_counts_as_recognised():
    """The real score against zero, the targets' middle, the generated one's, or the middle of all scores."""
    real, fake = jnp.array([0.4, 0.6, 5.0]), jnp.array([1.0, 0.0, 4.0])
    inputs = ObjectiveInputs(real_target=0.9, fake_target=0.1, middle=jnp.asarray(3.0))
    signs = {
        name: jnp.sign(each.recognised(real, fake, inputs)).tolist() for name, each in OBJECTIVES.items()
    }
    for name in ("minimax", "non_saturating", "hinge"):
        assert signs[name] == [1, 1, 1]
    assert signs["least_squares"] == [-1, 1, 1]
    assert signs["relativistic"] == [-1, 1, 1]
    assert signs["wasserstein"] == signs["began"] == [-1, -1, 1]
