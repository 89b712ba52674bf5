"""Files that appear in one piece, logs of which the last line may be cut, and where caches lie."""

import contextlib
import functools
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file in one piece, see `whole`."""
    with whole(path) as temporary:
        temporary.write_bytes(content)


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary name to write a file under, which is renamed at the end.

    A reader never sees half a file, and an exception, a full disk or a kill leaves the old one as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def cache_folder(name: str) -> Path | None:
    """The folder of that name for what may be lost, in $XDG_CACHE_HOME or ~/.cache; made if need be.

    Returns:
      None, after a warning, if there is no place for it, as in a container whose user has no name.
    """
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(home) if home else Path.home() / ".cache") / "cwgan_jax"
    except RuntimeError:
        _warn("no home directory")
        return None
    return made(folder) and made(folder / name)


def made(folder: Path) -> Path | None:
    """A folder for what may be lost, made if need be; None, after a warning, if it cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.R_OK | os.X_OK):
            return folder
        problem = "it may not be read"
    except OSError as error:
        problem = error.strerror or str(error)
    _warn(f"{folder}: {problem}")
    return None


@functools.cache  # once in a process
def _warn(problem: str) -> None:
    print(
        f"warning: {problem}; programs, judges and checks of data are not kept for the next time: set"
        " XDG_CACHE_HOME to a folder that can be written",
        flush=True,
    )


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON of nested plain values; numbers that are not finite become null, since JSON has none."""
    return json.dumps(_finite(value), indent=indent, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(x) for x in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def json_lines(path: Path) -> list[dict[str, Any]]:
    """Reads a file of one JSON object per line, up to a line that a crash cut; none if there is no file."""
    found: list[dict[str, Any]] = []
    if not path.exists():
        return found
    for line in path.read_bytes().splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            break
        if not isinstance(value, dict):
            break
        found.append(value)
    return found
