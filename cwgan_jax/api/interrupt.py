"""Ctrl-C, or the stop button of a notebook, while `fit` trains."""

import signal
import threading
from types import FrameType
from typing import Any


class Interrupt:
    """Asks a run to stop at the first SIGINT; the second one is raised as KeyboardInterrupt.

    Unlike `preemption.StopSignal` it never ends the process, which is the user's. Outside of the main thread,
    which alone may handle signals, nothing is changed, and nothing stops the run.
    """

    def __init__(self) -> None:
        self._received: int | None = None
        self._previous: Any = None

    def __enter__(self) -> "Interrupt":
        """Installs the handler."""
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(self, *_: object) -> None:
        """Restores the handler that was there before."""
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def requested(self) -> int | None:
        """The signal to stop for, if there is one; asked once a turn."""
        return self._received

    def _remember(self, number: int, frame: FrameType | None) -> None:
        if self._received:
            raise KeyboardInterrupt
        self._received = number
        print("saving, then stopping; interrupt again to stop at once", flush=True)
