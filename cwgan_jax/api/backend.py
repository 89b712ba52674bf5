"""Matplotlib's backend is the user's: a run draws its pictures with another, then puts it back."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Puts matplotlib's backend back at the end, so that figures still show in a notebook."""
    import matplotlib

    before = matplotlib.get_backend()
    try:
        yield
    finally:
        if matplotlib.get_backend() != before:
            matplotlib.use(before)
