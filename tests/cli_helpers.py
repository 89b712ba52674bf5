"""The commands in this process, as their own process would run them."""

import contextlib
import io
import logging
import sys
from unittest import mock

import jax
from absl import app, flags
from absl import logging as absl_logging

from cwgan_jax import commands
from cwgan_jax.common import invocation


def call(name, *arguments):
    """Runs a command, a script if there is one: (exit status, standard output, lines of standard error)."""
    script = f"{name}.py" if name in invocation.SCRIPTS else invocation.CONSOLE
    argv, out, err = [script, *map(str, arguments)], io.StringIO(), io.StringIO()
    typed = argv if script.endswith(".py") else [script, name, *argv[1:]]
    with (
        settings_restored(),
        flags_forgotten(f"{commands.__name__}.{name}"),
        mock.patch.object(sys, "argv", typed),
        mock.patch.object(app, "run", _run),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            commands.run(name, argv)
        except SystemExit as end:
            return end.code, out.getvalue(), err.getvalue().splitlines()
    raise AssertionError("it did not leave with an exit status")


def refused(name, *arguments, status=2, lines=1):
    """What it says: just so many lines that start with `error:`, and nothing on standard output."""
    code, out, err = call(name, *arguments)
    assert (code, out) == (status, ""), (code, out, err)
    assert len(err) == lines, err
    assert all(line.startswith("error: ") for line in err), err
    return "\n".join(err)


@contextlib.contextmanager
def settings_restored():
    """What an entry point sets for its process, float64 and how much is logged, ends with the call."""
    verbosity = absl_logging.get_verbosity()
    levels = {name: logging.getLogger(name).level for name in ("jax", "matplotlib")}
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", False)
        absl_logging.set_verbosity(verbosity)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextlib.contextmanager
def flags_forgotten(module):
    """The next call defines its flags anew, with their defaults."""
    try:
        yield
    finally:
        for flag in flags.FLAGS.get_flags_for_module(module):
            delattr(flags.FLAGS, flag.name)


def _run(main, *, argv, flags_parser):
    # Absl's own also takes over the logging of the process.
    sys.exit(main(flags_parser(argv)))
