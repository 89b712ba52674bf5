"""What the command-line entry points share: config files, one-line errors, exit statuses, jax's settings."""

import errno
import importlib.util
import io
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import ml_collections
from absl import app, flags
from absl import logging as absl_logging

from cwgan_jax import random
from cwgan_jax.cli import recipes
from cwgan_jax.common import packages
from cwgan_jax.common.errors import (
    EXIT_BAD_INPUT,
    EXIT_INTERRUPTED,
    EXIT_PEER,
    EXIT_STORAGE,
    ConfigError,
    UserError,
)
from cwgan_jax.config import Config
from cwgan_jax.parallel import compilation, processes

_SAME_BITS = "xla_gpu_deterministic_ops"
_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
_BAD_PATH = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)


class Advice(NamedTuple):
    """What a command says of failures that are of the machine.

    Attributes:
      storage: where a file cannot be written.
      memory: where there is too little.
      interrupted: after Ctrl-C.
    """

    storage: str
    memory: str
    interrupted: str


TRAINING = Advice(
    "earlier checkpoints are intact",
    "lower config.train.batch_size, config.model.features or config.data.size (train.py --dry_run shows the"
    " need)",
    "interrupted before there was anything to save",
)
# Of commands that only read a run.
READING = Advice(
    "choose another place with --out; the run is as it was", "ask for fewer images", "interrupted"
)


def run(main: Callable[..., int], *, positional: bool = False, advice: Advice = TRAINING) -> None:
    """Runs an entry point: parses flags, turns expected failures into one line, exits with a status.

    Args:
      main: takes the `--config.section.key=value` overrides as {key: text}; returns the exit status.
      positional: whether there may be arguments without a name, which `main` then takes after the overrides.
      advice: what to say of failures of the machine.
    """
    overrides: dict[str, str] = {}

    def parse(argv: Sequence[str]) -> list[str]:
        rest, found = split_overrides(argv)
        overrides.update(found)
        flags.FLAGS.set_gnu_getopt(positional)  # options may stand behind them
        try:
            surplus = flags.FLAGS(rest)[1:]
        except flags.Error as error:
            _fail(str(error), EXIT_BAD_INPUT)
        except SystemExit as end:  # absl's --help leaves with 1
            raise SystemExit(0) from end
        if surplus and not positional:
            _fail(f"unexpected argument {surplus[0]!r}; options are written --name=value", EXIT_BAD_INPUT)
        return [rest[0], *surplus]

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for names that a terminal's encoding has not
    ask_for_same_bits()
    absl_logging.set_verbosity(absl_logging.ERROR)
    for name in ("jax", "matplotlib"):  # the latter tells of caches that it makes do without
        logging.getLogger(name).setLevel(logging.ERROR)
    app.run(lambda given: guarded(lambda: main(overrides, *given[1:]), advice), flags_parser=parse)


def ask_for_same_bits() -> None:
    """Asks XLA for the same bits in every run on a GPU, unless XLA_FLAGS says otherwise.

    To be called before jax first uses a device. Without it sums are made in whatever order the threads of the
    device come to them, and even a program that runs twice in one process gives two results.
    """
    given = os.environ.get("XLA_FLAGS", "")
    if _SAME_BITS not in given:
        os.environ["XLA_FLAGS"] = f"--{_SAME_BITS}=true {given}".strip()


def guarded(main: Callable[[], int], advice: Advice = TRAINING) -> int:
    """Calls `main`; an expected failure becomes one line on standard error and its exit status.

    In a run of several processes a failure that all of them have is told by process 0, any other by the
    process that has it, which then ends without waiting for the rest.
    """
    try:
        return _one_line_errors(main, advice)
    except jax.errors.JaxRuntimeError:
        if processes.count() == 1 or not (gone := processes.lost()):
            raise
        _say(f"{gone}; start all processes again: they go on from the last checkpoint", EXIT_PEER)
        processes.leave(EXIT_PEER)
        raise
    except Exception as error:
        if processes.count() > 1:
            traceback.print_exc()
            processes.leave(1, f"{type(error).__name__}: {error}")
        raise


def _one_line_errors(main: Callable[[], int], advice: Advice) -> int:
    try:
        packages.check()
        status = main()
        sys.stdout.flush()
        return status
    except UserError as error:
        if not error.shared:
            return _stop(str(error), error.exit_status)
        return _say(str(error), error.exit_status, error.process) if processes.first() else error.exit_status
    except KeyboardInterrupt:
        return _stop(advice.interrupted, EXIT_INTERRUPTED)
    except BrokenPipeError:  # nobody reads on, as in `| head`; what python still flushes goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        if error.errno in _BAD_PATH and error.filename:
            return _stop(f"{error.filename}: {error.strerror}; give another path", EXIT_BAD_INPUT)
        if error.errno not in _FULL_DISK:
            raise
        return _stop(f"{error.filename or 'writing'}: {error.strerror}; {advice.storage}", EXIT_STORAGE)
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        if isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" not in str(error):
            raise
        return _stop(f"not enough memory: {advice.memory}", EXIT_BAD_INPUT)


def split_overrides(argv: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Takes `--config.a.b=value` (or `--config.a.b value`) out of the arguments.

    Done here rather than by ml_collections' flags, which stop at the first bad override with a traceback.
    """
    rest, overrides, waiting = [], {}, ""
    for argument in argv:
        if waiting and not argument.startswith("--"):
            overrides[waiting], waiting = argument, ""
            continue
        if waiting:
            break
        name, given, value = argument.lstrip("-").partition("=")
        if not argument.startswith("-") or not name.startswith("config."):
            rest.append(argument)
        elif given:
            overrides[name.removeprefix("config.")] = value
        else:
            waiting = name.removeprefix("config.")
    if waiting:
        _fail(f"--config.{waiting} needs a value: --config.{waiting}=VALUE", EXIT_BAD_INPUT)
    return rest, overrides


def load_config(given: Path) -> ml_collections.ConfigDict:
    """Runs a config file's `get_config()`.

    Args:
      given: the file; behind a colon the name of one of its `VARIANTS`, {name: {dotted key: value}}.

    Raises:
      ConfigError: there is no such file or variant, it fails, or it returns something else than a ConfigDict.
    """
    name, _, variant = given.name.partition(":")
    path = given if not variant and ":" not in given.name else given.with_name(name)
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
    if path != given:
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


def set_up_jax(config: Config) -> None:
    """Sets jax up for a config: float64 if asked for, flags that change numbers, where programs are kept."""
    random.pin()
    jax.config.update("jax_enable_x64", config.model.dtype == "float64")
    compilation.keep()


def _stop(message: str, status: int) -> int:
    """Says what is wrong in this process; one of several ends at once."""
    _say(message, status)
    if processes.count() > 1:
        processes.leave(status, message)
    return status


def _say(message: str, status: int, process: int | None = None) -> int:
    where = processes.index() if process is None else process
    rank = f"[process {where}] " if processes.count() > 1 else ""
    for line in message.splitlines():
        print(f"error: {rank}{line}", file=sys.stderr, flush=True)
    return status


def _fail(message: str, status: int) -> None:
    raise SystemExit(_say(" ".join(message.split()), status))
