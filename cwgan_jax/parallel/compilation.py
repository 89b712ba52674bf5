"""Compiled programs, kept from run to run by jax's compilation cache: where, how many, and none that is cut.

Everything here is optional: what cannot be kept costs a compilation, never a run.
"""

import contextlib
import functools
import importlib
import os
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path

import jax

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import cache_folder, made
from cwgan_jax.parallel import processes

_GIVEN = "JAX_COMPILATION_CACHE_DIR"
_MOST = 2**30  # bytes of our folder when a run starts
_MARK = ".checked"  # a file with the time at which the last check began
_ZSTD = b"\x28\xb5\x2f\xfd"


@functools.cache
def keep() -> None:
    """Chooses the folder: the one the user gives, else one in the cache folder; in a pod only a given one.

    With a folder for each host one would load what others compile, and on GPUs wait for parts of the tuning
    that those never make.
    """
    given = os.environ.get(_GIVEN)
    if "://" in (given or ""):
        return  # such as gs://, which jax opens itself
    if not given and processes.count() > 1:
        return
    folder = made(Path(given)) if given else cache_folder("xla")
    jax.config.update("jax_compilation_cache_dir", folder and str(folder))
    if folder is None:
        return
    if not given:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    if not os.access(folder, os.W_OK):
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1e9)  # read, never written
    elif processes.first():
        with contextlib.suppress(OSError):  # as when another run sweeps it, too
            sweep(folder, most=None if given else _MOST)


def check_shared() -> None:
    """In a run of several processes: that the folder given is one for all of them.

    Raises:
      ConfigError: a process sees another one, or only some are given one.
    """
    if processes.count() == 1:
        return
    given = os.environ.get(_GIVEN)
    if "://" in (given or ""):
        given = None
    proof = processes.once(lambda: _prove(given))

    def see() -> None:
        if given and proof and (Path(given) / proof).exists():
            return
        if given or proof:
            raise ConfigError(
                f"{_GIVEN}={given or ''}: it is not the folder that process 0 has; name one that all hosts"
                " share, in all processes, or unset it everywhere"
            )

    try:
        processes.together(see)
    finally:
        if given and proof and processes.first():
            (Path(given) / proof).unlink(missing_ok=True)


def sweep(folder: Path, *, most: int | None) -> None:
    """Deletes entries that a kill has cut, which jax would neither read nor replace, and the longest unused.

    Args:
      folder: of jax's compilation cache.
      most: bytes all files together may have; None: any number.

    Raises:
      OSError: a file cannot be deleted.
    """
    mark, begun = folder / _MARK, folder / f"{_MARK}.{os.getpid()}"
    begun.touch()  # its time is the file system's, as that of the entries
    try:
        since = mark.stat().st_mtime_ns if mark.exists() else 0
        for path, stat in _files(folder):
            if path.name.endswith("-cache") and stat.st_mtime_ns >= since and not _whole(path):
                path.unlink(missing_ok=True)
        begun.replace(mark)
    finally:
        begun.unlink(missing_ok=True)
    if most is None:
        return
    newest = sorted(_files(folder), key=lambda x: max(x[1].st_atime_ns, x[1].st_mtime_ns), reverse=True)
    for path, stat in newest:
        most -= stat.st_size
        if most < 0:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in sorted(folder.rglob("*")):
        with contextlib.suppress(FileNotFoundError):  # another run has deleted it
            if path.is_file() and not path.name.startswith("."):
                yield path, path.stat()


def _whole(path: Path) -> bool:
    """Whether an entry can be decompressed; also where this environment cannot tell."""
    try:
        content = path.read_bytes()
        if not content.startswith(_ZSTD):
            zlib.decompress(content)
            return True
        for name in ("compression.zstd", "zstandard"):  # as jax looks for them
            with contextlib.suppress(ImportError):
                importlib.import_module(name).decompress(content)
                return True
        return True
    except OSError:
        return True
    except Exception:  # each library has an error of its own
        return False


def _prove(given: str | None) -> str | None:
    """Leaves a file in the folder; its name, or None if there is no folder."""
    if not given:
        return None
    proof = f".shared-{secrets.token_hex(8)}"
    try:
        Path(given).mkdir(parents=True, exist_ok=True)
        (Path(given) / proof).touch()
    except OSError as error:
        raise ConfigError(f"{_GIVEN}={given}: {error.strerror}; name another folder, or unset it") from error
    return proof
