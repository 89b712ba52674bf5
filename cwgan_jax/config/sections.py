"""The sections of a config: what may stand in it, what it means, and the defaults."""

from __future__ import annotations

import dataclasses

from cwgan_jax import options


@dataclasses.dataclass(frozen=True)
class Data:
    """Which images, and in which form they reach the networks.

    Attributes:
      name: `digits` (bundled), `folder` (one folder of pictures per class), `stacked_mnist` (three digits of
        MNIST as one RGB picture), or the name of a TFDS image-classification set.
      dir: where the files are: the picture folders for `folder`; raw MNIST-format IDX files, which
        are used if they are there; otherwise the TFDS data folder. Empty: TFDS's own default.
      size: height and width of the images in pixels; the conv architecture takes 16, 32, 64 or 128.
      channels: 1 (grey), 3 (RGB), or none: as the data set has them.
      resident_mib: a data set that takes more, as u8 in its final form, is streamed from disk instead of
        lying in the memory of every device.
    """

    name: str = options.option(
        "digits", "digits, folder, stacked_mnist or the name of a TFDS data set", lambda v: v != ""
    )
    dir: str = options.text("", "a folder, or nothing")
    size: int = options.count(32, low=8, high=1024)
    channels: int | None = options.choice(None, 1, 3, None)
    resident_mib: int = options.count(4096, low=0)


@dataclasses.dataclass(frozen=True)
class Model:
    """The networks.

    Attributes:
      architecture: key of `models.ARCHITECTURES`.
      features: f, the width multiplier (R1: 64, R2: 128).
      latent: Z, length of the latent vector.
      embedding: length of the label embedding.
      conditional: whether the networks see the labels.
      dtype: of parameters and arithmetic; float64 is for checking, not for speed.
      implementation: how convolutions are computed, see `models.convolutions`.
      precision: of matrix products: `full` (that of dtype), or coarser `tf32` or `bfloat16`; see there.
      batch_norm_epsilon: added to the variance in the generator's batch norms (R2: 0.8).
    """

    architecture: str = options.choice("conv", "conv", "mlp")
    features: int = options.count(64, high=4096)
    latent: int = options.count(100, high=65536)
    embedding: int = options.count(10, high=65536)
    conditional: bool = options.choice(True, True, False)
    dtype: str = options.choice("float32", "float32", "float64")
    implementation: str = options.choice("auto", "auto", "winograd", "matmul", "xla")
    precision: str = options.choice("full", "full", "tf32", "bfloat16")
    batch_norm_epsilon: float = options.real(1e-5, "a number > 0", lambda v: v > 0)


@dataclasses.dataclass(frozen=True)
class Objective:
    """What is optimised, and in which order.

    Attributes:
      penalty_weight: lambda, the weight of the gradient penalty.
      critic_updates: K, critic updates per generator update.
      schedule: `tutorial` (one real batch per step, the generator scored on the last fakes) or
        `paper` (a fresh real batch per critic update, fresh latents for the generator).
      fake_labels: `real` (the real batch's labels) or `uniform` (drawn uniformly over the classes;
        the interpolates are then judged under the real labels, as reference system R3 does).
    """

    penalty_weight: float = options.real(10.0, "a number >= 0", lambda v: v >= 0)
    critic_updates: int = options.count(5, high=1000)
    schedule: str = options.choice("tutorial", "tutorial", "paper")
    fake_labels: str = options.choice("real", "real", "uniform")


@dataclasses.dataclass(frozen=True)
class Optimizer:
    """Adam (Kingma and Ba 2015), one for each network.

    Attributes:
      generator_learning_rate: step size of the generator's Adam.
      critic_learning_rate: step size of the critic's Adam.
      beta1: decay of the mean of the gradients.
      beta2: decay of the mean of their squares.
      decay_steps: both learning rates fall linearly, to zero at this step (Gulrajani et al. 2017, Appendix F,
        for CIFAR-10); none: they are constant.
    """

    generator_learning_rate: float = options.real(1e-4, "a number > 0", lambda v: v > 0)
    critic_learning_rate: float = options.real(1e-4, "a number > 0", lambda v: v > 0)
    beta1: float = options.real(0.5, "a number in [0, 1)", lambda v: 0 <= v < 1)
    beta2: float = options.real(0.9, "a number in [0, 1)", lambda v: 0 <= v < 1)
    decay_steps: int | None = options.count(None)


@dataclasses.dataclass(frozen=True)
class Train:
    """How long, on what, and what is written down on the way. Every count is in generator updates.

    Attributes:
      batch_size: B, the global batch, divided evenly among the devices.
      epochs: passes over the training data (each step takes B images, or K B in the paper schedule).
      steps: total steps; if given, `epochs` is not used.
      steps_per_call: T, steps per compiled call; none: 1 on CPUs, up to 20 on accelerators. Lowered to
        divide all the intervals.
      devices: how many devices of this host to use; none: all.
      parts: in how many parts, one after the other, a device computes the critic's gradients; more parts need
        less memory, and give the same result up to rounding (gradient accumulation).
      ema_decay: of the moving average of the generator, at most (1 + n) / (10 + n) at step n; 0: none kept.
      log_every: steps between lines of metrics.jsonl.
      sample_every: steps between sample grids.
      checkpoint_every: steps between checkpoints.
      keep_checkpoints: how many of the latest checkpoints are kept.
    """

    batch_size: int = options.count(64, low=2, high=2**20)
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
      best: by which figure the best checkpoint, kept in `best/`, is chosen: `frechet` or `agreement`.
    """

    every: int | None = options.count(None)
    samples: int = options.count(1000, low=100, high=10**6)
    best: str = options.choice("frechet", "frechet", "agreement")


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides what a run computes."""

    seed: int = options.option(0, "a whole number in [0, 2^32)", lambda v: 0 <= v < 2**32)
    data: Data = dataclasses.field(default_factory=Data)
    model: Model = dataclasses.field(default_factory=Model)
    objective: Objective = dataclasses.field(default_factory=Objective)
    optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)
    train: Train = dataclasses.field(default_factory=Train)
    quality: Quality = dataclasses.field(default_factory=Quality)
