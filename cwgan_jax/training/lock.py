"""One run in a workdir at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cwgan_jax.common.errors import CheckpointError
from cwgan_jax.parallel import processes


@contextmanager
def lock(workdir: Path) -> Iterator[None]:
    """Keeps a second run from training in the same workdir; the lock goes with process 0."""
    held = []

    def acquire() -> None:
        workdir.mkdir(parents=True, exist_ok=True)
        held.append((workdir / ".lock").open("w"))
        try:
            fcntl.flock(held[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CheckpointError(
                f"{workdir}: another process is training there; choose another --workdir"
            ) from error

    try:
        processes.once(acquire)
        yield
    finally:
        for file in held:
            file.close()
