"""Folders of pictures: one for each class, or with a table that says what is known of each picture."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import decode
from cwgan_jax.data.dataset import Dataset
from cwgan_jax.data.folder import check, domains
from cwgan_jax.data.folder import floats as folder_floats
from cwgan_jax.data.folder import listing as listing_
from cwgan_jax.data.folder import metadata as metadata_
from cwgan_jax.data.folder.conditions import CLASS, Pictures, from_folders, from_table
from cwgan_jax.data.folder.listing import Listing
from cwgan_jax.data.folder.metadata import Metadata
from cwgan_jax.data.names import shown
from cwgan_jax.data.source import Example, Source, crop

_FULL = 2**15  # the brightest of a set of 16-bit pictures that use their range is not below


def source(data: config.Data, split: str, domain: str = "") -> Source | Dataset:
    """Opens one split of a folder of pictures, which all must be readable; `listing` says which they are.

    The condition is the class folder, or, if `condition` chooses them, columns of the metadata. Without any
    choice it is the column of the classes in the metadata, if there are no class folders.

    Args:
      data: the config's section; `dir` holds the folders.
      split: "train" or "test".
      domain: one of two sets whose names end the names of the splits' folders, see `domains.found`; empty:
        there is one set.

    Raises:
      DataError: the folder is missing, or not as `listing` or `metadata` want it, or pictures in it cannot be
        read.
    """
    root = Path(os.path.expanduser(data.dir))
    if not data.dir or not os.path.isdir(root):
        given = f"config.data.dir={shown(data.dir)}" if data.dir else "config.data.dir is empty"
        layout = domains.LAYOUT if domain else listing_.LAYOUT
        raise DataError(f"{given}: there is no such folder; {layout}")
    try:
        there, table, columns = (domains.found(root, domain), None, ()) if domain else _found(data, root)
        chosen = from_table(there, table, columns, data.types) if table else from_folders(there)
        every, floats = [*chosen.files["train"], *chosen.files["test"]], data.dtype == "float32"
        facts = check.check(root, every, values=floats)
    except OSError as error:
        raise DataError(f"{shown(error.filename)}: {error.strerror}; make it readable") from error
    files, condition = chosen.files[split], chosen.condition[split]
    if not files:
        raise DataError(
            f"{shown(root)}: no pictures for the {split} split, every class has only one; add pictures"
        )
    summary = tuple(_summary(there, facts, chosen, data.height_width))
    warnings = (*there.warnings, *chosen.warnings, *_dark(root, facts))
    if floats:
        rest = chosen.schema, condition, summary, warnings
        return folder_floats.dataset(shown(root), data, chosen.files["train"], files, rest)
    if data.channels == 4 and not facts.transparent:
        raise DataError(
            f"{shown(root)}: config.data.channels=4, but no picture is transparent anywhere; use 1, 3 or none"
        )
    depth = data.channels or (3 if facts.colour else 1)
    read = lambda block: _read(files, condition, block, depth)  # noqa: E731
    return Source(shown(root), len(files), depth, chosen.schema, read, lambda: condition, summary, warnings)


def _found(data: config.Data, root: Path) -> tuple[Listing, Metadata | None, tuple[str, ...]]:
    """The pictures; the metadata and which of their columns are the condition, if any are."""
    names = tuple(filter(None, (name.strip() for name in data.condition.split(","))))
    roles, _ = listing_.split_folders(root)
    places = (root, *roles.values())
    if not names:
        classes = listing_.folders(roles.get("train", root))
        table = metadata_.metadata(places, listing_.METADATA[:2]) if len(classes) < 2 else None
        names = (table.of_classes,) if table and table.of_classes else ()
    else:
        table = metadata_.metadata(places)
    if table is None and names not in ((), (CLASS,)):
        raise DataError(
            f"{shown(root)}: config.data.condition={shown(data.condition)} needs metadata.csv or"
            " metadata.jsonl in it, with a column file_name and those of the condition; there is none"
        )
    if table is None or not names or (names == (CLASS,) and CLASS not in table.columns):
        return listing_.listing(root), None, ()
    return listing_.listing(root, classes=False), table, names


def _read(
    files: Sequence[Path], condition: np.ndarray, block: Sequence[int], depth: int
) -> Iterator[Example]:
    for i in block:
        try:
            pixels = decode.read(files[i], depth).pixels
        except Exception as error:  # see decode.read; it was readable at the start
            raise check.unreadable(files[i], error) from error
        yield pixels, condition[i]


def _summary(
    there: Listing, facts: check.Facts, chosen: Pictures, size: tuple[int, int]
) -> Iterator[tuple[str, str]]:
    kinds = ", ".join(f"{count:,} {name}" for name, count in sorted(facts.formats.items()))
    skipped = ", ".join(f"{count:,} {kind}" for kind, count in sorted(there.skipped.items()))
    several = f"; of {facts.several:,} with several frames or pages the first" if facts.several else ""
    yield "files", f"{kinds}{several}" + (f"; passed over: {skipped}" if skipped else "")
    yield "splits", chosen.splits
    yield from _crop(facts, size)
    yield from chosen.summary


def _crop(facts: check.Facts, size: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """How many pictures have other proportions than are asked for."""
    cropped, least = 0, 1.0
    for text, count in facts.shapes.items():
        height, width = map(int, text.split("x"))
        if height * size[1] != width * size[0]:
            left, top, right, bottom = crop((height, width), size)
            cropped += count
            least = min(least, (right - left) * (bottom - top) / (height * width))
    if cropped:
        are = "square" if size[0] == size[1] else f"of the proportions {size[0]}x{size[1]}"
        yield (
            "crop",
            f"{cropped:,} of {sum(facts.shapes.values()):,} pictures are not {are}: the middle of each is"
            f" taken, {least:.0%} of its area at the least",
        )


def _dark(root: Path, facts: check.Facts) -> Iterator[str]:
    bits = facts.brightest.bit_length()
    if 0 < facts.brightest < _FULL:
        yield (
            f"{shown(root)}: the 16-bit pictures hold no value above {facts.brightest:,}; 65,535 is white: if"
            f" they hold {bits} bits, multiply them by {2 ** (16 - bits):,} first"
        )
