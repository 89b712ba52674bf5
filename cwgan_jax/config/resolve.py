"""From what a user wrote to a `Config`, and back to plain values."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import ml_collections

from cwgan_jax.common import options
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.model import Model
from cwgan_jax.common.options import Option
from cwgan_jax.config.rules import conflicts
from cwgan_jax.config.sections import Config

_ARCHITECTURE = "model.architecture"
_COMMON = {f"model.{field.name}" for field in dataclasses.fields(Model)}


def resolve(file: ml_collections.ConfigDict, overrides: Mapping[str, str] | None = None) -> Config:
    """Turns what the user wrote into a `Config`, or says everything that is wrong with it.

    Args:
      file: what the config file's `get_config()` returned; keys left out take their defaults.
      overrides: dotted key -> text from the command line, read according to the key's type. Where they name
        another architecture than the file, its options of the architecture alone are `left_out`.

    Raises:
      ConfigError: one line per problem: the key, its value, what is allowed; for an unknown key
        the nearest valid one.
    """
    texts = overrides or {}
    stored = _stored(file)
    known = dict(options.declared(Config, {**stored, **texts}))
    foreign = _foreign(stored, texts, known)
    stored = {key: value for key, value in stored.items() if key not in foreign}
    stored = {key: value for key, value in stored.items() if value != {} or not _is_section(key, known)}
    problems = [_unknown(key, stored[key], known, stored, texts) for key in stored if key not in known]
    problems += [_unknown(key, text, known, stored, texts) for key, text in texts.items() if key not in known]
    written = stored | {
        key: options.read(text, known[key].types) for key, text in texts.items() if key in known
    }
    values, wrong = _checked(known, written)
    problems += wrong.values()
    config: Config = options.build(Config, values)
    # What follows from a default in place of a wrong value is no problem of the user's.
    unsure = {key for key in known if key in wrong or (_ARCHITECTURE in wrong and key.startswith("model."))}
    problems += [
        f"config.{keys[0]}={options.shown(values[keys[0]])}: {why}"
        for keys, why in conflicts(config)
        if unsure.isdisjoint(keys)
    ]
    if problems:
        raise ConfigError("\n".join(problems))
    return config


def left_out(file: ml_collections.ConfigDict, overrides: Mapping[str, str]) -> list[str]:
    """A line for each option of the file that `resolve` leaves out, for the architecture of the overrides."""
    stored = _stored(file)
    known = dict(options.declared(Config, {**stored, **overrides}))
    return [
        f"config.{key}={options.shown(stored[key])}: of the config file, left out, since architecture"
        f" {overrides[_ARCHITECTURE]} has no such option"
        for key in _foreign(stored, overrides, known)
    ]


def _stored(file: ml_collections.ConfigDict) -> dict[str, Any]:
    try:
        return dict(flatten(file.to_dict()))
    except ml_collections.config_dict.RequiredValueError as error:
        raise ConfigError(f"config.{options.shown(error)}: a required value is missing; set it") from error


def _foreign(file: Mapping[str, Any], texts: Mapping[str, str], known: Mapping[str, Option]) -> list[str]:
    """Keys of the file that another architecture has than the one of the command line."""
    if _ARCHITECTURE not in texts:
        return []
    able = every_key()
    return [key for key in file if key in able and key not in known]


def _checked(
    known: Mapping[str, Option], written: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The value of every key, its default where none is written or allowed; and what is wrong, by key."""
    values, wrong = {}, {}
    for key, option in known.items():
        value = written.get(key, option.default)
        is_whole = type(value) is int and float in option.types and abs(value) < 2**53
        values[key] = float(value) if is_whole else value
        if type(values[key]) not in option.types or not option.check(values[key]):
            wrong[key] = f"config.{key}={options.shown(value)}: not allowed; it must be {option.allowed}"
            values[key] = option.default
    return values, wrong


def _is_section(key: str, known: Mapping[str, Option]) -> bool:
    return any(other.startswith(f"{key}.") for other in known)


def every_key() -> dict[str, Option]:
    """Every key that a config may have, those of all architectures among them."""
    return dict(options.declared(Config, {_ARCHITECTURE: None}))


def _unknown(
    key: str, value: Any, known: Mapping[str, Option], file: Mapping[str, Any], texts: Mapping[str, str]
) -> str:
    """What is wrong with a key that is not in `known`."""
    at = f"config.{options.shown(key)}={options.shown(value)}"
    if key not in every_key():
        return f"{at}: {options.unknown(key, known)}"
    architecture = texts.get(_ARCHITECTURE, file.get(_ARCHITECTURE, known[_ARCHITECTURE].default))
    own = [k.removeprefix("model.") for k in known if k.startswith("model.") and k not in _COMMON]
    has = f"its own options are: {', '.join(own) or 'none'}"
    return f"{at}: architecture {architecture} has no such option; {has}"


def to_dict(config: Config) -> dict[str, Any]:
    """Returns the config as nested dictionaries of plain values; `resolve` reads them back."""
    return dataclasses.asdict(config)


def from_dict(values: Mapping[str, Any]) -> Config:
    """Reads back what `to_dict` wrote; raises ConfigError like `resolve`."""
    return resolve(ml_collections.ConfigDict(dict(values)))


def describe(config: Config) -> str:
    """Returns the config as `key = value` lines, for people."""
    return "\n".join(f"{key} = {value}" for key, value in flatten(to_dict(config)))


def flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of nested dictionaries; an empty dictionary counts as a value."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
