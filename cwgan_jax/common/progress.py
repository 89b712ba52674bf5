"""Progress of long work beside the training: a bar on a terminal, a plain line now and then otherwise."""

import sys
import time
from types import TracebackType

from tqdm import tqdm

_LINE_SECONDS = 5.0


class Progress:
    """Called with (done, total); silent until it is called for the first time."""

    def __init__(self, name: str, unit: str) -> None:
        """Names the work, and what it is counted in."""
        self._name, self._unit = name, unit
        self._bar: tqdm | None = None
        self._said = time.perf_counter()

    def __enter__(self) -> "Progress":
        """Returns itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the bar."""
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: int, total: int) -> None:
        """Shows how far it is."""
        if sys.stderr.isatty():
            if self._bar is None:
                self._bar = tqdm(total=total, desc=self._name, unit=self._unit, dynamic_ncols=True)
            self._bar.update(done - self._bar.n)
        elif time.perf_counter() - self._said >= _LINE_SECONDS:
            self._said = time.perf_counter()
            print(f"{self._name}: {self._unit} {done}/{total}", flush=True)
