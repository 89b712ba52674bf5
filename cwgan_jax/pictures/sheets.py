"""u8 images to files: labelled sheets of images, PNG, GIF."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, PngImagePlugin

from cwgan_jax.common.files import write_whole
from cwgan_jax.pictures.lettering import SIZE as _TEXT
from cwgan_jax.pictures.lettering import Lettering, lettered, shortened

TILE = 64  # least height of an image on a sheet, in screen pixels
_GAP = 2
_MARGIN = 10
_INK = (30, 30, 30)
_SQUARE = 8  # side of the squares behind transparent images, in screen pixels
_GREY = 225  # of every other square; those between are white


class Panel(NamedTuple):
    """A titled grid of images.

    Attributes:
      title: the line above the grid.
      image: u8[rows, columns, H, W, D], D = 1, 3, or 4 as `picture` has it.
    """

    title: str
    image: np.ndarray


class _Layout(NamedTuple):
    """Where everything stands on a sheet, in its pixels.

    Attributes:
      scale: of the images, a whole number.
      tile: height and width of an image.
      pitch: from one column of images to the next.
      left: where the first panel begins, right of the names of the rows.
      top: where the images begin, below the titles and the names of the columns.
      widths: of the panels.
    """

    scale: int
    tile: tuple[int, int]
    pitch: int
    left: int
    top: int
    widths: list[int]

    def row(self, number: int) -> int:
        """The top of a row of images."""
        return self.top + number * (self.tile[0] + _GAP)


def sheet(
    panels: Sequence[Panel], *, row_names: Sequence[str] = (), column_names: Sequence[str] = ()
) -> Image.Image:
    """Draws panels side by side, on white, with titles and names.

    Args:
      panels: grids with the same number of rows and the same image shape.
      row_names: one for each row, drawn left of the first panel; or none.
      column_names: one for each column, drawn above it; or none.

    Returns:
      An RGB picture; its info key `panel` holds the width of the first panel's part, for `animate`.
    """
    titles = [lettered(panel.title) for panel in panels]
    row_text = [lettered(shortened(name)) for name in row_names]
    column_text = [lettered(shortened(name)) for name in column_names]
    layout = _layout(panels, titles, row_text, column_text)
    width = layout.left + sum(layout.widths) + _MARGIN * len(panels)
    picture = Image.new("RGB", (width, layout.row(len(panels[0].image)) + _MARGIN), "white")
    draw = ImageDraw.Draw(picture)
    for row, (name, font) in enumerate(row_text):
        middle = layout.row(row) + layout.tile[0] // 2
        draw.text((layout.left - _MARGIN, middle), name, _INK, font, anchor="rm")
    x = layout.left
    for panel, panel_width, (title, font) in zip(panels, layout.widths, titles, strict=True):
        draw.text((x, _MARGIN), title, _INK, font)
        for column, (name, font) in enumerate(column_text):
            middle = x + column * layout.pitch + layout.pitch // 2
            draw.text((middle, layout.top - 8), name, _INK, font, anchor="ms")
        picture.paste(_tiles(panel.image, layout.scale, layout.pitch), (x, layout.top))
        x += panel_width + _MARGIN
    picture.info["panel"] = layout.left + layout.widths[0] + _MARGIN
    return picture


def _layout(
    panels: Sequence[Panel],
    titles: Sequence[Lettering],
    row_text: Sequence[Lettering],
    column_text: Sequence[Lettering],
) -> _Layout:
    """Leaves room for every text, also where an image, or a whole panel, is narrower than its text."""
    height, width = panels[0].image.shape[2:4]
    scale = max(1, -(-TILE // height))
    tile = scale * height, scale * width
    pitch = max([tile[1] + _GAP, *map(_room, column_text)])
    return _Layout(
        scale,
        tile,
        pitch,
        left=_MARGIN + max(map(_room, row_text), default=0),
        top=_MARGIN + _TEXT + _MARGIN + (_TEXT + 6 if column_text else 0),
        widths=[
            max(panel.image.shape[1] * pitch, _room(title))
            for panel, title in zip(panels, titles, strict=True)
        ],
    )


def _room(lettering: Lettering) -> int:
    """The width of a text with a margin."""
    text, font = lettering
    return int(font.getlength(text)) + _MARGIN


def picture(image: np.ndarray) -> Image.Image:
    """u8[H, W, D] -> a grey (D = 1), RGB (D = 3) or RGBA (D = 4) picture.

    Four channels are the image as it looks on white, and alpha; the file gets its own colours.
    """
    if image.shape[-1] < 4:
        return Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    white, alpha = image[..., :3].astype(float), image[..., 3:].astype(float)
    colour = 255 - (255 - white) * 255 / np.maximum(alpha, 1)
    return Image.fromarray(np.concatenate([colour.clip(0, 255).round().astype(np.uint8), image[..., 3:]], -1))


def _on_squares(image: np.ndarray) -> np.ndarray:
    """Images u8[..., H, W, 4], see `picture`, on white and grey squares: u8[..., H, W, 3]."""
    rows, columns = (np.arange(side) // _SQUARE for side in image.shape[-3:-1])
    grey = ((rows[:, None] + columns) % 2)[..., None] * (255 - _GREY)
    through = 1 - image[..., 3:] / 255
    return (image[..., :3] - grey * through).clip(0, 255).round().astype(np.uint8)


def save_png(image: Image.Image, path: Path) -> None:
    """Writes a PNG, see `png`."""
    write_whole(path, png(image))


def png(image: Image.Image) -> bytes:
    """A PNG file, with the width of a sheet's first panel as a text chunk."""
    notes = PngImagePlugin.PngInfo()
    if "panel" in image.info:
        notes.add_text("panel", str(image.info["panel"]))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=notes)
    return buffer.getvalue()


def gif(frames: Sequence[Image.Image], *, seconds: float = 0.1, hold: float = 0.1) -> bytes:
    """An endless GIF file.

    Args:
      frames: pictures; those that are smaller than the largest get a white border on the right and below.
      seconds: that each frame is shown.
      hold: seconds that the last one is shown.
    """
    times = [int(1000 * seconds)] * (len(frames) - 1) + [int(1000 * hold)]
    largest = max(frame.width for frame in frames), max(frame.height for frame in frames)
    indexed = [_on_white(frame, largest).quantize(64, dither=Image.Dither.NONE) for frame in frames]
    buffer = io.BytesIO()
    indexed[0].save(buffer, "GIF", save_all=True, append_images=indexed[1:], duration=times, loop=0)
    return buffer.getvalue()


def animate(folder: Path, path: Path, *, most: int = 100) -> int:
    """Joins the first panels of a folder's sheets into a GIF.

    Args:
      folder: holds sheets named by step, `000400.png`.
      path: the GIF.
      most: the largest number of frames; of more sheets some are left out, evenly.

    Returns:
      The number of frames.
    """
    numbered = (file for file in folder.glob("*.png") if file.stem.isdecimal())
    files = sorted(numbered, key=lambda file: int(file.stem))
    if not files:
        return 0
    chosen = [files[i] for i in np.unique(np.linspace(0, len(files) - 1, most).round().astype(int))]
    frames = []
    for file in chosen:
        with Image.open(file) as sheet_:
            frames.append(sheet_.crop((0, 0, int(sheet_.info.get("panel", sheet_.width)), sheet_.height)))
    write_whole(path, gif(frames, hold=2.0))
    return len(frames)


def _tiles(image: np.ndarray, scale: int, pitch: int) -> Image.Image:
    """u8[rows, columns, H, W, D] -> one RGB picture: a pixel is `scale` wide, an image `pitch`."""
    rows, columns, *_ = image.shape
    image = image.repeat(scale, 2).repeat(scale, 3)
    image = _on_squares(image) if image.shape[-1] == 4 else image
    image = np.broadcast_to(image, (*image.shape[:-1], 3))
    spare = pitch - image.shape[3]
    around = ((0, 0), (0, 0), (0, _GAP), ((spare - _GAP) // 2, spare - (spare - _GAP) // 2), (0, 0))
    image = np.pad(image, around, constant_values=255)
    height, width = image.shape[2:4]
    return Image.fromarray(image.swapaxes(1, 2).reshape(rows * height, columns * width, 3))


def _on_white(frame: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Puts a frame on white of this size: titles differ in length, but the frames of a GIF share one size."""
    canvas = Image.new("RGB", size, "white")
    canvas.paste(frame, (0, 0))
    return canvas
