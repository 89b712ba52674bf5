"""Volumes: f32[X, Y, Z, D], standardised, of three axes of space; drawn as slices, measured by spectra."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from cwgan_jax.kinds import numbers
from cwgan_jax.metrics import fields
from cwgan_jax.pictures.numbers import Panel, Span, maps


def draw(
    panels: Sequence[Panel],
    row_names: Sequence[str],
    unit: str,
    *,
    column_names: Sequence[str] = (),
    span: Span | None = None,
) -> Image.Image:
    """Each volume as its three middle slices, of the first channel."""
    channels = panels[0].values.shape[-1]
    told = "middle slices, across x, y and z" + (f", of the first of {channels} channels" * (channels > 1))
    tiles = [panel._replace(values=slices(panel.values[..., 0])) for panel in panels]
    return maps(tiles, row_names, told, unit, column_names=column_names, span=span)


def slices(values: np.ndarray) -> np.ndarray:
    """The middle slices across x, y and z of f[rows, columns, X, Y, Z], beside each other, white between."""
    x, y, z = (length // 2 for length in values.shape[2:])
    planes = [values[:, :, x], values[:, :, :, y], values[..., z]]
    high = max(plane.shape[2] for plane in planes)
    gap = np.full((*values.shape[:2], high, 1), np.nan)
    parts = []
    for plane in planes:
        below = ((0, 0), (0, 0), (0, high - plane.shape[2]), (0, 0))
        parts += [gap, np.pad(plane.astype(float), below, constant_values=np.nan)]
    return np.concatenate(parts[1:], -1)


KIND = numbers.make("volumes", draw, fields.light, fields.FIGURES)
