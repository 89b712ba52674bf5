"""The parts of the section `objective` about what is added to the losses."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from cwgan_jax.common import options


def _penalties() -> Mapping[str, Any]:
    from cwgan_jax.objectives import penalties

    return penalties.PENALTIES


@dataclasses.dataclass(frozen=True)
class Penalty:
    """A penalty on the critic, at one place.

    Attributes:
      weight: lambda; 0: there is no penalty here. Of R1 and R2 it is gamma / 2.
      kind: key of `objectives.penalties.PENALTIES`: `two_sided` (gradient norm towards 1), `one_sided` (norm
        at most 1), `zero_centred` (towards 0: R1 at real examples, R2 at generated ones),
        `finite_difference` (towards 0 too, without a second backward pass) or `consistency` (the score of an
        example and of the same a little shifted should be equal).
      every: j, it is computed at every j-th critic update, and then counts j times as much (lazy
        regularisation, Karras et al. 2020, arXiv:1912.04958, Appendix B).
      sigma: standard deviation of the step of a finite difference; the penalty is about sigma^2 norm^2.
    """

    weight: float = options.real(0.0, "a number >= 0", lambda v: v >= 0)
    kind: str = options.key("two_sided", _penalties)
    every: int = options.count(1, high=10**6)
    sigma: float = options.real(0.01, "a number > 0", lambda v: v > 0)


@dataclasses.dataclass(frozen=True)
class Penalties:
    """The penalties on the critic, one for each place.

    Attributes:
      interpolates: on the lines between real and generated examples: WGAN-GP.
      real: at real examples.
      fake: at generated ones.
    """

    interpolates: Penalty = dataclasses.field(default_factory=lambda: Penalty(weight=10.0))
    real: Penalty = dataclasses.field(default_factory=Penalty)
    fake: Penalty = dataclasses.field(default_factory=Penalty)


PLACES = tuple(field.name for field in dataclasses.fields(Penalties))


@dataclasses.dataclass(frozen=True)
class Auxiliary:
    """An auxiliary classifier on the critic's last features (Odena et al. 2017, arXiv:1610.09585).

    It learns to read the condition in real examples, and the generator to make examples in which it reads
    the condition that was asked for. Classes, labels, words and numbers are read alike.

    Attributes:
      critic: weight of its loss in the critic's; 0: there is none. WGAN-GP's own CIFAR-10 runs have 1.
      generator: weight of its loss in the generator's; theirs is 0.1. The larger, the more examples are as
        asked, and the more alike.
    """

    critic: float = options.real(0.0, "a number >= 0", lambda v: v >= 0)
    generator: float = options.real(0.0, "a number >= 0", lambda v: v >= 0)


@dataclasses.dataclass(frozen=True)
class PathLength:
    """A penalty on a generator with styles (Karras et al. 2020, arXiv:1912.04958, Section 3.2).

    How far a picture moves with its style is to be the same everywhere: the mean square of the length of the
    gradient along a random picture, less the running mean of that length.

    Attributes:
      weight: 0: there is none; StyleGAN2's is 2.
      decay: how far the running mean moves to the mean of a batch.
      every: k, it is computed at every k-th generator update, and then counts k times as much.
      share: of how many examples of a batch it takes one.
    """

    weight: float = options.real(0.0, "a number >= 0", lambda v: v >= 0)
    decay: float = options.real(0.01, "a number in (0, 1]", lambda v: 0 < v <= 1)
    every: int = options.count(4, high=10**6)
    share: int = options.count(2, high=4096)


def lazy_intervals(config: Any) -> dict[str, tuple[int, ...]]:
    """The intervals above 1 of each player's penalties with a weight, from the whole config."""
    section = config.objective
    on_critic = (getattr(section.penalties, place) for place in PLACES)
    both = {"generator": [section.path_length], "critic": on_critic}
    return {
        player: tuple(sorted({each.every for each in penalties if each.weight and each.every > 1}))
        for player, penalties in both.items()
    }
