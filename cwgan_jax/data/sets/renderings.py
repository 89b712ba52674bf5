"""Pictures of the bundled digits, drawn anew: larger, turned by an angle, with thinner or thicker strokes.

Everything that a picture shows is known exactly, so they are for measuring what a model makes of conditions.
"""

import numpy as np

from cwgan_jax.data.sets.digits import bundled

SIZE = 32  # pixels of a side; `data.load` makes of it what `data.size` asks for
EACH = 8  # pictures of a digit
SCALE = 2.6  # pixels of a picture for one of the 8x8 digit: its corners stay inside when it is turned
_MIDDLE, _SLOPE, _EDGE = (
    0.5,
    0.4,
    0.08,
)  # darkness at which ink begins: at stroke 1, by stroke; and how softly


def digits(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Each digit of a split EACH times: f32[N, 8, 8] in [0, 1], darkest 1, and its number i32[N]."""
    image, label = bundled(split)
    dark = image.astype(np.float32)
    dark /= dark.max((1, 2), keepdims=True)
    return np.repeat(dark, EACH, axis=0), np.repeat(label, EACH)


def uniform(key: int, split: str, count: int) -> np.ndarray:
    """Numbers in [0, 1) that are always the same, f64[count]."""
    words = np.random.Philox(key=np.array([key, split == "test"], np.uint64)).random_raw(count)
    return (words >> 11) * 2.0**-53


def ink(digit: np.ndarray, angle: float = 0.0, stroke: float = 1.0, scale: float = SCALE) -> np.ndarray:
    """Draws a digit.

    Args:
      digit: f32[8, 8] in [0, 1].
      angle: in degrees, counterclockwise.
      stroke: about how thick the strokes are, in [0.5, 1.5]; 1: as they were written.
      scale: pixels for one of the digit's.

    Returns:
      f32[32, 32], how much ink there is, in [0, 1].
    """
    from PIL import Image

    padded = np.pad(digit, 2)
    middle_in, middle_out = len(padded) / 2, SIZE / 2
    cosine, sine = np.cos(np.deg2rad(angle)) / scale, np.sin(np.deg2rad(angle)) / scale
    # Where in the digit a pixel's colour comes from: (x, y) -> (a x + b y + c, d x + e y + f).
    right = middle_in - cosine * middle_out + sine * middle_out
    down = middle_in - sine * middle_out - cosine * middle_out
    where = (cosine, -sine, right, sine, cosine, down)
    drawn = Image.fromarray(padded).transform(
        (SIZE, SIZE), Image.Transform.AFFINE, where, Image.Resampling.BICUBIC
    )
    begins = _MIDDLE - _SLOPE * (stroke - 1)
    return 1 / (1 + np.exp((begins - np.asarray(drawn)) / _EDGE))
