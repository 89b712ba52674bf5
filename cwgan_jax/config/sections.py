"""The sections of a config: what may stand in it, what it means, and the defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from cwgan_jax.common import options
from cwgan_jax.common.model import Model
from cwgan_jax.config.data_section import Data
from cwgan_jax.config.translation import Translation

# Tables are imported late: those who only read data need no jax.


def _architectures() -> Mapping[str, type]:
    from cwgan_jax import networks

    return {name: architecture.options for name, architecture in networks.ARCHITECTURES.items()}


_MODEL = options.Chosen("architecture", "conv", _architectures)


def _objectives() -> Mapping[str, Any]:
    from cwgan_jax.objectives import losses

    return losses.OBJECTIVES


def _penalties() -> Mapping[str, Any]:
    from cwgan_jax.objectives import penalties

    return penalties.PENALTIES


def _algorithms() -> Mapping[str, Any]:
    from cwgan_jax import algorithms

    return algorithms.ALGORITHMS


@dataclasses.dataclass(frozen=True)
class Penalty:
    """A penalty on the critic, at one place.

    Attributes:
      weight: lambda; 0: there is no penalty here. Of R1 and R2 it is gamma / 2.
      kind: key of `objectives.penalties.PENALTIES`: `two_sided` (gradient norm towards 1), `one_sided` (norm
        at most 1), `zero_centred` (towards 0: R1 at real examples, R2 at generated ones) or
        `finite_difference` (towards 0 too, without a second backward pass).
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
class Objective:
    """What is optimised, and the order of the updates.

    Attributes:
      loss: key of `objectives.losses.OBJECTIVES`.
      penalties: what keeps the critic smooth, at each place.
      auxiliary: a classifier in the critic.
      clip: c, the critic's weights are clipped to [-c, c] after each of its updates; none: they are not.
      critic_spectral_norm: whether the critic's layers have spectral norm.
      generator_spectral_norm: whether the generator's have.
      real_target: the discriminator's target for real examples; below 1: label smoothing.
      fake_target: its target for generated ones; above 0: two-sided label smoothing.
      equilibrium: BEGAN's gamma, the diversity ratio.
      equilibrium_rate: BEGAN's lambda_k.
      critic_updates: K, critic updates per generator update.
      schedule: `tutorial` (one real batch per step, the generator scored on the last fakes) or
        `paper` (a fresh real batch per critic update, fresh latents for the generator).
      fake_labels: `real` (the real batch's labels) or `uniform` (drawn uniformly over the classes; the
        interpolates are then scored under the real labels, as in the reference system cwgan_gp_mlp).
    """

    loss: str = options.key("wasserstein", _objectives)
    penalties: Penalties = dataclasses.field(default_factory=Penalties)
    auxiliary: Auxiliary = dataclasses.field(default_factory=Auxiliary)
    clip: float | None = options.real(None, "a number > 0 or none", lambda v: v > 0)
    critic_spectral_norm: bool = options.choice(False, True, False)
    generator_spectral_norm: bool = options.choice(False, True, False)
    real_target: float = options.real(1.0, "a number in (0, 1]", lambda v: 0 < v <= 1)
    fake_target: float = options.real(0.0, "a number in [0, 1)", lambda v: 0 <= v < 1)
    equilibrium: float = options.real(0.5, "a number in (0, 1]", lambda v: 0 < v <= 1)
    equilibrium_rate: float = options.real(0.001, "a number > 0", lambda v: v > 0)
    critic_updates: int = options.count(5, high=1000)
    schedule: str = options.choice("tutorial", "tutorial", "paper")
    fake_labels: str = options.choice("real", "real", "uniform")


@dataclasses.dataclass(frozen=True)
class Optimizer:
    """One optimizer for each network.

    Attributes:
      name: `adam` (Kingma and Ba 2015) or `rmsprop` (Tieleman and Hinton 2012); epsilon is 1e-8.
      generator_learning_rate: step size of the generator.
      critic_learning_rate: step size of the critic.
      beta1: decay of the mean of the gradients (Adam).
      beta2: decay of the mean of their squares (RMSprop too; PyTorch's default there is 0.99).
    """

    name: str = options.choice("adam", "adam", "rmsprop")
    generator_learning_rate: float = options.real(1e-4, "a number > 0", lambda v: v > 0)
    critic_learning_rate: float = options.real(1e-4, "a number > 0", lambda v: v > 0)
    beta1: float = options.real(0.5, "a number in [0, 1)", lambda v: 0 <= v < 1)
    beta2: float = options.real(0.9, "a number in [0, 1)", lambda v: 0 <= v < 1)


@dataclasses.dataclass(frozen=True)
class Ramp:
    """Numbers that move during a run, all of them along the same ramp.

    Attributes:
      start: the step up to which they have their own values.
      end: the step from which on they have the values of `to`; none: nothing moves.
      shape: of the way between: `linear` or `cosine` (half a period).
      to: key=value, with commas between them; keys of `ramp.MOVABLE`. By default both learning rates fall to
        zero (Gulrajani et al. 2017, Appendix F, for CIFAR-10).
    """

    start: int = options.count(0, low=0)
    end: int | None = options.count(None)
    shape: str = options.choice("linear", "linear", "cosine")
    to: str = options.text(
        "optimizer.generator_learning_rate=0,optimizer.critic_learning_rate=0",
        "key=value, with commas between them",
    )


@dataclasses.dataclass(frozen=True)
class Train:
    """How long a run is, on what it runs, and what it writes down. Every count is in generator updates.

    Attributes:
      batch_size: B, the global batch, divided evenly among the devices; 1 only where networks translate.
      epochs: passes over the training data (each step takes B examples, or K B in the paper schedule).
      steps: total steps; if set, `epochs` is not used.
      steps_per_call: T, steps per compiled call; none: 1 on CPUs, up to 20 on accelerators. It is lowered to
        divide all intervals; steps left over at the end are done one by one.
      devices: how many devices of this host to use; none: all.
      parts: in how many parts, one after the other, a device computes the critic's gradients; more parts need
        less memory and give the same result up to rounding (gradient accumulation).
      ema_decay: of the moving average of the generator, at most (1 + n) / (10 + n) at step n; 0: none kept.
      log_every: steps between lines of metrics.jsonl.
      sample_every: steps between sample grids.
      checkpoint_every: steps between checkpoints.
      keep_checkpoints: how many of the latest checkpoints are kept.
    """

    batch_size: int = options.count(64, high=2**20)
    epochs: float = options.real(100.0, "a number > 0", lambda v: v > 0)
    steps: int | None = options.count(None)
    steps_per_call: int | None = options.count(None)
    devices: int | None = options.count(None)
    parts: int = options.count(1)
    ema_decay: float = options.real(0.0, "a number in [0, 1)", lambda v: 0 <= v < 1)
    log_every: int = options.count(100)
    sample_every: int = options.count(400)
    checkpoint_every: int = options.count(1000)
    keep_checkpoints: int = options.count(3)


@dataclasses.dataclass(frozen=True)
class Quality:
    """What is measured on generated images while the run goes on; see docs/quality.md.

    Attributes:
      every: steps between two measurements; none: nothing is measured, and no judge is trained.
      samples: images generated for one.
      best: by which figure the best checkpoint, kept in `best/`, is chosen: `frechet`, `agreement`,
        `error_angle` ...; empty: by the first one of the kind of data.
    """

    every: int | None = options.count(None)
    samples: int = options.count(1000, low=100, high=10**6)
    best: str = options.text("", "the name of a figure that is measured, or nothing")


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides what a run computes.

    Attributes:
      seed: of every random number.
      algorithm: key of `algorithms.ALGORITHMS`.
      data: see `Data`.
      model: the options of `model.architecture`, see `common.model.Model` and the architecture's `Options`.
      objective: see `Objective`.
      optimizer, ramp, train, quality, translation: the sections of these names.
    """

    seed: int = options.option(0, "a whole number in [0, 2^32)", lambda v: 0 <= v < 2**32)
    algorithm: str = options.key("adversarial", _algorithms)
    data: Data = dataclasses.field(default_factory=Data)
    model: Model = dataclasses.field(default_factory=_MODEL.make, metadata={"chosen": _MODEL})
    objective: Objective = dataclasses.field(default_factory=Objective)
    optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)
    ramp: Ramp = dataclasses.field(default_factory=Ramp)
    train: Train = dataclasses.field(default_factory=Train)
    quality: Quality = dataclasses.field(default_factory=Quality)
    translation: Translation = dataclasses.field(default_factory=Translation)
