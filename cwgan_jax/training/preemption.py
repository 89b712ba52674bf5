"""One predicate: must this run stop now? Asked between compiled calls, set by SIGINT or SIGTERM."""

import contextlib
import os
import signal
import threading
import time
from types import FrameType
from typing import Any, Protocol

from cwgan_jax.parallel import processes

_ECHO = 0.5  # seconds; timeout(1) and some schedulers deliver one request twice


class Stop(Protocol):
    """Says whether a run must stop."""

    def requested(self) -> int | None:
        """The signal to stop for, if there is one; asked once a turn."""
        ...


class StopSignal:
    """Remembers the first SIGINT or SIGTERM; the second one ends the process at once.

    A context manager for the main thread; handlers that were there before come back at its end.

    A Python handler runs only once the main thread is back from a compilation, which may take a
    minute. So a thread reads the signals from a pipe that the interpreter's C handler writes to.

    Attributes:
        received: The first signal's number, None while there was none: must this run stop now?
    """

    def __init__(self) -> None:
        self.received: int | None = None

    def __enter__(self) -> "StopSignal":
        """Installs the handlers.

        Raises:
            ValueError: This is not the main thread.
        """
        numbers = (signal.SIGINT, signal.SIGTERM)
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._previous_pipe = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._previous: dict[int, Any] = {n: signal.signal(n, self._remember) for n in numbers}
        self._thread = threading.Thread(target=self._watch, name="signals", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Restores the handlers that were there before."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._previous_pipe)
        os.close(self._write)  # ends the thread
        self._thread.join()
        os.close(self._read)

    def requested(self) -> int | None:
        """The signal to stop for, if there is one; asked once a turn."""
        return self.received

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or number

    def _watch(self) -> None:
        first: float | None = None
        while byte := os.read(self._read, 1):
            number, now = byte[0], time.monotonic()
            if number not in self._previous:
                continue  # a signal that somebody else handles
            if first is None:
                first = now
                self._remember(number, None)
                _say(f"{_name(number)}: saving, then stopping; a second one stops at once")
            elif now - first > _ECHO:
                _say(f"{_name(number)} again: stopping at once, without saving")
                os._exit(128 + number)


class PodStop:
    """The same for a run of several processes: SIGTERM to any of them stops all, at the same turn.

    jax's preemption service, whose SIGTERM handler `jax.distributed.initialize` has installed, agrees on the
    turn. Ctrl-C counts as SIGTERM here.
    """

    def __init__(self) -> None:
        self._turn = 0

    def __enter__(self) -> "PodStop":
        """Passes SIGINT on."""
        self._previous = signal.signal(signal.SIGINT, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        return self

    def __exit__(self, *_: object) -> None:
        """Restores the handler that was there before."""
        signal.signal(signal.SIGINT, self._previous)

    def requested(self) -> int | None:
        """The signal to stop for, if there is one; asked once a turn, in every process."""
        self._turn += 1
        return signal.SIGTERM if processes.stop_asked(self._turn) else None


def _name(number: int) -> str:
    return signal.Signals(number).name


def _say(line: str) -> None:
    # Not through sys.stderr, whose lock the main thread may hold. The first line break leaves the
    # progress bar's line.
    with contextlib.suppress(OSError):
        os.write(2, f"\n{line}\n".encode())
