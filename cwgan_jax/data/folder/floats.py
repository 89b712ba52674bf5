"""Folders of pictures whose values are kept: 16 bits, or floats, as `config.data.dtype=float32` asks for.

They are data of the kind `fields`: numbers, standardised for the networks, and given back as they were.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import conditions, counts, decode
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.dataset import Dataset
from cwgan_jax.data.folder import check
from cwgan_jax.data.names import shown
from cwgan_jax.data.scaling import Channels
from cwgan_jax.data.source import crop


def dataset(
    where: str,
    data: config.Data,
    train: Sequence[Path],
    files: Sequence[Path],
    rest: tuple[Schema, np.ndarray, tuple[tuple[str, str], ...], tuple[str, ...]],
) -> Dataset:
    """Reads the pictures of a split, centre-cropped to the proportions and resized (bilinear).

    Args:
      where: the folder, for messages.
      data: the config's section.
      train: the training split, of which mean and deviation are taken.
      files: the split.
      rest: schema, conditions, summary and warnings, see `Dataset`.

    Raises:
      DataError: one cannot be read, they differ in their type or number of channels, or they are too many.
    """
    need = math.prod((len(files), *data.height_width, 4, data.channels or 1)) / 2**20
    if need > data.resident_mib:
        raise DataError(
            f"{where}: config.data.dtype=float32 takes {need:,.0f} MiB, and such pictures are not streamed;"
            f" raise config.data.resident_mib={data.resident_mib}, or use uint8"
        )
    values = _read(where, data, train)
    scaling = Channels.of(values)
    if list(files) != list(train):
        values = _read(where, data, files).astype(values.dtype)
    schema, condition, summary, warnings = rest
    bounds = f"{scaling.dtype}, {scaling.low:g} to {scaling.high:g} in the training split"
    summary = (*summary, ("values", bounds))
    if names := conditions.class_names(schema):
        summary = (*summary, ("classes", counts.summary(condition, names)))
        warnings = (*warnings, *counts.missing(condition, names))
    return Dataset(scaling.encode(values), condition, schema, summary, warnings, "fields", scaling)


def _read(where: str, data: config.Data, files: Sequence[Path]) -> np.ndarray:
    """[N, H, W, D] of the files' dtype."""
    with ThreadPoolExecutor() as pool:
        pictures = list(pool.map(lambda file: _fitted(file, data.height_width), files))
    kinds = {(pixels.dtype.name, pixels.shape[2]): file for pixels, file in zip(pictures, files, strict=True)}
    if len(kinds) > 1:
        told = ", ".join(f"{shown(file.name)} is {d} with {c} channels" for (d, c), file in kinds.items())
        raise DataError(
            f"{where}: config.data.dtype=float32 keeps the values, which then must be of one type:"
            f" {told}; convert the pictures, or use uint8"
        )
    stack = np.stack(pictures)
    if data.channels not in (None, stack.shape[-1]):
        raise DataError(
            f"{where}: config.data.channels={data.channels}, but with dtype=float32 the {stack.shape[-1]}"
            " channels of the pictures are kept; use none"
        )
    return stack


def _fitted(file: Path, size: tuple[int, int]) -> np.ndarray:
    """[H, W, D] of the file's dtype."""
    from PIL import Image

    try:
        pixels = decode.read_values(file).pixels
    except Exception as error:  # see decode.read; it was readable at the start
        raise check.unreadable(file, error) from error
    if pixels.shape[:2] == size:
        return pixels
    box, resized = crop(pixels.shape[:2], size), []
    for channel in np.moveaxis(pixels, -1, 0):
        picture = Image.fromarray(channel.astype(np.float32))
        resized.append(np.asarray(picture.resize(size[::-1], Image.Resampling.BILINEAR, box)))
    values = np.stack(resized, -1)
    return values if pixels.dtype == np.float32 else np.rint(values).astype(pixels.dtype)
