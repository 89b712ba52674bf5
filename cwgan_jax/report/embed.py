"""Pictures of the report: files that lie inside the page, as data URIs."""

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

_PLAIN = 60_000  # bytes up to which a picture stays lossless
_FRAMES = 40  # sheets at the most
_FRAMES_BYTES = 2_000_000  # of all sheets together
_WIDEST = 800  # side of a sheet
_SHARP = 64  # height from which small images are smoothed when they are scaled


class Frame(NamedTuple):
    """A sheet on the page.

    Attributes:
      step: when it was drawn.
      tag: its <img>.
    """

    step: int
    tag: str


def strip(images: np.ndarray, alt: str) -> str:
    """Images side by side, a transparent pixel between them, as an <img>.

    Args:
      images: u8[n, H, W, D]; of four channels the first three are the image on white.
      alt: what they show.
    """
    count, height, width, _ = images.shape
    colours = np.broadcast_to(images[..., :3], (*images.shape[:-1], 3))
    opaque = np.concatenate([colours, np.full_like(colours[..., :1], 255)], -1)
    gapped = np.pad(opaque, ((0, 0), (0, 0), (0, 1), (0, 0)))
    joined = gapped.swapaxes(0, 1).reshape(height, count * (width + 1), 4)[:, :-1]
    picture = Image.fromarray(np.ascontiguousarray(joined))
    if images.shape[-1] == 1:
        picture = picture.convert("LA")
    return _tag(picture, alt, sharp=height < _SHARP)


def picture(image: Image.Image, alt: str) -> str:
    """A picture on white, as an <img>."""
    return f'<div class="player">{_tag(image, alt)}</div>'


def frames(sheets: Sequence[tuple[int, Path]]) -> list[Frame]:
    """The first panels of sample sheets, thinned evenly, as large and as many as a page can carry.

    Args:
      sheets: step and file, in order.
    """
    if not sheets:
        return []
    last = _tag(_first_panel(sheets[-1][1]), "")
    most = min(_FRAMES, max(2, _FRAMES_BYTES // len(last)))
    chosen = np.unique(np.linspace(0, len(sheets) - 1, most).round().astype(int))
    drawn = []
    for step, path in (sheets[i] for i in chosen):
        drawn.append(Frame(step, _tag(_first_panel(path), f"Generated images at step {step}")))
    return drawn


def _first_panel(path: Path) -> Image.Image:
    """Cut as `sheets.animate` does; the text chunk holds the width."""
    with Image.open(path) as sheet:
        panel = sheet.crop((0, 0, int(sheet.info.get("panel", sheet.width)), sheet.height)).convert("RGB")
    panel.thumbnail((_WIDEST, _WIDEST))
    return panel


def _tag(picture: Image.Image, alt: str, *, sharp: bool = False) -> str:
    """The picture as PNG, or as WebP where a PNG would be large and WebP is smaller."""
    content, kind = _file(picture, "PNG", optimize=True), "png"
    if len(content) > _PLAIN:
        light = _file(picture, "WEBP", quality=82, method=4)
        if len(light) < len(content):
            content, kind = light, "webp"
    data = base64.b64encode(content).decode()
    look = ' class="pixels"' if sharp else ""
    return (
        f'<img{look} alt="{escape(alt)}" width="{picture.width}" height="{picture.height}"'
        f' src="data:image/{kind};base64,{data}">'
    )


def _file(picture: Image.Image, kind: str, **settings: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **settings)
    return buffer.getvalue()
