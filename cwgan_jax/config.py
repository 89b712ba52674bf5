"""The configuration of a run: frozen dataclasses, and the one place that judges what a user wrote."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import ml_collections

from cwgan_jax import options
from cwgan_jax.errors import ConfigError

CONV_SIZES = (16, 32, 64, 128)


@dataclasses.dataclass(frozen=True)
class Data:
    """Which images, and in which form they reach the networks.

    Attributes:
      name: `digits` (bundled), `folder` (one folder of pictures per class), or the name of a TFDS
        image-classification set.
      dir: where the files are: the picture folders for `folder`; raw MNIST-format IDX files, which
        are used if they are there; otherwise the TFDS data folder. Empty: TFDS's own default.
      size: height and width of the images in pixels; the conv architecture takes 16, 32, 64 or 128.
      channels: 1 (grey), 3 (RGB), or none: as the data set has them.
    """

    name: str = options.option("digits", "digits, folder or the name of a TFDS data set", lambda v: v != "")
    dir: str = options.text("", "a folder, or nothing")
    size: int = options.count(32, low=8, high=1024)
    channels: int | None = options.choice(None, 1, 3, None)


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
    """

    generator_learning_rate: float = options.real(1e-4, "a number > 0", lambda v: v > 0)
    critic_learning_rate: float = options.real(1e-4, "a number > 0", lambda v: v > 0)
    beta1: float = options.real(0.5, "a number in [0, 1)", lambda v: 0 <= v < 1)
    beta2: float = options.real(0.9, "a number in [0, 1)", lambda v: 0 <= v < 1)


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
      ema_decay: of the moving average of the generator; 0: none is kept.
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
    ema_decay: float = options.real(0.0, "a number in [0, 1)", lambda v: 0 <= v < 1)
    log_every: int = options.count(100)
    sample_every: int = options.count(400)
    checkpoint_every: int = options.count(1000)
    keep_checkpoints: int = options.count(3)


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides what a run computes."""

    seed: int = options.option(0, "a whole number in [0, 2^32)", lambda v: 0 <= v < 2**32)
    data: Data = dataclasses.field(default_factory=Data)
    model: Model = dataclasses.field(default_factory=Model)
    objective: Objective = dataclasses.field(default_factory=Objective)
    optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)
    train: Train = dataclasses.field(default_factory=Train)


# What a resumed run may change: where files lie, how fast it goes, how long, what is written down.
RESUMABLE = frozenset(
    {
        "data.dir",
        "model.implementation",
        "train.epochs",
        "train.steps",
        "train.steps_per_call",
        "train.devices",
        "train.log_every",
        "train.sample_every",
        "train.checkpoint_every",
        "train.keep_checkpoints",
    }
)


def resolve(given: ml_collections.ConfigDict, overrides: Mapping[str, str] | None = None) -> Config:
    """Turns what the user wrote into a `Config`, or says everything that is wrong with it.

    Args:
      given: what the config file's `get_config()` returned; keys left out take their defaults.
      overrides: dotted key -> text from the command line, read according to the key's type.

    Raises:
      ConfigError: one line per problem: the key, the value given, what is allowed; for an unknown key
        the nearest valid one.
    """
    try:
        values = dict(_flatten(given.to_dict()))
    except ml_collections.config_dict.RequiredValueError as error:
        raise ConfigError(f"config.{options.shown(error)}: a required value is missing; set it") from error
    known = dict(options.declared(Config))
    problems = [options.unknown(key, value, known) for key, value in values.items() if key not in known]
    for key, text in (overrides or {}).items():
        if key in known:
            values[key] = options.read(text, known[key].types)
        else:
            problems.append(options.unknown(key, text, known))
    resolved = {}
    for key, option in known.items():
        value = values.get(key, option.default)
        is_whole = type(value) is int and float in option.types and abs(value) < 2**53
        resolved[key] = float(value) if is_whole else value
        if type(resolved[key]) not in option.types or not option.check(resolved[key]):
            problems.append(f"config.{key}={options.shown(value)}: not allowed; it must be {option.allowed}")
    size = resolved["data.size"]
    if resolved["model.architecture"] == "conv" and size in range(8, 1025) and size not in CONV_SIZES:
        problems.append(
            f"config.data.size={size}: not allowed; it must be one of: {', '.join(map(str, CONV_SIZES))}"
            " (or use config.model.architecture=mlp)"
        )
    if resolved["model.dtype"] == "float64" and resolved["model.precision"] in ("tf32", "bfloat16"):
        problems.append("config.model.precision: with config.model.dtype=float64 it must be full")
    if problems:
        raise ConfigError("\n".join(problems))
    return _build(Config, resolved)


def to_dict(config: Config) -> dict[str, Any]:
    """Returns the config as nested dictionaries of plain values; `resolve` reads them back."""
    return dataclasses.asdict(config)


def from_dict(values: Mapping[str, Any]) -> Config:
    """Reads back what `to_dict` wrote; raises ConfigError like `resolve`."""
    return resolve(ml_collections.ConfigDict(dict(values)))


def resume_conflicts(old: Config, new: Config) -> list[str]:
    """Names the keys in which a checkpoint's config and the present one cannot both be right.

    Returns:
      One `config.key: checkpoint has X, this run asks for Y` per conflict.
    """
    before, after = dict(_flatten(to_dict(old))), dict(_flatten(to_dict(new)))
    return [
        f"config.{key}: the checkpoint has {before[key]}, this run asks for {after[key]}"
        for key in after
        if key not in RESUMABLE and before[key] != after[key]
    ]


def describe(config: Config) -> str:
    """Returns the config as `key = value` lines, for people."""
    return "\n".join(f"{key} = {value}" for key, value in _flatten(to_dict(config)))


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    sections = {field.name for field in dataclasses.fields(Config)} - {"seed"}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and (value or name not in sections):
            yield from _flatten(value, f"{name}.")
        elif not isinstance(value, Mapping):
            yield name, value


def _build(cls: type, values: Mapping[str, Any], prefix: str = "") -> Any:
    hints = typing.get_type_hints(cls)
    return cls(
        **{
            field.name: _build(hints[field.name], values, f"{prefix}{field.name}.")
            if dataclasses.is_dataclass(hints[field.name])
            else values[f"{prefix}{field.name}"]
            for field in dataclasses.fields(cls)
        }
    )
