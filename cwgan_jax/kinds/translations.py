"""Pictures of an algorithm that translates: real ones, translated, back again, and left as they are."""

import numpy as np
from PIL import Image

from cwgan_jax.algorithms import State, generation
from cwgan_jax.data import Dataset
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation.run import Run
from cwgan_jax.pictures import sheets

_COLUMNS = 8  # pictures of each data set on a sheet
_ROWS = ("real", "translated", "and back", "identity")


def sheet(run: Run, state: State, step: int) -> tuple[Image.Image, np.ndarray]:
    """Draws the sheet of a training step: a panel for each direction, a picture a column.

    Its rows are the real picture, its translation, what comes back of that, and what the other translator,
    into the picture's own domain, makes of it, which should be the picture itself.

    Args:
      run: the run; its algorithm has two directions, each to the other's source, in the order of its streams.
      state: at that step.
      step: n.

    Returns:
      The sheet, and the generated pictures on it u8[panels, rows, columns, H, W, D].
    """
    ways = run.algorithm.directions
    panels, drawn = [], []

    def translated(image: np.ndarray, way: str) -> np.ndarray:
        return generation.translate(run.algorithm, state, image, way, PIXELS.decode)

    for way, other, dataset in zip(ways, ways[::-1], run.streams.values(), strict=True):
        real = _middle(_some(dataset), run.config.data.height_width)
        there = translated(real, way)
        rows = np.stack([there, translated(there, other), translated(real, other)])
        drawn.append(rows)
        panels.append(sheets.Panel(f"{way}, step {step}", np.concatenate([real[None], rows])))
    return sheets.sheet(panels, row_names=_ROWS), np.stack(drawn)


def _middle(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The middle of pictures [..., H, W, D], of height and width `size`: training sees random parts."""
    top, left = (image.shape[-3] - size[0]) // 2, (image.shape[-2] - size[1]) // 2
    return image[..., top : top + size[0], left : left + size[1], :]


def _some(dataset: Dataset) -> np.ndarray:
    """Pictures that lie evenly in a data set, u8[n, H, W, D], always the same ones."""
    chosen = np.unique(np.linspace(0, dataset.size - 1, _COLUMNS).round().astype(int))
    return np.asarray(dataset.image[np.resize(chosen, _COLUMNS)])
