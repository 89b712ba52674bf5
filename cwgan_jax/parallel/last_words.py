"""The abort by which jax's service ends a process, made a status and a line.

The service aborts from C++, in a thread of its own, while another may hold Python's lock in a call of a
driver that never returns. So nothing of Python runs from there on: the handler is the C library's `_exit`,
which makes the signal's number the status, and a shell that waits at the end of a pipe says the words.
Python's faulthandler, which is written in C and needs no lock, tells it to.
"""

import contextlib
import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
from typing import Any

from cwgan_jax.common.errors import EXIT_PEER

assert int(signal.SIGABRT) == EXIT_PEER

_WAIT = """
trap '' HUP INT TERM
while read -r line; do
  case $line in
    "error: "*) words=$line ;;
    "Fatal Python error: Aborted") printf '%s\\n' "$words" >&2 ;;
  esac
done
"""
_shell: subprocess.Popen | None = None


def prepare(words: str) -> None:
    """From now on an abort ends this process with EXIT_PEER and, given a shell, the line `error: words`."""
    global _shell
    with contextlib.suppress(OSError):  # no shell, or it was killed
        _shell = _shell or _start()
        assert _shell.stdin is not None
        _shell.stdin.write(f"error: {words}\n".encode())


def _start() -> subprocess.Popen:
    """Sets the handler; starts the shell, which only the end of the pipe ends, that is of this process."""
    faulthandler.disable()
    library = ctypes.CDLL(None)
    library.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    library.signal(signal.SIGABRT, ctypes.cast(library._exit, ctypes.c_void_p))
    shell = subprocess.Popen(
        ["/bin/sh", "-c", _WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        bufsize=0,
    )
    assert shell.stdin is not None
    os.set_blocking(shell.stdin.fileno(), False)  # an abort must not wait, whatever becomes of the shell
    short: dict[str, Any] = {"c_stack": False} if sys.version_info >= (3, 14) else {}
    faulthandler.enable(shell.stdin, all_threads=False, **short)  # then the handler above has its turn
    return shell
