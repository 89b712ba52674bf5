"""The table of what sample.py can write, for each kind of data."""

from cwgan_jax.sampling import classes, folder, grid, plane, points, styles, truncation, walk
from cwgan_jax.sampling.request import Format

FORMATS: dict[str, dict[str, Format]] = {
    "images": {
        "grid": grid.FORMAT,
        "folder": folder.FORMAT,
        "walk": walk.FORMAT,
        "plane": plane.FORMAT,
        "classes": classes.FORMAT,
        "styles": styles.FORMAT,
        "truncation": truncation.FORMAT,
    },
    "points": {
        "grid": points.GRID,
        "folder": points.FOLDER,
    },
}
"""Formats by the kind of data (key of `kinds.KINDS`) and by their name on the command line."""

NAMES: tuple[str, ...] = tuple(dict.fromkeys(name for formats in FORMATS.values() for name in formats))
"""Of all formats, whatever the kind of data."""
