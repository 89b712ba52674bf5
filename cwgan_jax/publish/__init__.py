"""A trained model to hand on: a folder as the Hugging Face Hub has them, with card, weights and programs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cwgan_jax import play
from cwgan_jax.checkpoint import packed
from cwgan_jax.checkpoint.reader import Saved
from cwgan_jax.common.errors import ConfigError, DataError
from cwgan_jax.common.files import to_json, write_whole
from cwgan_jax.interop import export, pack
from cwgan_jax.kinds import entry
from cwgan_jax.play import real
from cwgan_jax.publish import card
from cwgan_jax.sampling import formats
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.request import DrawRequest

Warn = Callable[[str], None]

CARD = "README.md"
LIMITS = (
    "It has seen its training data and nothing else: what these do not show it cannot draw, and what is rare"
    " in them it draws badly. Examples are generated; do not take one for a record of a real thing or person."
    " Whoever trains on them should test on real data."
)


def write(
    model: Model,
    saved: Saved,
    out: Path,
    *,
    about: card.About,
    quality: Path | None,
    data_dir: str | None,
    warn: Warn,
) -> list[Path]:
    """Writes the folder.

    Args:
      model: the generator.
      saved: its checkpoint.
      out: the folder; what is there is replaced.
      about: for the card; the list of files is added.
      quality: a file of figures of `evaluate`, with this checkpoint's; None: there is none.
      data_dir: where the data are, a few of which are then on the page; None: none are.
      warn: called with one line for each file that cannot be made.

    Returns:
      The files, the card first.
    """
    files: list[tuple[str, str]] = []
    out.mkdir(parents=True, exist_ok=True)
    figures = measured(quality, model.step)
    for name, what, make in _parts(model, saved, figures, about.name, data_dir):
        (out / name).unlink(missing_ok=True)  # of an earlier model
        try:
            make(out / name)
        except (ConfigError, DataError) as error:
            warn(f"{name} is left out: {error}")
            continue
        files.append((name, what))
    text = card.text(about._replace(files=files), pack.public(saved), model.step, figures)
    write_whole(out / CARD, text.encode())
    return [out / CARD, *(out / name for name, _ in files)]


def _parts(
    model: Model, saved: Saved, measured: dict[str, Any] | None, name: str, data_dir: str | None
) -> Iterator[tuple[str, str, Callable[[Path], Any]]]:
    """Name, what it is, and how it is made, of each file but the card."""
    yield (
        packed.IN_FOLDER,
        "weights of generator and critic, config and conditions",
        lambda path: pack.write(saved, path, half=False),
    )
    config = to_json(pack.public(saved)["config"], indent=2).encode()
    yield "config.json", "every option of the run", lambda path: write_whole(path, config)
    yield "sheet.png", "what it draws", lambda path: _sheet(model, path)
    yield "generator.stablehlo", "the generator for jax", lambda path: _exported(model, path, "stablehlo")
    yield "generator.onnx", "the generator for onnxruntime", lambda path: _exported(model, path, "onnx")
    page = "a page to play with, in any browser"
    yield "play/index.html", page, lambda path: _page(model, path, name, data_dir)
    if measured is not None:  # not the whole file: it says where the data lay on this machine
        figures = to_json({"steps": [measured]}, indent=2).encode()
        yield "quality.json", "the figures of `cwgan evaluate`", lambda path: write_whole(path, figures)


def _exported(model: Model, path: Path, kind: str) -> None:
    export.require(kind)
    export.write(model, path, kind)


def _page(model: Model, path: Path, name: str, data_dir: str | None) -> None:
    export.require("onnx")
    shown = real.examples(model, data_dir) if data_dir else []  # nobody's data are published unasked
    play.write(model, path, name=name, real=shown)


def _sheet(model: Model, path: Path) -> None:
    """A sheet as `sample` draws it without options, under a name of its own."""
    format_ = entry(formats.FORMATS, model.data["kind"])["grid"]
    rows = format_.rows(model)
    request = DrawRequest(
        rows=rows,
        each=format_.each(model, len(rows)),
        seed=0,
        out=path.parent,
        truncation=1.0,
        interpolation="spherical",
        crossover=None,
        overwrite=True,
        sweep=None,
    )
    format_.draw(model, request).path.replace(path)


def measured(quality: Path | None, step: int) -> dict[str, Any] | None:
    """The entry of a checkpoint in a file of figures."""
    if quality is None:
        return None
    entries = json.loads(quality.read_text(encoding="utf-8"))["steps"]
    return next((entry for entry in entries if entry["step"] == step), None)
