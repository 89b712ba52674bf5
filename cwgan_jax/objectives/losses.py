"""The objectives: what the critic and the generator minimise, as functions of the scores.

A score is what the critic, or the discriminator before its sigmoid, gives one example: the higher, the more
real. To add an objective, write its function and one line of `OBJECTIVES`.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from cwgan_jax.objectives.controllers import Controller, equilibrium

Score = Callable[[jax.Array, jax.Array], jax.Array]
"""(example f[..., H, W, D], condition f[..., C]) -> score f[...]."""


class ObjectiveInputs(NamedTuple):
    """What an objective may use besides the scores.

    Attributes:
      real_target: the discriminator's target for real examples (0.9: one-sided label smoothing).
      fake_target: its target for generated ones.
      controllers: the present values of the objective's controllers, by name.
      middle: f[], half-way between the mean scores of real and of generated examples, at the update before.
    """

    real_target: float = 1.0
    fake_target: float = 0.0
    controllers: Mapping[str, Any] = {}
    middle: jax.Array | float = 0.0


class Losses(NamedTuple):
    """What the critic and the generator minimise, f[] each."""

    critic: jax.Array
    generator: jax.Array


Recognised = Callable[[jax.Array, jax.Array, ObjectiveInputs], jax.Array]


def above_middle(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> jax.Array:
    """How far a real example's score is above the middle of those of real and generated ones: f[B].

    For scores without a zero of their own. The middle is that of the update before: it is known on all
    devices alike, and moves little in one update.
    """
    return real - inputs.middle


def above_targets(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> jax.Array:
    """How far a real example's score is above the middle of the two targets: f[B]."""
    return real - (inputs.real_target + inputs.fake_target) / 2


def above_zero(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> jax.Array:
    """The score of a real example itself: f[B], for logits, and for margins around zero."""
    return real


def above_pair(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> jax.Array:
    """How far a real example's score is above that of the generated one beside it: f[B]."""
    return real - fake


class Objective(NamedTuple):
    """An objective.

    Attributes:
      losses: (scores of real examples f[B], of generated ones f[B], inputs) -> both losses. Example i of the
        one has the condition of example i of the other if `paired`.
      paired: the losses compare example i with example i, so both must have the same condition.
      options: the keys of config.objective that only some objectives read, and this one does.
      halved: both losses have a factor 1/2 in their definition; to an optimizer that divides by the size of
        the gradients it means nothing, but it does where other terms are added.
      logit: the score is the logit of a probability, so the scoring network is a discriminator.
      reconstructs: the score is a reconstruction error, so the scoring network must be an autoencoder.
      controllers: what adapts slowly: name -> (config.objective) -> controller.
      recognised: what is positive where a real example is taken for a real one, f[B]; arguments as of
        `losses`. Its mean sign is the r_t by which augmentation adapts.
    """

    losses: Callable[[jax.Array, jax.Array, ObjectiveInputs], Losses]
    paired: bool = False
    options: tuple[str, ...] = ()
    halved: bool = False
    logit: bool = False
    reconstructs: bool = False
    controllers: Mapping[str, Callable[[Any], Controller]] = {}
    recognised: Recognised = above_middle


def wasserstein(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> Losses:
    """Arjovsky et al. 2017, arXiv:1701.07875, Eq. 2; the first two terms of arXiv:1704.00028, Eq. 3.

    Args:
      real: f[B], scores of real examples.
      fake: f[B], scores of generated examples.
      inputs: not used.

    Returns:
      Both losses, f[] each.
    """
    return Losses(critic=-critic_gap(real, fake), generator=-fake.mean())


def minimax(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> Losses:
    """Goodfellow et al. 2014, arXiv:1406.2661, Eq. 1: the generator minimises mean log(1 - D(G(z)))."""
    return Losses(_discriminator(real, fake, inputs), -jax.nn.softplus(fake).mean())


def non_saturating(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> Losses:
    """Goodfellow et al. 2014, arXiv:1406.2661, Section 3: the generator minimises -mean log D(G(z))."""
    return Losses(_discriminator(real, fake, inputs), jax.nn.softplus(-fake).mean())


def least_squares(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> Losses:
    """Mao et al. 2017, arXiv:1611.04076, Eq. 9, with a = `fake_target` and b = c = `real_target`."""
    of_real, of_fake = jnp.square(real - inputs.real_target), jnp.square(fake - inputs.fake_target)
    return Losses((of_real.mean() + of_fake.mean()) / 2, jnp.square(fake - inputs.real_target).mean() / 2)


def hinge(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> Losses:
    """Lim and Ye 2017, arXiv:1705.02894; as in Zhang et al. 2019, arXiv:1805.08318, Eq. 4."""
    return Losses(jax.nn.relu(1 - real).mean() + jax.nn.relu(1 + fake).mean(), -fake.mean())


def began(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> Losses:
    """Berthelot et al. 2017, arXiv:1703.10717, Section 3.4; scores are minus the reconstruction errors."""
    return Losses(inputs.controllers["balance"] * fake.mean() - real.mean(), -fake.mean())


def relativistic(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> Losses:
    """The relativistic pairing loss: Jolicoeur-Martineau 2018, arXiv:1807.00734, Eq. 5 and 6.

    The critic is to score each real example above the generated one beside it, the generator the other way
    round; f(t) = softplus, as in the R3GAN objective (Huang et al. 2025, arXiv:2501.05441, Eq. 2), which adds
    zero-centred penalties at real and at generated examples. Arguments and result as in `wasserstein`.
    """
    return Losses(jax.nn.softplus(fake - real).mean(), jax.nn.softplus(real - fake).mean())


_TARGETS = ("real_target", "fake_target")
OBJECTIVES: dict[str, Objective] = {
    "wasserstein": Objective(wasserstein),
    "minimax": Objective(minimax, options=_TARGETS, logit=True, recognised=above_zero),
    "non_saturating": Objective(non_saturating, options=_TARGETS, logit=True, recognised=above_zero),
    "least_squares": Objective(least_squares, options=_TARGETS, halved=True, recognised=above_targets),
    "hinge": Objective(hinge, recognised=above_zero),
    "began": Objective(
        began,
        options=("equilibrium", "equilibrium_rate"),
        reconstructs=True,
        controllers={"balance": equilibrium},
    ),
    "relativistic": Objective(relativistic, paired=True, recognised=above_pair),
}


def name_of(loss: str) -> str:
    """What the network that scores is called under an objective."""
    return "discriminator" if OBJECTIVES[loss].logit else "critic"


def _discriminator(real: jax.Array, fake: jax.Array, inputs: ObjectiveInputs) -> jax.Array:
    """Binary cross-entropy with (smoothed) targets; sigmoid and logarithm in one: nothing overflows."""
    return _cross_entropy(real, inputs.real_target) + _cross_entropy(fake, inputs.fake_target)


def _cross_entropy(logit: jax.Array, target: float) -> jax.Array:
    """-mean of t log sigmoid(x) + (1 - t) log(1 - sigmoid(x)): f[B] -> f[]."""
    return (jax.nn.softplus(logit) - target * logit).mean()


def critic_gap(real: jax.Array, fake: jax.Array) -> jax.Array:
    """A critic's estimate of the Wasserstein distance, mean D(real) - mean D(fake): f[B], f[B] -> f[]."""
    return real.mean() - fake.mean()


def accuracy(real: jax.Array, fake: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Shares of real and of generated examples that a discriminator recognises: f[B], f[B]."""
    return (real > 0).mean(dtype=real.dtype), (fake < 0).mean(dtype=fake.dtype)
