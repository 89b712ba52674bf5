"""The configuration of a run: its sections, and the one place that judges what a user wrote."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import ml_collections

from cwgan_jax.common import options
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import idle, rules
from cwgan_jax.config.sections import Config, Data, Model, Objective, Optimizer, Penalty, Quality, Train

__all__ = [
    "ALLOWABLE",
    "RESUMABLE",
    "Config",
    "Data",
    "Model",
    "Objective",
    "Optimizer",
    "Penalty",
    "Quality",
    "Train",
    "allowed",
    "describe",
    "differences",
    "from_dict",
    "resolve",
    "resume_conflicts",
    "to_dict",
    "without_effect",
]

# What a resumed run may change: where files lie, how fast it goes, how long, what is written down.
RESUMABLE = frozenset(
    {
        "data.dir",
        "data.resident_mib",
        "model.implementation",
        "train.epochs",
        "train.steps",
        "train.steps_per_call",
        "train.devices",
        "train.parts",
        "train.log_every",
        "train.sample_every",
        "train.checkpoint_every",
        "train.keep_checkpoints",
        "quality.every",
        "quality.samples",
        "quality.best",
    }
)

# What it may change if told so by --allow_change: what the step reads, and what leaves the state's shapes and
# the order of the data as they are. The run is then another one than either config alone would make.
ALLOWABLE = frozenset(
    {
        "model.precision",
        "objective.clip",
        "objective.real_target",
        "objective.fake_target",
        "objective.equilibrium",
        "objective.equilibrium_rate",
        "optimizer.generator_learning_rate",
        "optimizer.critic_learning_rate",
        "optimizer.beta1",
        "optimizer.beta2",
        "optimizer.decay_steps",
    }
    | {
        f"objective.penalties.{place}.{name}"
        for place in ("interpolates", "real", "fake")
        for name in ("weight", "kind", "sigma")
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
    problems = [
        f"config.{options.shown(key)}={options.shown(value)}: {options.unknown(key, known)}"
        for key, value in values.items()
        if key not in known
    ]
    for key, text in (overrides or {}).items():
        if key in known:
            values[key] = options.read(text, known[key].types)
        else:
            problems.append(
                f"config.{options.shown(key)}={options.shown(text)}: {options.unknown(key, known)}"
            )
    resolved = {}
    for key, option in known.items():
        value = values.get(key, option.default)
        is_whole = type(value) is int and float in option.types and abs(value) < 2**53
        resolved[key] = float(value) if is_whole else value
        if type(resolved[key]) not in option.types or not option.check(resolved[key]):
            problems.append(f"config.{key}={options.shown(value)}: not allowed; it must be {option.allowed}")
    problems.extend(rules.problems(resolved))
    if problems:
        raise ConfigError("\n".join(problems))
    return _build(Config, resolved)


def to_dict(config: Config) -> dict[str, Any]:
    """Returns the config as nested dictionaries of plain values; `resolve` reads them back."""
    return dataclasses.asdict(config)


def from_dict(values: Mapping[str, Any]) -> Config:
    """Reads back what `to_dict` wrote; raises ConfigError like `resolve`."""
    return resolve(ml_collections.ConfigDict(dict(values)))


def differences(old: Config, new: Config) -> list[tuple[str, Any, Any]]:
    """The keys in which two configs of one run differ, but those that a resumed run may always change.

    Returns:
      Key, old value and new value of each.
    """
    before, after = dict(_flatten(to_dict(old))), dict(_flatten(to_dict(new)))
    return [
        (key, before[key], after[key]) for key in after if key not in RESUMABLE and before[key] != after[key]
    ]


def resume_conflicts(old: Config, new: Config, allow: Collection[str] = ()) -> list[str]:
    """Names the keys in which a checkpoint's config and the present one cannot both be right.

    Args:
      old: the checkpoint's.
      new: that of this run.
      allow: keys that may differ, see `allowed`.

    Returns:
      One `config.key: checkpoint has X, this run asks for Y` per conflict, and what could be done about it.
    """
    found = [each for each in differences(old, new) if each[0] not in allow]
    lines = [f"config.{key}: the checkpoint has {a}, this run asks for {b}" for key, a, b in found]
    if found and all(key in ALLOWABLE for key, _, _ in found):
        keys = ",".join([*sorted(allow), *(key for key, _, _ in found)])
        lines.append(f"to go on with the new values from this checkpoint on: --allow_change={keys}")
    return lines


def allowed(keys: Sequence[str]) -> frozenset[str]:
    """Reads the keys of --allow_change, with or without `config.` before them.

    Raises:
      ConfigError: one of them may not be changed in the middle of a run, or does not exist.
    """
    known, found, problems = dict(options.declared(Config)), set(), []
    for key in (key.strip().removeprefix("config.") for key in keys if key.strip()):
        if key not in known:
            problems.append(f"--allow_change: {options.unknown(key, known)}")
        elif key not in ALLOWABLE | RESUMABLE:
            problems.append(
                f"--allow_change={key}: not in the middle of a run, only: {', '.join(sorted(ALLOWABLE))};"
                " choose another --workdir, with --init=WORKDIR to start from this run's weights"
            )
        found.add(key)
    if problems:
        raise ConfigError("\n".join(problems))
    return frozenset(found)


def without_effect(config: Config, given: Collection[str] = ()) -> list[str]:
    """One line for each option that was set and changes nothing beside the others.

    Args:
      config: the config.
      given: keys of the command line.
    """
    values, known = dict(_flatten(to_dict(config))), options.declared(Config)
    found = idle.idle(values, {key: option.default for key, option in known}, given)
    return [f"config.{key}={options.shown(values[key])} has no effect: {why}" for key, why in found]


def describe(config: Config) -> str:
    """Returns the config as `key = value` lines, for people."""
    return "\n".join(f"{key} = {value}" for key, value in _flatten(to_dict(config)))


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    sections = {
        name for name, kind in typing.get_type_hints(Config).items() if dataclasses.is_dataclass(kind)
    }
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
