"""Saves checkpoints in the background, one whole step at a time."""

import json
import os
import re
import shutil
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from cwgan_jax.checkpoint.digest import canonical, check_finite, digests, sha256
from cwgan_jax.checkpoint.quiet import one_line, quiet_orbax
from cwgan_jax.checkpoint.reader import read_json, steps
from cwgan_jax.common.errors import CheckpointError, StorageError

if TYPE_CHECKING:
    from cwgan_jax.checkpoint.storage import Manager


class Writer:
    """Saves the checkpoints of one run in the background; leaving the context waits for the last.

    Orbax saves synchronously in a thread of ours: on a full disk its own asynchronous mode prints pages of
    tracebacks from its threads, and where the folder is gone it reports after minutes.

    Args:
      folder: holds one folder per step; created if need be, rid of interrupted saves.
      keep: how many of the newest steps to keep.
      after: the step this run was restored from, None for a new run.

    Attributes:
      latest: the newest step on disk, None if there is none.

    Raises:
      CheckpointError: the folder holds a step later than `after`.
      StorageError: the folder cannot be created or opened.
    """

    def __init__(self, folder: Path, *, keep: int, after: int | None = None) -> None:
        quiet_orbax()
        self._folder = Path(folder).absolute()
        self.latest = max(steps(self._folder), default=None)
        if self.latest is not None and (after is None or after < self.latest):
            raise CheckpointError(
                f"{folder} holds checkpoint {self.latest}, but this run starts "
                f"{'anew' if after is None else f'from step {after}'}: resume from the latest, "
                "choose another workdir, or move the later checkpoints away"
            )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _remove_unfinished(self._folder)
        except OSError as error:
            raise StorageError(f"cannot open {folder}: {one_line(error)}") from error
        self._keep = keep
        self._manager: Manager | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._pending: Future[None] | None = None

    def __enter__(self) -> "Writer":
        """Returns itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Waits and closes; raises StorageError as `wait` does unless the body raised already."""
        try:
            self.wait()
        except StorageError:
            if kind is None:
                raise
        finally:
            self._thread.shutdown()
            if self._manager:
                self._manager.close()

    def save(self, step: int, state: Any, about: dict[str, Any]) -> None:
        """Copies `state` to the host, after which its buffers may be donated, and starts writing.

        Args:
          step: n, later than every step before; or the newest, with the very state it holds.
          state: pytree of arrays and None.
          about: anything JSON can hold.

        Raises:
          DivergedError: a leaf is not finite; nothing is written.
          CheckpointError: the step is not new.
          StorageError: the save before this one could not be written.
        """
        self.wait()
        # The copy is forced: on the CPU a numpy view of a jax.Array shares its buffer.
        host = jax.tree.map(lambda x: np.array(x, copy=True, order="C"), jax.device_get(state))
        check_finite(step, host)
        if self.latest is not None and step <= self.latest:
            if step == self.latest and digests(host) == read_json(self._folder, step)[1]:
                return
            raise CheckpointError(
                f"cannot save step {step}: {self._folder} holds checkpoint {self.latest} already"
            )
        self._pending = self._thread.submit(self._write, step, host, json.loads(canonical(about)))

    def wait(self) -> None:
        """Returns once all is on disk; raises StorageError if the save under way failed."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()

    def _write(self, step: int, host: Any, about: dict[str, Any]) -> None:
        digest: dict[str, Any] = {"about": sha256(about), "leaves": digests(host)}
        try:
            _remove_unfinished(self._folder)
            _reserve(self._folder, sum(x.nbytes + 4096 for x in jax.tree.leaves(host)))
            self._opened().write(step, host, about, {**digest, "digest": sha256(digest)})
        except (OSError, ValueError) as error:
            _remove_unfinished(self._folder)  # gives a full disk its space back
            # tensorstore ends with "[os_error_code='28' ...]", older ones with "[OS error 28: ...]".
            found = re.search(r"os.error(?:.code)?\D{0,3}(\d+)", str(error), re.IGNORECASE)
            if not isinstance(error, OSError) and not found:
                raise
            reason = os.strerror(int(found[1])) if found else one_line(error)
            raise StorageError(
                f"cannot write checkpoint {step} to {self._folder}: {reason}; earlier checkpoints "
                "are intact; free space or restore access, and run the same command again"
            ) from error
        self.latest = step

    def _opened(self) -> "Manager":
        from cwgan_jax.checkpoint.storage import Manager

        self._manager = self._manager or Manager(self._folder, self._keep)
        return self._manager


def _remove_unfinished(folder: Path) -> None:
    # Orbax's `cleanup_tmp_directories` does this in the background, while the first save may run. After a
    # failed save tensorstore's threads may create files in a folder that is being removed: once more then.
    for _ in range(20):
        for path in (unfinished := list(folder.glob("*.orbax-checkpoint-tmp*"))):
            shutil.rmtree(path, ignore_errors=True)
        if not any(path.exists() for path in unfinished):
            return
        time.sleep(0.05)


def _reserve(folder: Path, size: int) -> None:
    """Fails as the disk would, but before Orbax starts: with one OSError and without noise."""
    with tempfile.TemporaryFile(dir=folder) as file:
        if hasattr(os, "posix_fallocate"):  # not on macOS
            os.posix_fallocate(file.fileno(), 0, size)
