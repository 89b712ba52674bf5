"""Restores checkpoints, with every byte verified; damaged steps are passed over."""

import itertools
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from cwgan_jax.checkpoint import packed
from cwgan_jax.checkpoint.digest import digests, kinds, sha256
from cwgan_jax.checkpoint.quiet import one_line, quiet_orbax
from cwgan_jax.common.errors import CheckpointError, StorageError


class Saved(NamedTuple):
    """A restored checkpoint.

    Attributes:
      step: n.
      state: the template's tree with numpy leaves.
      about: what was saved with it.
    """

    step: int
    state: Any
    about: dict[str, Any]


class _DamagedError(CheckpointError):
    """The files of a step are not those that were written."""


def steps(folder: Path) -> list[int]:
    """Returns the steps in `folder`, ascending, whole or not; none if there is no such folder.

    Instead of a folder it can be a packed file, with a single step.
    """
    if mark := packed.about(folder):
        return [mark["step"]]
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise CheckpointError(f"cannot read {folder}: {error.strerror}") from error
    return sorted(int(name) for name in names if re.fullmatch(r"0|[1-9][0-9]*", name))


def restore(
    folder: Path,
    template: Callable[[dict[str, Any]], Any],
    *,
    step: int | None = None,
    set_aside: bool,
    warn: Callable[[str], None],
) -> Saved | None:
    """Restores the newest whole checkpoint, or exactly `step`, with every byte verified.

    Args:
      folder: holds one folder per step; or a packed file.
      template: from `about` to the expected tree of jax.ShapeDtypeStruct; what it raises (a conflict of
        configs) is passed on, never taken for damage.
      step: the one step wanted, None for the newest that is whole.
      set_aside: move damaged steps to `damaged_checkpoints` beside `folder`, once an older one proved whole:
        where none is, running again must not silently start anew.
      warn: is given one line for each damaged step passed over.

    Returns:
      The checkpoint, None where there is none at all.

    Raises:
      CheckpointError: `step` is missing or damaged, all are damaged, a file may not be read, or the leaves of
        a whole checkpoint are not those of the template.
      StorageError: a damaged step could not be moved.
    """
    quiet_orbax()
    folder, found = Path(folder).absolute(), steps(folder)
    if step is not None and step not in found:
        raise CheckpointError(f"no checkpoint {step} in {folder}; available: {found or 'none'}")
    if mark := packed.about(folder):
        return Saved(mark["step"], packed.read(folder, template(mark["about"])), mark["about"])
    damaged: dict[int, str] = {}
    for n in reversed(found) if step is None else [step]:
        try:
            saved = _read(folder, n, template)
        except _DamagedError as error:
            if steps(folder) != found:  # a run in progress has just replaced old steps by new
                return restore(folder, template, step=step, set_aside=set_aside, warn=warn)
            damaged[n] = str(error)
            continue
        for bad, cause in damaged.items():
            moved = f"moved to {_move_aside(folder, bad)}, " if set_aside else ""
            warn(f"checkpoint {bad} is damaged ({cause}): {moved}using checkpoint {n}")
        return saved
    if damaged:
        raise _none_left(folder, damaged, found)
    return None


def _none_left(folder: Path, damaged: dict[int, str], found: list[int]) -> CheckpointError:
    causes = ", ".join(f"{n} ({cause})" for n, cause in damaged.items())
    others = [n for n in found if n not in damaged]
    advice = "bring them back from a copy, or move the folder away to start anew"
    return CheckpointError(
        f"{'the checkpoint' if others else 'all checkpoints'} in {folder} damaged: {causes}; "
        + (f"other steps: {others}" if others else advice)
    )


def _read(folder: Path, step: int, template: Callable[[dict[str, Any]], Any]) -> Saved:
    about, leaves = read_json(folder, step)
    tree = template(about)
    want, have = kinds(tree), {path: leaf["array"] for path, leaf in leaves.items()}
    differing = [path for path in {**want, **have} if want.get(path) != have.get(path)]
    if differing:
        path = differing[0]
        raise CheckpointError(
            f"checkpoint {step} in {folder} is of another config or version: {path} is "
            f"{have.get(path, 'absent')} there and {want.get(path, 'absent')} here "
            f"({len(differing)} leaves differ); use the config it was made with or another workdir"
        )
    like = jax.tree.map(  # without memory behind it
        lambda x: np.broadcast_to(np.zeros((), x.dtype), x.shape) if x.size else None, tree
    )
    stored = iter(jax.tree.leaves(_read_item(folder, step, "state", like)))
    state = jax.tree.map(lambda x: next(stored, np.zeros(())) if x.size else np.zeros(x.shape, x.dtype), tree)
    for path, leaf in digests(state).items():
        if leaf != leaves[path]:
            raise _DamagedError(f"{path} does not match its SHA-256")
    return Saved(step, state, about)


def read_json(folder: Path, step: int) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Returns `about` and the digests of the leaves, both verified."""
    about, digest = (_read_item(folder, step, name) for name in ("about", "digest"))
    if not isinstance(digest, dict) or digest.pop("digest", None) != sha256(digest):
        raise _DamagedError("`digest` does not match its SHA-256")
    if digest["about"] != sha256(about):
        raise _DamagedError("`about` does not match its SHA-256")
    return about, digest["leaves"]


def _read_item(folder: Path, step: int, name: str, like: Any = None) -> Any:
    """JSON, or arrays as in `like`."""
    from cwgan_jax.checkpoint import storage

    item = folder / str(step) / name
    try:
        return storage.read_json(item) if like is None else storage.read_arrays(item, like)
    except Exception as error:  # Orbax has no list of what it raises for files it cannot use
        missing = isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError)
        if (isinstance(error, OSError) and not missing) or "PERMISSION_DENIED" in str(error):
            # The machine's fault, not the file's: no reason to go back to an older step.
            raise CheckpointError(f"cannot read checkpoint {step} in {folder}: {one_line(error)}") from error
        raise _DamagedError(f"{name}: {one_line(error)}") from error


def _move_aside(folder: Path, step: int) -> Path:
    place = folder.parent / "damaged_checkpoints"
    names = itertools.chain([str(step)], (f"{step}-{k}" for k in itertools.count(1)))
    target = next(place / name for name in names if not (place / name).exists())
    try:
        place.mkdir(exist_ok=True)
        return (folder / str(step)).rename(target)
    except OSError as error:
        raise StorageError(f"cannot move damaged checkpoint {step}: {one_line(error)}") from error
