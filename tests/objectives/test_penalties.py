"""The penalties against analytic values; no network in sight."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from cwgan_jax.objectives import penalties

SHAPE = (5, 4, 3, 2)


@pytest.fixture
def image(x64):
    return jnp.asarray(np.random.default_rng(0).standard_normal(SHAPE))


LABEL = jnp.arange(5) % 3


def penalty(critic, image, label=LABEL):
    return penalties.gradient_penalty(penalties.gradient_norm(critic, image, label))


def curved(image, label):
    """A critic with curvature that reads all pixels and the label."""
    weight = jnp.cos(jnp.arange(image.size, dtype=image.dtype)).reshape(image.shape)
    return jnp.tanh((weight * image).sum()) + (jnp.sin(image) * (1.0 + label)).sum()


def test_linear_critic(image):
    weight = jnp.asarray(np.random.default_rng(1).standard_normal(SHAPE[1:]))
    norm = penalties.gradient_norm(lambda x, y: (weight * x).sum(), image, LABEL)
    np.testing.assert_allclose(norm, np.full(5, np.linalg.norm(weight)), rtol=1e-15)
    value = penalty(lambda x, y: (weight * x).sum(), image)
    assert value == pytest.approx((np.linalg.norm(weight) - 1) ** 2, rel=1e-14)


def test_norm_is_over_all_pixels_of_each_example(image):
    """The gradient of |x|^2 / 2 is x itself."""
    norm = penalties.gradient_norm(lambda x, y: 0.5 * jnp.square(x).sum(), image, LABEL)
    np.testing.assert_allclose(norm, np.linalg.norm(np.asarray(image).reshape(5, -1), axis=1), rtol=1e-14)


def test_penalty_is_the_mean_of_squares_not_the_square_of_the_mean(image):
    norm = jnp.array([0.0, 1.0, 2.0, 3.0])
    assert penalties.gradient_penalty(norm) == pytest.approx((1 + 0 + 1 + 4) / 4)


def test_zero_gradient_gives_penalty_one_and_finite_derivatives(image):
    """All derivatives of |x|^4 up to the third vanish at 0; norm, penalty and their gradients must exist."""

    def critic(scale):
        return lambda x, y: scale * jnp.square(jnp.square(x).sum())

    zero = jnp.zeros_like(image)
    value, gradient = jax.value_and_grad(lambda s: penalty(critic(s), zero))(1.0)
    assert value == 1.0
    assert gradient == 0.0
    assert not np.any(jax.grad(lambda x: penalty(critic(1.0), x))(zero))
    mixed = image.at[2].set(0)  # one dead example among live ones
    gradient = jax.grad(lambda s: penalty(critic(s), mixed))(1.0)
    assert np.isfinite(gradient)
    assert gradient != 0


def test_companions_do_not_matter(image):
    together = penalties.gradient_norm(curved, image, LABEL)
    alone = [penalties.gradient_norm(curved, image[i : i + 1], LABEL[i : i + 1])[0] for i in range(5)]
    np.testing.assert_allclose(together, alone, rtol=1e-13)
    changed = penalties.gradient_norm(curved, image.at[1:].multiply(3.0), LABEL)
    np.testing.assert_allclose(changed[0], together[0], rtol=1e-13)


def test_second_order_derivatives(image):
    """Against finite differences, through the critic's parameters and through the image."""

    def of_parameter(scale):
        return penalty(lambda x, y: jnp.sin(scale * x).sum() + curved(scale * x, y), image)

    check_grads(of_parameter, (jnp.array(0.7),), order=2, modes=["rev"])
    check_grads(lambda x: penalty(curved, x), (image,), order=2, modes=["rev"])


def test_interpolate_ends_middle_and_one_weight_per_example(image):
    real, fake = image, image[::-1] + 1
    np.testing.assert_array_equal(penalties.interpolate(real, fake, jnp.ones(5)), real)
    np.testing.assert_array_equal(penalties.interpolate(real, fake, jnp.zeros(5)), fake)
    weight = jnp.array([0.0, 0.25, 0.5, 0.75, 1.0])
    mixed = penalties.interpolate(real, fake, weight)
    for i in range(5):
        np.testing.assert_allclose(mixed[i], weight[i] * real[i] + (1 - weight[i]) * fake[i], rtol=1e-15)


@pytest.mark.parametrize(
    ("fake", "weight"), [((2, 3, 3, 2), (2,)), ((2, 3, 3, 1), (1,)), ((2, 1, 1, 1), (2,))]
)
def test_interpolates_are_between_images_of_one_shape(fake, weight):
    """Broadcasting would hide one weight for a whole batch, or for none of it."""
    with pytest.raises(AssertionError):
        penalties.interpolate(jnp.zeros((2, 3, 3, 1)), jnp.zeros(fake), jnp.zeros(weight))


def test_penalties_by_hand(x64):
    norm = jnp.array([0.0, 0.5, 1.0, 3.0])
    wanted = {
        penalties.gradient_penalty: ((1 + 0.25 + 0 + 4) / 4, [-0.5, -0.25, 0, 1]),
        penalties.one_sided: (4 / 4, [0, 0, 0, 1]),
        penalties.zero_centred: ((0.25 + 1 + 9) / 4, [0, 0.25, 0.5, 1.5]),
    }
    for function, (value, gradient) in wanted.items():
        found = jax.value_and_grad(function)(norm)
        np.testing.assert_allclose(found[0], value, rtol=1e-15, err_msg=function.__name__)
        np.testing.assert_allclose(found[1], gradient, rtol=1e-15, err_msg=function.__name__)


def at(critic, example, noise=None, sigma=0.01):
    """Where a penalty is computed, from a critic of one example."""

    def score(example, condition):
        single = example.ndim == len(SHAPE) - 1
        return critic(example, condition) if single else jax.vmap(critic)(example, condition)

    uniform = lambda: jnp.linspace(0, 0.9, 10).reshape(5, 2)  # noqa: E731
    return penalties.Penalised(score, example, LABEL, lambda: noise, uniform, sigma)


def test_every_kind_gives_what_its_table_says(image):
    noise = jnp.ones_like(image)
    norm = penalties.gradient_norm(curved, image, LABEL)
    wanted = {
        "two_sided": jnp.square(norm - 1).mean(),
        "one_sided": jnp.square(jnp.maximum(norm, 1) - 1).mean(),
        "zero_centred": jnp.square(norm).mean(),
    }
    for name, kind in penalties.PENALTIES.items():
        value, metrics = kind.function(at(curved, image, noise))
        assert [name for name, _ in kind.metrics] == list(metrics)
        if name in wanted:
            np.testing.assert_allclose(value, wanted[name], rtol=1e-14)
            np.testing.assert_allclose(metrics["gradient_norm"], norm.mean(), rtol=1e-14)
        else:
            assert metrics == {}


def test_finite_difference_of_a_linear_critic_is_exact_given_the_noise(image):
    """D(x + sigma e) - D(x) = sigma g.e for each sigma, however large."""
    draw = np.random.default_rng(1)
    weight, noise = draw.standard_normal(SHAPE[1:]), draw.standard_normal(SHAPE)
    along = (weight * noise).reshape(5, -1).sum(1)
    for sigma in (1e-3, 1.0):
        found = penalties.finite_difference(at(lambda x, y: (weight * x).sum() + y, image, noise, sigma))[0]
        np.testing.assert_allclose(found, np.square(sigma * along).mean(), rtol=1e-9)  # 1e-16 / 1e-3, squared
    # One noise for all examples, or numbers that are not per pixel, would give something else.
    assert np.ptp(along) > 1


def test_finite_difference_is_sigma_squared_times_the_squared_norm_on_average(x64):
    """E (g.e)^2 = |g|^2; of N draws the mean has a relative standard deviation of sqrt(2 / N)."""
    count, draw = 20_000, np.random.default_rng(2)
    weight, noise = draw.standard_normal(4), draw.standard_normal((count, 4))
    where = penalties.Penalised(
        lambda x, y: x @ weight, jnp.zeros((count, 4)), jnp.zeros((count, 0)), lambda: noise, None, 0.1
    )
    found = penalties.finite_difference(where)[0] / 0.1**2
    assert abs(found / np.square(weight).sum() - 1) < 5 * np.sqrt(2 / count)


def test_finite_difference_tends_to_the_squared_slope_along_the_noise(image):
    """Of a curved critic the error is of order sigma: a tenth of sigma, a tenth of the error."""
    noise = jnp.asarray(np.random.default_rng(3).standard_normal(SHAPE))
    slope = (jax.vmap(jax.grad(curved))(image, LABEL) * noise).reshape(5, -1).sum(1)
    limit = jnp.square(slope).mean()
    errors = [
        float(penalties.finite_difference(at(curved, image, noise, sigma))[0] / sigma**2 / limit - 1)
        for sigma in (1e-3, 1e-4)
    ]
    assert 0 < abs(errors[1]) < abs(errors[0]) < 0.1
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.1)


def shifts(example, uniform):
    """By hand, with numpy's padding: the window that begins at the move, out of the padded example."""
    result = []
    for picture, numbers in zip(np.asarray(example), np.asarray(uniform), strict=True):
        most = [int(side / 8 + 0.5) for side in picture.shape[:2]]
        padded = np.pad(picture, [(m, m) for m in most] + [(0, 0)], mode="edge")
        row, column = (int(u * (2 * m + 1)) for u, m in zip(numbers, most, strict=True))
        result.append(padded[row : row + picture.shape[0], column : column + picture.shape[1]])
    return np.stack(result)


def test_consistency_is_the_squared_difference_of_the_scores_of_shifted_examples(x64):
    draw = np.random.default_rng(4)
    example, uniform = draw.standard_normal((5, 16, 8, 2)), draw.random((5, 2))
    weight = draw.standard_normal((16, 8, 2))
    score = lambda x, y: jnp.tanh((weight[None] * x).sum((1, 2, 3))) + y  # noqa: E731
    where = penalties.Penalised(score, jnp.asarray(example), LABEL, None, lambda: jnp.asarray(uniform), 0)
    value, metrics = penalties.consistency(where)
    moved = shifts(example, uniform)
    assert (moved != example).any((1, 2, 3)).all()
    wanted = np.square(score(example, LABEL) - score(moved, LABEL)).mean()
    np.testing.assert_allclose(value, wanted, rtol=1e-12)
    assert metrics == {}


def test_a_shift_takes_every_move_of_up_to_an_eighth_and_leaves_channels_alone():
    signal = jnp.arange(32.0).reshape(16, 2)
    uniform = jnp.linspace(0, 0.999, 50)[:, None]
    moved = jax.vmap(penalties.shifted, (None, 0))(signal, uniform)
    assert np.unique(moved[:, 8], axis=0).tolist() == signal[6:11].tolist()
    row = jnp.arange(6.0)  # of a table
    np.testing.assert_array_equal(penalties.shifted(row, jnp.zeros(0)), row)


def test_places_are_judged_under_the_conditions_of_their_examples(image):
    weight = jnp.array([0.0, 0.25, 0.5, 0.75, 1.0])
    own, its = jax.nn.one_hot(LABEL, 3), jax.nn.one_hot((LABEL + 1) % 3, 3)
    pairs = penalties.Pairs(image, own, image[::-1] + 1, its, weight)
    found = {name: place(pairs) for name, place in penalties.PLACES.items()}
    wanted = {
        "interpolates": (penalties.interpolate(pairs.real, pairs.fake, weight), own),
        "real": (pairs.real, own),
        "fake": (pairs.fake, its),
    }
    assert found.keys() == wanted.keys()
    for name, pair in wanted.items():
        for mine, theirs in zip(found[name], pair, strict=True):
            np.testing.assert_array_equal(mine, theirs, name)
