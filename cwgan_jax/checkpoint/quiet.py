"""What Orbax says of a failure: nothing from its threads, one line in the error that the caller gets."""

import dataclasses
import logging
import re
import sys
import traceback
from collections.abc import Callable
from typing import Any

# What an error of its storage layer names: itself, the database it writes, or the folder it writes it to.
_TENSORSTORE = re.compile(r"tensorstore|OCDBT|orbax-checkpoint")


def quiet_orbax() -> None:
    """Drops what Orbax prints from its threads about failures that reach the caller as errors.

    A failed array makes it close its event loop under the other arrays, whose ends are then reported by
    asyncio (at a later garbage collection) and by tensorstore (as unraisable).
    """
    for name in ("absl", "asyncio"):
        logging.getLogger(name).addFilter(_not_orbax)
    if not isinstance(sys.unraisablehook, _Unraisable):
        sys.unraisablehook = _Unraisable(sys.unraisablehook)


def one_line(error: BaseException) -> str:
    """Returns the message of an exception on one line of bearable length."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return next(iter(str(error).splitlines()), type(error).__name__)[:300]


def _not_orbax(record: logging.LogRecord) -> bool:
    frames = (frame for frame, _ in traceback.walk_stack(None))
    orbax = any(f.f_globals.get("__name__", "").startswith("orbax.") for f in frames)
    return not orbax and not (record.name == "asyncio" and _TENSORSTORE.search(record.getMessage()))


@dataclasses.dataclass(frozen=True)
class _Unraisable:
    hook: Callable[[Any], object]

    def __call__(self, args: Any) -> None:
        if args.object is not None or str(args.exc_value) != "Event loop is closed":
            self.hook(args)
