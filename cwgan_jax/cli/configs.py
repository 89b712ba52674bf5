"""Configs on a command line: the file, its variants, and overrides of single values."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ml_collections

from cwgan_jax.cli import recipes
from cwgan_jax.common.errors import ConfigError


def split_overrides(argv: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Takes `--config.a.b=value` (or `--config.a.b value`) out of the arguments.

    Done here rather than by ml_collections' flags, which stop at the first bad override with a traceback.

    Returns:
      The other arguments, and {key: text}.

    Raises:
      ConfigError: an override has no value.
    """
    rest, overrides, waiting = [], {}, ""
    for argument in argv:
        if waiting and not argument.startswith("--"):
            overrides[waiting], waiting = argument, ""
            continue
        if waiting:
            break
        name, equals, value = argument.lstrip("-").partition("=")
        if not argument.startswith("-") or not name.startswith("config."):
            rest.append(argument)
        elif equals:
            overrides[name.removeprefix("config.")] = value
        else:
            waiting = name.removeprefix("config.")
    if waiting:
        raise ConfigError(f"--config.{waiting} needs a value: --config.{waiting}=VALUE")
    return rest, overrides


def load_config(path: Path) -> ml_collections.ConfigDict:
    """Runs a config file's `get_config()`.

    Args:
      path: the file, or the name of a recipe that comes along; behind a colon the name of one of its
        `VARIANTS`, {name: {dotted key: value}}.

    Raises:
      ConfigError: there is no such file or variant, it fails, or it does not return a ConfigDict.
    """
    path = recipes.find(str(path))
    name, colon, variant = path.name.partition(":")
    if colon:
        path = path.with_name(name)
    if not path.is_file():
        near = ", ".join(str(p) for p in sorted(path.parent.glob("*.py"))) or "none there"
        raise ConfigError(f"--config={path}: there is no such file; config files beside it: {near}")
    spec = importlib.util.spec_from_file_location(recipes.module_name(path), path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"--config={path}: not a Python file; it must end in .py and define get_config()")
    module = importlib.util.module_from_spec(spec)
    try:
        with recipes.importable(path.parent):
            spec.loader.exec_module(module)
            config = module.get_config()
    except (Exception, SystemExit) as error:
        cause = " ".join(str(error).split())
        raise ConfigError(f"--config={path}: {type(error).__name__}: {cause}") from error
    if not isinstance(config, ml_collections.ConfigDict):
        raise ConfigError(f"--config={path}: get_config() returned {type(config).__name__}, not a ConfigDict")
    if colon:
        _vary(config, path, variant, getattr(module, "VARIANTS", {}))
    return config


def _vary(
    config: ml_collections.ConfigDict, path: Path, variant: str, variants: dict[str, dict[str, Any]]
) -> None:
    """Changes a config to one of its file's variants."""
    if variant not in variants:
        known = ", ".join(variants) or "none"
        raise ConfigError(f"--config={path}:{variant}: there is no such variant; the file has: {known}")
    for key, value in variants[variant].items():
        section, _, name = key.rpartition(".")
        (config[section] if section else config)[name] = value
