"""The penalty against analytic values; no network in sight."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from cwgan_jax.objectives import losses

SHAPE = (5, 4, 3, 2)


@pytest.fixture
def image(x64):
    return jnp.asarray(np.random.default_rng(0).standard_normal(SHAPE))


LABEL = jnp.arange(5) % 3


def penalty(critic, image, label=LABEL):
    return losses.gradient_penalty(losses.gradient_norm(critic, image, label))


def curved(image, label):
    """A critic with curvature that reads all pixels and the label."""
    weight = jnp.cos(jnp.arange(image.size, dtype=image.dtype)).reshape(image.shape)
    return jnp.tanh((weight * image).sum()) + (jnp.sin(image) * (1.0 + label)).sum()


def test_linear_critic(image):
    weight = jnp.asarray(np.random.default_rng(1).standard_normal(SHAPE[1:]))
    norm = losses.gradient_norm(lambda x, y: (weight * x).sum(), image, LABEL)
    np.testing.assert_allclose(norm, np.full(5, np.linalg.norm(weight)), rtol=1e-15)
    value = penalty(lambda x, y: (weight * x).sum(), image)
    assert value == pytest.approx((np.linalg.norm(weight) - 1) ** 2, rel=1e-14)


def test_norm_is_over_all_pixels_of_each_example(image):
    """The gradient of |x|^2 / 2 is x itself."""
    norm = losses.gradient_norm(lambda x, y: 0.5 * jnp.square(x).sum(), image, LABEL)
    np.testing.assert_allclose(norm, np.linalg.norm(np.asarray(image).reshape(5, -1), axis=1), rtol=1e-14)


def test_penalty_is_the_mean_of_squares_not_the_square_of_the_mean(image):
    norm = jnp.array([0.0, 1.0, 2.0, 3.0])
    assert losses.gradient_penalty(norm) == pytest.approx((1 + 0 + 1 + 4) / 4)


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
    together = losses.gradient_norm(curved, image, LABEL)
    alone = [losses.gradient_norm(curved, image[i : i + 1], LABEL[i : i + 1])[0] for i in range(5)]
    np.testing.assert_allclose(together, alone, rtol=1e-13)
    changed = losses.gradient_norm(curved, image.at[1:].multiply(3.0), LABEL)
    np.testing.assert_allclose(changed[0], together[0], rtol=1e-13)


def test_second_order_derivatives(image):
    """Against finite differences, through the critic's parameters and through the image."""

    def of_parameter(scale):
        return penalty(lambda x, y: jnp.sin(scale * x).sum() + curved(scale * x, y), image)

    check_grads(of_parameter, (jnp.array(0.7),), order=2, modes=["rev"])
    check_grads(lambda x: penalty(curved, x), (image,), order=2, modes=["rev"])


def test_interpolate_ends_middle_and_one_weight_per_example(image):
    real, fake = image, image[::-1] + 1
    np.testing.assert_array_equal(losses.interpolate(real, fake, jnp.ones(5)), real)
    np.testing.assert_array_equal(losses.interpolate(real, fake, jnp.zeros(5)), fake)
    weight = jnp.array([0.0, 0.25, 0.5, 0.75, 1.0])
    mixed = losses.interpolate(real, fake, weight)
    for i in range(5):
        np.testing.assert_allclose(mixed[i], weight[i] * real[i] + (1 - weight[i]) * fake[i], rtol=1e-15)


def test_wasserstein_and_generator_loss_signs():
    real, fake = jnp.array([3.0, 5.0]), jnp.array([1.0, 2.0])
    assert losses.critic_gap(real, fake) == 2.5
    assert losses.wasserstein(real, fake, losses.Given()) == (-2.5, -1.5)


@pytest.mark.parametrize(
    ("fake", "weight"), [((2, 3, 3, 2), (2,)), ((2, 3, 3, 1), (1,)), ((2, 1, 1, 1), (2,))]
)
def test_interpolates_are_between_images_of_one_shape(fake, weight):
    """Broadcasting would hide one weight for a whole batch, or for none of it."""
    with pytest.raises(AssertionError):
        losses.interpolate(jnp.zeros((2, 3, 3, 1)), jnp.zeros(fake), jnp.zeros(weight))
