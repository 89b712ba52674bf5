"""The table of what sample.py can write, for each kind of data."""

from cwgan_jax.sampling import (
    classes,
    file,
    folder,
    grid,
    marginals,
    plane,
    points,
    styles,
    sweep,
    truncation,
    walk,
)
from cwgan_jax.sampling.request import Format

_ON_SHEETS: dict[str, Format] = {
    "grid": grid.FORMAT,
    "file": file.FORMAT,
    "walk": walk.FORMAT,
    "plane": plane.FORMAT,
    "classes": classes.FORMAT,
    "sweep": sweep.FORMAT,
    "truncation": truncation.FORMAT,
}

FORMATS: dict[str, dict[str, Format]] = {
    "images": _ON_SHEETS | {"folder": folder.FORMAT, "styles": styles.FORMAT},
    "points": {"grid": points.GRID, "folder": points.FOLDER},
    **dict.fromkeys(("signals", "fields", "volumes"), _ON_SHEETS),
    "tables": {"grid": marginals.FORMAT, "file": file.FORMAT},
}
"""Formats by the kind of data (key of `kinds.KINDS`) and by their name on the command line."""


TRANSLATE = "translate"
"""The one format of models that translate, see `sampling.translate`."""


def names() -> list[str]:
    """All formats, of whatever kind of data."""
    return [*dict.fromkeys(name for formats in FORMATS.values() for name in formats), TRANSLATE]


def overview() -> str:
    """What each format writes, for --help."""
    drawn = " ".join(f"Of {kind}: {described(formats)}." for kind, formats in FORMATS.items())
    return f"{drawn} Of models that translate: {TRANSLATE} (one PNG per picture of --input)."


def described(formats: dict[str, Format]) -> str:
    """Some formats with what they write."""
    return ", ".join(f"{name} ({format_.about})" for name, format_ in formats.items())
