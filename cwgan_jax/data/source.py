"""What every source of images provides, and the one place where its images take their final form."""

import dataclasses
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.conditions import Schema, class_names, width

Example = tuple[np.ndarray, Any]

IN_MEMORY = 512  # `Source.block` of small pictures that are in memory already
_ALIGNMENT = 64  # bytes, at multiples of which jax's arrays begin
_SMALL = 128  # pixels of a side; larger pictures are resized one by one


@dataclasses.dataclass(frozen=True)
class Stack:
    """Examples whose pictures are one array, which is faster to bring to its final form.

    Attributes:
      pixels: u8[n, h, w] or u8[n, h, w, 1 | 3].
      condition: [n] or [n, C].
    """

    pixels: np.ndarray
    condition: np.ndarray

    def __iter__(self) -> Iterator[Example]:
        """The examples, one by one."""
        return zip(self.pixels, self.condition, strict=True)


class Source(NamedTuple):
    """Images as a data set has them, read on demand so that large ones need not fit in memory.

    Attributes:
      name: what to call it in an error message.
      size: N, number of images.
      depth: 1 if the images are grey, 3 if any of them is RGB.
      schema: what a condition is made of.
      read: numbers in [0, N) -> their (image u8[h, w] or u8[h, w, 1 | 3 | 4], condition) in order, a
        `Stack` where they are in memory; called from several threads.
      conditions: () -> i[N], class numbers, or vectors f32[N, C], see `dataset.Dataset`; without decoding the
        images.
      summary: lines about what was read, as (key, text).
      warnings: lines about what is probably not as it was meant.
      block: how many one thread reads at a time. Few, because a block of TFDS is decoded as a whole before it
        is resized.
    """

    name: str
    size: int
    depth: int
    schema: Schema
    read: Callable[[Sequence[int]], Iterable[Example]]
    conditions: Callable[[], np.ndarray]
    summary: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    block: int = 64

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes where a condition is a class and nothing else; otherwise none."""
        return class_names(self.schema)

    def room(self, *count: int) -> np.ndarray:
        """Room for the conditions of [count] images: i32[count] or f32[count, C], as `conditions` says."""
        if self.class_names:
            return np.empty(count, np.int32)
        return np.empty((*count, width(self.schema)), np.float32)


def to_arrays(source: Source, size: tuple[int, int], channels: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Reads all images of a source and brings them to one form.

    Args:
      source: where the images come from.
      size: H and W of the result, in pixels.
      channels: D of the result, 1, 3 or 4; None: as the source has them.

    Returns:
      image u8[N, H, W, D] and the conditions, i32[N] or f32[N, C].

    Raises:
      DataError: there is no image, one cannot be read, or a label is out of range.
    """
    if source.size == 0:
        raise DataError(f"{source.name}: it holds no images; give a data set with at least one")
    depth = channels or source.depth
    image = _aligned((source.size, *size, depth))
    condition = source.room(source.size)

    def fill(start: int) -> None:
        block = range(start, min(start + source.block, source.size))
        read = source.read(block)
        if isinstance(read, Stack) and _small(read.pixels[0], size, depth):
            condition[block.start : block.stop] = read.condition
            image[block.start : block.stop] = _fit_alike(read.pixels, size, depth)
            return
        waiting: dict[tuple[int, ...], list[tuple[int, np.ndarray]]] = {}
        for i, (pixels, one) in zip(block, read, strict=True):
            condition[i] = one
            if _small(pixels, size, depth):
                waiting.setdefault(pixels.shape, []).append((i, pixels))
            else:  # at once: a block of photographs would fill the memory
                image[i] = fit(pixels, size, depth)
        for alike in waiting.values():
            places, pictures = zip(*alike, strict=True)
            image[list(places)] = _fit_alike(np.stack(pictures), size, depth)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for _ in pool.map(fill, range(0, source.size, source.block)):
            pass
    check_labels(condition, source)
    return image, condition


def _aligned(shape: tuple[int, ...]) -> np.ndarray:
    """A u8 array without values that CPU devices use as it is; one at another address they would copy."""
    size = math.prod(shape)
    room = np.empty(size + _ALIGNMENT, np.uint8)
    start = -room.ctypes.data % _ALIGNMENT
    return room[start : start + size].reshape(shape)


def crop(shape: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The middle of a picture that has the proportions of another size, as large as possible.

    Args:
      shape: height and width of the picture.
      size: H and W, which say the proportions.

    Returns:
      Left, top, right, bottom; of a square whole numbers.
    """
    height, width = shape
    tall = height * size[1] > width * size[0]  # in comparison
    high, wide = (width * size[0] / size[1], width) if tall else (height, height * size[1] / size[0])
    left, top = (width - wide) // 2, (height - high) // 2
    return left, top, left + wide, top + high


def fit(pixels: np.ndarray, size: tuple[int, int], depth: int) -> np.ndarray:
    """Brings one picture to its final form: its channels, centre-cropped to the proportions, resized.

    Grey is the luma of ITU-R BT.601 (Pillow's "L"). Resizing is bilinear; going down, Pillow widens the
    filter so that nothing is skipped.

    Args:
      pixels: u8[h, w] or u8[h, w, 1 | 3 | 4], any height and width.
      size: H and W of the result.
      depth: D of the result, 1, 3 or 4. Four are left as they are (see `decode.read`), and only then.

    Returns:
      u8[H, W, D].
    """
    from PIL import Image

    if depth == 4:  # Pillow would resize the colours by their alpha
        parts = [fit(part, size, d) for part, d in ((pixels[..., :3], 3), (pixels[..., 3], 1))]
        return np.concatenate(parts, -1)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
    mode = "L" if depth == 1 else "RGB"
    if picture.mode != mode:
        picture = picture.convert(mode)
    height, width = size
    if picture.size != (width, height):
        box = crop((picture.height, picture.width), size)
        picture = picture.resize((width, height), Image.Resampling.BILINEAR, box)
    return np.asarray(picture).reshape(*size, depth)


def _small(pixels: np.ndarray, size: tuple[int, int], depth: int) -> bool:
    """Whether `_fit_alike` takes it, and many of its kind fit into memory."""
    height, width, *colours = pixels.shape
    alike = height * size[1] == width * size[0] and (colours or [1]) == [depth] and depth < 4
    return alike and max(height, width) <= _SMALL


def _fit_alike(stack: np.ndarray, size: tuple[int, int], depth: int) -> np.ndarray:
    """`fit` for pictures of one size and the right proportions, u8[n, h, w] or [n, h, w, D] -> [n, H, W, D].

    Pillow resizes the rows, then the columns, so one tall picture of all rows and one of all columns do.
    """
    from PIL import Image

    stack = stack.reshape(*stack.shape[:3], depth)
    if stack.shape[1:3] == size:
        return stack
    for side in size[::-1]:
        count, lines, length, _ = stack.shape
        tall = stack.reshape(count * lines, length, *((depth,) if depth > 1 else ()))
        tall = np.asarray(Image.fromarray(tall).resize((side, count * lines), Image.Resampling.BILINEAR))
        stack = tall.reshape(count, lines, side, depth).swapaxes(1, 2)
    return stack


def check_labels(label: np.ndarray, source: Source) -> None:
    """Raises DataError for a label that no class has; where there are no classes, for nothing."""
    classes = len(source.class_names)
    if not classes:
        return
    wrong = label[(label < 0) | (label >= classes)]
    if len(wrong):
        raise DataError(
            f"{source.name}: label {wrong[0]} found, labels must be in 0..{classes - 1}; "
            f"use a data set, or a split, in which every image is labelled"
        )
