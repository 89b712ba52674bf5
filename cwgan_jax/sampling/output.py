"""What the formats share: the names of files, titles, and files that are not overwritten by mistake."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import MOST, DrawRequest, Sweep

SECONDS = 0.08  # that a frame of a GIF is shown
PICTURES = (".png", ".gif")
_LONGEST = 60  # characters of the labels in a file's name: file systems allow 255 bytes in all


def save(model: Model, request: DrawRequest, format_: str, suffix: str, content: bytes) -> Path:
    """Writes a file named after what is in it, see `stem`; or as `request.out` says, if that is a picture.

    Returns:
      Where it is.

    Raises:
      ConfigError: there is such a file with other content, and the request does not say to overwrite it.
    """
    if request.out.suffix.lower() in PICTURES:
        path = request.out.with_suffix(suffix)
    else:
        path = request.out / f"{stem(model, request, format_)}{suffix}"
    if not request.overwrite and path.exists() and path.read_bytes() != content:
        raise ConfigError(
            f"{path}: the file is there already, with other content; replace it with --overwrite, or choose"
            " another place with --out"
        )
    write_whole(path, content)
    return path


def save_sheet(model: Model, request: DrawRequest, format_: str, sheet: Image.Image) -> Path:
    """Writes a sheet as a PNG, see `save`."""
    return save(model, request, format_, ".png", sheets.png(sheet))


def save_gif(model: Model, request: DrawRequest, format_: str, frames: Sequence[Image.Image]) -> Path:
    """Writes frames as an endless GIF, see `save`."""
    return save(model, request, format_, ".gif", sheets.gif(frames, seconds=SECONDS, hold=SECONDS))


def stem(model: Model, request: DrawRequest, format_: str) -> str:
    """A file's name without its suffix, from all that its content depends on.

    For example `grid-step1500-classes0-9-x10-seed0`.
    """
    asked = _asked(model, request)
    sweep = f"-{_plain([_span(request.sweep)])}" if request.sweep else ""
    psi = f"-psi{request.truncation:g}" if request.truncation != 1 else ""
    way = f"-{request.interpolation}" if request.interpolation != "spherical" else ""
    crossover = "" if request.crossover is None else f"-crossover{request.crossover}"
    count = f"-x{request.each}-seed{request.seed}"
    return f"{format_}-step{model.step}{sweep}{asked}{count}{psi}{way}{crossover}"


def _asked(model: Model, request: DrawRequest) -> str:
    """The conditions in a file's name; nothing where there are none."""
    rows = request.rows
    if model.class_names:
        return f"-classes{_numbers(rows.series.tolist())}"
    names = rows.without(request.sweep.part) if request.sweep else rows.names
    return f"-{_plain(names)}" if any(names) else ""


def _span(sweep: Sweep) -> str:
    ends = [f"{x:.4g}" if isinstance(x, float) else str(x) for x in (sweep.values[0], sweep.values[-1])]
    return f"{sweep.part}={ends[0]}to{ends[1]}by{len(sweep.values)}"


def _plain(names: Sequence[str]) -> str:
    """Names in the characters that files may have everywhere; how many and a hash, if that is too long."""
    text = "_".join(re.sub(r"[^\w.=+-]+", "-", name) for name in names)
    if len(text) <= _LONGEST:
        return text
    return _hashed(len(names), "_".join(names))


def _hashed(count: int, text: str) -> str:
    return f"{count}of-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _numbers(labels: Sequence[int]) -> str:
    """`3_1_4` or `0-9`; if that is too long, how many labels there are and a hash of them."""
    spans: list[list[int]] = []
    for label in labels:
        if spans and label == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], label]
        else:
            spans.append([label])
    text = "_".join("-".join(map(str, span)) for span in spans)
    if len(text) <= _LONGEST:
        return text
    return _hashed(len(labels), text)


def title(model: Model, request: DrawRequest, about: str = "") -> str:
    """The line above a sheet."""
    psi = f", truncation {request.truncation:g}" if request.truncation != 1 else ""
    return f"step {model.step}, seed {request.seed}{psi}" + (f": {about}" if about else "")


def numbered(name: str, number: int) -> str:
    """The name of one latent: that of its row, if it has one, and its number, as in `cat #3`."""
    return f"{name} #{number}".strip()


def check_size(request: DrawRequest, rows: int, columns: int) -> None:
    """Raises ConfigError if so many examples are too many for one sheet."""
    if rows * columns > MOST:
        several = request.each > 1
        where, lower = (f"--count={request.each}", "lower it, ") if several else (f"{rows} conditions", "")
        raise ConfigError(
            f"{where}: {rows} x {columns} examples do not fit on one sheet, at most {MOST} in all;"
            f" {lower}choose fewer classes or conditions, or --format=file"
        )
