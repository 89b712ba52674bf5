"""Runs a command: flags, expected failures as one line, exit statuses."""

import errno
import io
import logging
import os
import signal
import sys
import traceback
import types
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

import jax
from absl import app, flags
from absl import logging as absl_logging

from cwgan_jax.cli.configs import split_overrides
from cwgan_jax.cli.settings import ask_for_same_bits
from cwgan_jax.common import packages
from cwgan_jax.common.errors import (
    EXIT_BAD_INPUT,
    EXIT_INTERRUPTED,
    EXIT_PEER,
    EXIT_STORAGE,
    ConfigError,
    UserError,
)
from cwgan_jax.parallel import processes

_FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
_BAD_PATH = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)


class Advice(NamedTuple):
    """What a command advises when the machine is at fault.

    Attributes:
      storage: if a file cannot be written.
      memory: if there is too little of it.
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
READING = Advice(
    "choose another place with --out; the run is as it was", "ask for fewer images", "interrupted"
)
"""Of commands that only read a run."""


def run(command: types.ModuleType, argv: Sequence[str], *, positional: bool = False) -> None:
    """Runs a command: parses its flags, turns expected failures into one line, exits with a status.

    Args:
      command: has `main(overrides, *arguments)`, which takes the `--config.section.key=value` overrides as
        {key: text} and returns the exit status, and may have an `ADVICE`. Its flags are defined already.
      argv: program name and arguments.
      positional: whether arguments without a name are allowed.
    """
    advice: Advice = getattr(command, "ADVICE", READING)
    overrides: dict[str, str] = {}

    def parse(argv: Sequence[str]) -> list[str]:
        flags.FLAGS.set_gnu_getopt(positional)  # options may also come after the arguments without a name
        if {"--help", "-h", "--helpfull"}.intersection(argv):
            print(f"{command.__doc__}\n{flags.FLAGS.module_help(command)}".rstrip())
            raise SystemExit(0)
        try:
            rest, values = split_overrides(argv)
            overrides.update(values)
            surplus = flags.FLAGS(rest)[1:]
        except (flags.Error, ConfigError) as error:
            _fail(str(error), EXIT_BAD_INPUT)
        if surplus and not positional:
            _fail(f"unexpected argument {surplus[0]!r}; options are written --name=value", EXIT_BAD_INPUT)
        return [rest[0], *surplus]

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for names that the terminal cannot show
    ask_for_same_bits()
    absl_logging.set_verbosity(absl_logging.ERROR)
    for name in ("jax", "matplotlib"):  # the latter warns of caches that it does not need
        logging.getLogger(name).setLevel(logging.ERROR)
    call = lambda argv: guarded(lambda: command.main(overrides, *argv[1:]), advice)  # noqa: E731
    app.run(call, argv=list(argv), flags_parser=parse)


def guarded(main: Callable[[], int], advice: Advice = TRAINING) -> int:
    """Calls `main`; an expected failure becomes one line on standard error and an exit status.

    In a run of several processes, process 0 reports a failure that all of them share. Any other failure is
    reported by the process that has it, which then ends without waiting for the rest.
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
    except BrokenPipeError:  # the reader is gone, as in `| head`; what Python still flushes goes nowhere
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


def warn(line: str) -> None:
    """Prints a warning on standard error."""
    print(f"warning: {line}", file=sys.stderr, flush=True)


def refuse_overrides(overrides: dict[str, str]) -> None:
    """Raises ConfigError if a command that reads its config from a checkpoint is told another."""
    for key in overrides:
        raise ConfigError(f"--config.{key}: the config is taken from the checkpoint")


def _stop(message: str, status: int) -> int:
    """Reports a failure of this process, which ends at once if it is one of several."""
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


def _fail(message: str, status: int) -> NoReturn:
    raise SystemExit(_say(" ".join(message.split()), status))
