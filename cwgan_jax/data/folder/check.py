"""All pictures of a folder decoded once, before anything else is done with them.

What is found is kept in the user's cache folder, under a digest of the names, sizes and times of the files,
so that the next start need not decode them again. The cache is optional: where none can be kept, none is.
"""

import contextlib
import functools
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from cwgan_jax.common.errors import DataError
from cwgan_jax.common.files import cache_folder, write_whole
from cwgan_jax.common.progress import Progress
from cwgan_jax.data import decode
from cwgan_jax.data.names import shown

_VERSION = 2  # of what is found out
_BLOCK = 64  # pictures one task decodes
_MOST = 20  # faults listed


class Facts(NamedTuple):
    """What is known of a folder of pictures.

    Attributes:
      formats: Pillow's format -> how many.
      colour: whether any is in colour.
      shapes: "HEIGHTxWIDTH" -> how many.
      several: how many have several frames or pages.
      brightest: highest value of the grey pictures of 16 bits; 0 if there are none.
      transparent: how many are transparent somewhere.
    """

    formats: dict[str, int]
    colour: bool
    shapes: dict[str, int]
    several: int
    brightest: int
    transparent: int


_NONE = Facts({}, False, {}, 0, 0, 0)
_known: dict[str, Facts] = {}  # by digest: a run opens both splits


def check(root: Path, files: Sequence[Path], *, values: bool = False) -> Facts:
    """Decodes all pictures, unless that was done before.

    Args:
      root: the folder, for messages.
      files: in it.
      values: whether they are read with the values of the files, see `decode.read_values`.

    Raises:
      DataError: some cannot be read; a line for each, up to twenty.
    """
    digest = _digest(root, files, values)
    facts = _known.get(digest) or _cached(digest)
    if facts is None:
        facts = _found(root, files, values)
        _keep(digest, facts)
    _known[digest] = facts
    return facts


def unreadable(file: Path, error: Exception) -> DataError:
    """What is said of one picture that cannot be decoded."""
    return DataError(f"{_fault(file, error)}; {_advice('it')}")


def _advice(them: str) -> str:
    return f"repair or remove {them} (a run that was begun with {them} goes on only with {them} repaired)"


def _fault(file: Path, error: Exception) -> str:
    import PIL

    reason = " ".join(str(error).split())
    if isinstance(error, PIL.UnidentifiedImageError):  # whose text is the path once more
        reason = f"none of {', '.join(decode.FORMATS)}"
    return f"{shown(file)}: not a readable picture ({shown(reason)})"


def _found(root: Path, files: Sequence[Path], values: bool) -> Facts:
    blocks = [files[i : i + _BLOCK] for i in range(0, len(files), _BLOCK)]
    total, faults, done = _NONE, list[str](), 0
    examine = functools.partial(_examine, read=decode.read_values if values else decode.read)
    with ThreadPoolExecutor(os.cpu_count()) as pool, Progress("checking the pictures", "picture") as progress:
        for block, (facts, wrong) in zip(blocks, pool.map(examine, blocks), strict=True):
            total = _both(total, facts)
            faults += wrong
            done += len(block)
            progress(done, len(files))
    if len(faults) == 1:
        raise DataError(f"{faults[0]}; {_advice('it')}")
    if faults:
        more = [f"and {len(faults) - _MOST:,} more"] if len(faults) > _MOST else []
        advice = f"{shown(root)}: {len(faults):,} pictures cannot be read; {_advice('them')}"
        raise DataError("\n".join([*faults[:_MOST], *more, advice]))
    return total


def _examine(files: Sequence[Path], *, read: Callable[[Path], decode.Picture]) -> tuple[Facts, list[str]]:
    facts, faults = _NONE, []
    for file in files:
        try:
            picture = read(file)
        except Exception as error:  # see decode.read
            faults.append(_fault(file, error))
            continue
        height, width = picture.pixels.shape[:2]
        one = Facts(
            {picture.format: 1},
            picture.colour,
            {f"{height}x{width}": 1},
            int(picture.several),
            picture.brightest,
            int(picture.transparent),
        )
        facts = _both(facts, one)
    return facts, faults


def _both(a: Facts, b: Facts) -> Facts:
    return Facts(
        dict(Counter(a.formats) + Counter(b.formats)),
        a.colour or b.colour,
        dict(Counter(a.shapes) + Counter(b.shapes)),
        a.several + b.several,
        max(a.brightest, b.brightest),
        a.transparent + b.transparent,
    )


def _digest(root: Path, files: Sequence[Path], values: bool) -> str:
    import PIL

    digest = hashlib.sha256(json.dumps([_VERSION, PIL.__version__, decode.FORMATS, values]).encode())
    for file in files:
        about = file.stat()
        digest.update(os.fsencode(file.relative_to(root)))
        digest.update(f"\0{about.st_size} {about.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _cached(digest: str) -> Facts | None:
    if folder := cache_folder("pictures"):
        with contextlib.suppress(OSError, ValueError, TypeError):  # none, or damaged
            return Facts(**json.loads((folder / f"{digest[:32]}.json").read_bytes()))
    return None


def _keep(digest: str, facts: Facts) -> None:
    if folder := cache_folder("pictures"):
        with contextlib.suppress(OSError):
            write_whole(folder / f"{digest[:32]}.json", json.dumps(facts._asdict()).encode())
