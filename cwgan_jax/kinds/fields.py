"""Fields: f32[H, W, D], standardised, of two axes of space; drawn as maps, measured by their spectra."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from cwgan_jax.kinds import numbers
from cwgan_jax.metrics import fields
from cwgan_jax.pictures.numbers import Panel, Span, maps

_CHANNELS = 3  # shown side by side


def draw(
    panels: Sequence[Panel],
    row_names: Sequence[str],
    unit: str,
    *,
    column_names: Sequence[str] = (),
    span: Span | None = None,
) -> Image.Image:
    """Each field as a map; of several channels the first three side by side."""
    channels = panels[0].values.shape[-1]
    told = "rows down, columns across"
    if channels > 1:
        told = f"the first {min(channels, _CHANNELS)} of {channels} channels side by side; {told}"
    tiles = [panel._replace(values=side_by_side(panel.values[..., :_CHANNELS])) for panel in panels]
    return maps(tiles, row_names, told, unit, column_names=column_names, span=span)


def side_by_side(values: np.ndarray) -> np.ndarray:
    """Channels f[rows, columns, h, w, D] beside each other, a white line between: f[rows, columns, h, W]."""
    gap = np.full((*values.shape[:3], 1), np.nan)
    parts = [part for channel in np.moveaxis(values, -1, 0) for part in (gap, channel)]
    return np.concatenate(parts[1:], -1)


KIND = numbers.make("fields", draw, fields.light, fields.FIGURES)
