"""Interpolation between latents."""

import numpy as np


def line(start: np.ndarray, end: np.ndarray, frames: int) -> np.ndarray:
    """Straight line between two latents; arguments and result as in `walk`."""
    share = np.linspace(0, 1, frames, dtype=start.dtype)[:, None]
    return (1 - share) * start + share * end


def walk(start: np.ndarray, end: np.ndarray, frames: int) -> np.ndarray:
    """Spherical interpolation between two latents (Shoemake 1985; White 2016, arXiv:1609.04468, Section 2.1).

    A straight line between Gaussian latents passes closer to the origin than the generator ever saw.

    Args:
      start: f[Z].
      end: f[Z].
      frames: how many latents, both ends included; one: the start.

    Returns:
      f[frames, Z].
    """
    cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-6:
        return line(start, end, frames)
    share = np.linspace(0, 1, frames, dtype=start.dtype)[:, None]
    path = (np.sin((1 - share) * angle) * start + np.sin(share * angle) * end) / np.sin(angle)
    path[-1] = end  # to the bit: the ends are pictures of the grid
    path[0] = start
    return path


INTERPOLATIONS = {"spherical": walk, "linear": line}


def plane(corners: np.ndarray, side: int, *, interpolation: str = "spherical") -> np.ndarray:
    """A square of latents between four: down both sides, then from side to side.

    Args:
      corners: f[4, Z]: top left, top right, bottom left, bottom right.
      side: how many latents in a row and in a column.
      interpolation: key of `INTERPOLATIONS`.

    Returns:
      f[side, side, Z].
    """
    between = INTERPOLATIONS[interpolation]
    left, right = (between(corners[i], corners[i + 2], side) for i in range(2))
    return np.stack([between(*ends, side) for ends in zip(left, right, strict=True)])
