"""The mathematics of the objectives and of the gradient penalty, and nothing else.

A score is what the critic, or the discriminator before its sigmoid, gives one image: the higher, the more
real. To add an objective, write its function and one line of `OBJECTIVES`.
"""

from collections.abc import Callable
from typing import NamedTuple

import chex
import jax
import jax.numpy as jnp

Critic = Callable[[jax.Array, jax.Array], jax.Array]


class Given(NamedTuple):
    """What an objective may use besides the scores.

    Attributes:
      real_target: what the discriminator is to say of real images (0.9: one-sided label smoothing).
      fake_target: what it is to say of generated ones.
      balance: BEGAN's k_t, f[] in [0, 1].
    """

    real_target: float = 1.0
    fake_target: float = 0.0
    balance: jax.Array | float = 0.0


class Losses(NamedTuple):
    """What critic and generator minimise, f[] each."""

    critic: jax.Array
    generator: jax.Array


Objective = Callable[[jax.Array, jax.Array, Given], Losses]


def wasserstein(real: jax.Array, fake: jax.Array, given: Given) -> Losses:
    """Arjovsky et al. 2017, arXiv:1701.07875, Eq. 2; the first two terms of arXiv:1704.00028, Eq. 3.

    Args:
      real: f[B], scores of real images.
      fake: f[B], scores of generated images; the generator's loss depends on these alone.
      given: not used; see `Given`.

    Returns:
      Both losses, f[] each.
    """
    return Losses(critic=-critic_gap(real, fake), generator=-fake.mean())


def minimax(real: jax.Array, fake: jax.Array, given: Given) -> Losses:
    """Goodfellow et al. 2014, arXiv:1406.2661, Eq. 1: the generator minimises mean log(1 - D(G(z)))."""
    return Losses(_discriminator(real, fake, given), -jax.nn.softplus(fake).mean())


def non_saturating(real: jax.Array, fake: jax.Array, given: Given) -> Losses:
    """Goodfellow et al. 2014, arXiv:1406.2661, Section 3: the generator minimises -mean log D(G(z))."""
    return Losses(_discriminator(real, fake, given), jax.nn.softplus(-fake).mean())


def least_squares(real: jax.Array, fake: jax.Array, given: Given) -> Losses:
    """Mao et al. 2017, arXiv:1611.04076, Eq. 9, with a = `fake_target` and b = c = `real_target`."""
    of_real, of_fake = jnp.square(real - given.real_target), jnp.square(fake - given.fake_target)
    return Losses((of_real.mean() + of_fake.mean()) / 2, jnp.square(fake - given.real_target).mean() / 2)


def hinge(real: jax.Array, fake: jax.Array, given: Given) -> Losses:
    """Lim and Ye 2017, arXiv:1705.02894; as in Zhang et al. 2019, arXiv:1805.08318, Eq. 4."""
    return Losses(jax.nn.relu(1 - real).mean() + jax.nn.relu(1 + fake).mean(), -fake.mean())


def began(real: jax.Array, fake: jax.Array, given: Given) -> Losses:
    """Berthelot et al. 2017, arXiv:1703.10717, Section 3.4; scores are minus the reconstruction errors."""
    return Losses(given.balance * fake.mean() - real.mean(), -fake.mean())


OBJECTIVES: dict[str, Objective] = {
    "wasserstein": wasserstein,
    "minimax": minimax,
    "non_saturating": non_saturating,
    "least_squares": least_squares,
    "hinge": hinge,
    "began": began,
}
# Those that take no notice of `real_target` and `fake_target`.
WITHOUT_TARGETS = frozenset({"wasserstein", "hinge", "began"})
# Where the score is the logit of a probability, so that the network is a discriminator.
PROBABILITIES = frozenset({"minimax", "non_saturating"})


def name_of(loss: str) -> str:
    """What the network that scores is called under an objective."""
    return "discriminator" if loss in PROBABILITIES else "critic"


def _discriminator(real: jax.Array, fake: jax.Array, given: Given) -> jax.Array:
    """Binary cross-entropy with (smoothed) targets; sigmoid and logarithm in one: nothing overflows."""
    return _cross_entropy(real, given.real_target) + _cross_entropy(fake, given.fake_target)


def _cross_entropy(logit: jax.Array, target: float) -> jax.Array:
    """-mean of t log sigmoid(x) + (1 - t) log(1 - sigmoid(x)): f[B] -> f[]."""
    return (jax.nn.softplus(logit) - target * logit).mean()


def critic_gap(real: jax.Array, fake: jax.Array) -> jax.Array:
    """A critic's estimate of the Wasserstein distance, mean D(real) - mean D(fake): f[B], f[B] -> f[]."""
    return real.mean() - fake.mean()


def accuracy(real: jax.Array, fake: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Shares of real and of generated images that a discriminator tells as what they are: f[B], f[B]."""
    return (real > 0).mean(dtype=real.dtype), (fake < 0).mean(dtype=fake.dtype)


def equilibrium(
    real: jax.Array, fake: jax.Array, balance: jax.Array, *, ratio: float, rate: float
) -> tuple[jax.Array, jax.Array]:
    """BEGAN's control of k_t and its measure of convergence (arXiv:1703.10717, Sections 3.3 and 3.4.1).

    Args:
      real: f[], mean score of real images.
      fake: f[], of generated ones.
      balance: f[], k_t.
      ratio: gamma, wanted of error(fake) / error(real).
      rate: lambda_k.

    Returns:
      k_{t+1} f[] in [0, 1], and the measure f[].
    """
    off = ratio * -real - -fake
    return jnp.clip(balance + rate * off, 0, 1), -real + jnp.abs(off)


def interpolate(real: jax.Array, fake: jax.Array, weight: jax.Array) -> jax.Array:
    """Points on the lines between real and generated images, line 6 of Algorithm 1 (arXiv:1704.00028).

    Args:
      real: f[B, H, W, D].
      fake: f[B, H, W, D].
      weight: f[B] in [0, 1): one per example, the real image's share.

    Returns:
      f[B, H, W, D].
    """
    chex.assert_equal_shape([real, fake])
    chex.assert_shape(weight, real.shape[:1])
    weight = weight.reshape(-1, *(1 for _ in real.shape[1:]))
    return weight * real + (1 - weight) * fake


def gradient_norm(critic: Critic, image: jax.Array, label: jax.Array) -> jax.Array:
    """Euclidean norm of the critic's gradient with respect to all pixels of each image.

    Args:
      critic: (image f[H, W, D], label i32[]) -> score f[]; a function of ONE example.
      image: f[B, H, W, D].
      label: i32[B].

    Returns:
      f[B]. Where a gradient is exactly zero the norm is 0 and so is the norm's own gradient (a subgradient;
      the plain square root would give NaN). No epsilon: it would shift every other norm.
    """
    gradient = jax.vmap(jax.grad(critic))(image, label)
    squared = jnp.square(gradient).sum(tuple(range(1, gradient.ndim)))
    positive = squared > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1)), 0)


def gradient_penalty(norm: jax.Array) -> jax.Array:
    """Mean over the examples of (norm - 1)^2, the last term of Eq. 3 without its weight: f[B] -> f[]."""
    return jnp.square(norm - 1).mean()


def one_sided(norm: jax.Array) -> jax.Array:
    """Mean of max(0, norm - 1)^2 (Gulrajani et al. 2017, Section 4; Petzka et al. 2018): f[B] -> f[]."""
    return jnp.square(jax.nn.relu(norm - 1)).mean()


def zero_centred(norm: jax.Array) -> jax.Array:
    """Mean of norm^2: R1 at real images, R2 at generated ones (Mescheder et al. 2018, arXiv:1801.04406).

    The weight is the gamma / 2 of their Eq. 9.
    """
    return jnp.square(norm).mean()


PENALTIES = {"two_sided": gradient_penalty, "one_sided": one_sided, "zero_centred": zero_centred}
