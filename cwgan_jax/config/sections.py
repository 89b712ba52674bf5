"""The sections of a config: what may stand in it, what it means, and the defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from cwgan_jax.common import options
from cwgan_jax.common.model import Model
from cwgan_jax.config.augment_section import Augment
from cwgan_jax.config.data_section import Data
from cwgan_jax.config.log_section import Log
from cwgan_jax.config.penalties import Auxiliary, PathLength, Penalties
from cwgan_jax.config.quality_section import Quality
from cwgan_jax.config.translation import Translation

# Tables are imported late: those who only read data need no jax.


def _architectures() -> Mapping[str, type]:
    from cwgan_jax import networks

    return {name: architecture.options for name, architecture in networks.ARCHITECTURES.items()}


_MODEL = options.Chosen("architecture", "conv", _architectures)


def _objectives() -> Mapping[str, Any]:
    from cwgan_jax.objectives import losses

    return losses.OBJECTIVES


def _algorithms() -> Mapping[str, Any]:
    from cwgan_jax import algorithms

    return algorithms.ALGORITHMS


@dataclasses.dataclass(frozen=True)
class Objective:
    """What is optimised, and the order of the updates.

    Attributes:
      loss: key of `objectives.losses.OBJECTIVES`.
      penalties: what keeps the critic smooth, at each place.
      path_length: what keeps the generator smooth.
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
    path_length: PathLength = dataclasses.field(default_factory=PathLength)
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
      rescaled: whether the rate and the betas of a network with a penalty at every k-th update are scaled,
        with c = k / (k + 1), to c times the rate and the betas to the power of c, as for an optimizer that
        takes k + 1 steps where it would have taken k (Karras et al. 2020, arXiv:1912.04958, Appendix B).
    """

    name: str = options.choice("adam", "adam", "rmsprop")
    generator_learning_rate: float = options.real(1e-4, "a number > 0", lambda v: v > 0)
    critic_learning_rate: float = options.real(1e-4, "a number > 0", lambda v: v > 0)
    beta1: float = options.real(0.5, "a number in [0, 1)", lambda v: 0 <= v < 1)
    beta2: float = options.real(0.9, "a number in [0, 1)", lambda v: 0 <= v < 1)
    rescaled: bool = options.choice(False, True, False)


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
      seeds: S, how many runs train side by side in one compiled program, with the seeds from `seed` on, each
        in a folder of its own and as it would alone; for small networks on an accelerator.
      devices: how many devices of this host to use; none: all.
      parts: in how many parts, one after the other, a device computes the critic's gradients; more parts need
        less memory and give the same result up to rounding (gradient accumulation).
      ema_decay: of the moving average of the generator, at most (1 + n) / (10 + n) at step n; 0: none kept.
      ema_half_life: of the moving average, in images; none: `ema_decay` counts.
      ema_rampup: the half-life is at most this share of the images seen, so that the initial weights are
        forgotten; 0: it is the same from the start.
      log_every: steps between lines of metrics.jsonl.
      sample_every: steps between sample grids.
      checkpoint_every: steps between checkpoints.
      keep_checkpoints: how many of the latest checkpoints are kept.
    """

    batch_size: int = options.count(64, high=2**20)
    epochs: float = options.real(100.0, "a number > 0", lambda v: v > 0)
    steps: int | None = options.count(None)
    steps_per_call: int | None = options.count(None)
    seeds: int = options.count(1, high=1024)
    devices: int | None = options.count(None)
    parts: int = options.count(1)
    ema_decay: float = options.real(0.0, "a number in [0, 1)", lambda v: 0 <= v < 1)
    ema_half_life: float | None = options.real(None, "a number >= 0 or none", lambda v: v >= 0)
    ema_rampup: float = options.real(0.05, "a number in [0, 1]", lambda v: 0 <= v <= 1)
    log_every: int = options.count(100)
    sample_every: int = options.count(400)
    checkpoint_every: int = options.count(1000)
    keep_checkpoints: int = options.count(3)


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides what a run computes.

    Attributes:
      seed: of every random number.
      algorithm: key of `algorithms.ALGORITHMS`.
      data: see `Data`.
      model: the options of `model.architecture`, see `common.model.Model` and the architecture's `Options`.
      objective: see `Objective`.
      augment: see `Augment`.
      optimizer: see `Optimizer`.
      ramp: see `Ramp`.
      train: see `Train`.
      quality: see `Quality`.
      log: see `Log`.
      translation: see `Translation`.
    """

    seed: int = options.option(0, "a whole number in [0, 2^32)", lambda v: 0 <= v < 2**32)
    algorithm: str = options.key("adversarial", _algorithms)
    data: Data = dataclasses.field(default_factory=Data)
    model: Model = dataclasses.field(default_factory=_MODEL.make, metadata={"chosen": _MODEL})
    objective: Objective = dataclasses.field(default_factory=Objective)
    augment: Augment = dataclasses.field(default_factory=Augment)
    optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)
    ramp: Ramp = dataclasses.field(default_factory=Ramp)
    train: Train = dataclasses.field(default_factory=Train)
    quality: Quality = dataclasses.field(default_factory=Quality)
    log: Log = dataclasses.field(default_factory=Log)
    translation: Translation = dataclasses.field(default_factory=Translation)
