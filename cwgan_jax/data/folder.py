"""One folder of pictures per class."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import check, decode
from cwgan_jax.data import listing as listing_
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.names import shown
from cwgan_jax.data.source import Example, Source

_FULL = 2**15  # the brightest of a set of 16-bit pictures that use their range is not below


def source(data: config.Data, split: str) -> Source:
    """Opens one split of a folder of pictures, which all must be readable; `listing` says which they are.

    Args:
      data: the config's section; `dir` holds the folders.
      split: "train" or "test".

    Raises:
      DataError: the folder is missing, or not as `listing` wants it, or pictures in it cannot be read.
    """
    root = Path(os.path.expanduser(data.dir))
    if not data.dir or not os.path.isdir(root):
        given = f"config.data.dir={shown(data.dir)}" if data.dir else "config.data.dir is empty"
        raise DataError(f"{given}: there is no such folder; {listing_.LAYOUT}")
    try:
        there = listing_.listing(root)
        facts = check.check(root, [file for file, _ in (*there.train, *there.test)])
    except OSError as error:
        raise DataError(f"{shown(error.filename)}: {error.strerror}; make it readable") from error
    chosen = there.train if split == "train" else there.test
    if not chosen:
        raise DataError(
            f"{shown(root)}: no pictures for the {split} split, every class has only one; add pictures"
        )
    depth = data.channels or (3 if facts.colour else 1)
    labels = lambda: np.array([number for _, number in chosen])  # noqa: E731
    return Source(
        shown(root),
        len(chosen),
        depth,
        of_classes(there.class_names),
        lambda block: _read(chosen, block, depth),
        labels,
        tuple(_summary(there, facts)),
        (*there.warnings, *_dark(root, facts)),
    )


def _read(chosen: listing_.Labelled, block: Sequence[int], depth: int) -> Iterator[Example]:
    for i in block:
        file, label = chosen[i]
        try:
            pixels = decode.read(file, depth).pixels
        except Exception as error:  # see decode.read; it was readable at the start
            raise check.unreadable(file, error) from error
        yield pixels, label


def _summary(there: listing_.Listing, facts: check.Facts) -> Iterator[tuple[str, str]]:
    kinds = ", ".join(f"{count:,} {name}" for name, count in sorted(facts.formats.items()))
    skipped = ", ".join(f"{count:,} {kind}" for kind, count in sorted(there.skipped.items()))
    several = f"; of {facts.several:,} with several frames or pages the first" if facts.several else ""
    yield "files", f"{kinds}{several}" + (f"; passed over: {skipped}" if skipped else "")
    yield "splits", there.splits
    if facts.cropped:
        total = sum(facts.formats.values())
        yield (
            "crop",
            f"{facts.cropped:,} of {total:,} pictures are not square: the middle of each is taken,"
            f" {facts.least:.0%} of its area at the least",
        )


def _dark(root: Path, facts: check.Facts) -> Iterator[str]:
    bits = facts.brightest.bit_length()
    if 0 < facts.brightest < _FULL:
        yield (
            f"{shown(root)}: the 16-bit pictures hold no value above {facts.brightest:,}; 65,535 is white: if"
            f" they hold {bits} bits, multiply them by {2 ** (16 - bits):,} first"
        )
