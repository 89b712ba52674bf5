"""A page to play with: the generator in a browser, in one file that needs no network.

The parts: `page.html`, `page.css`, `page.js` (the controls), `random.js` (the latents of `cwgan sample`), and
onnxruntime-web in `ort/`, which runs the generator's ONNX file.
"""

import base64
import gzip
import html
import json
import re
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cwgan_jax.algorithms import generation
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import Part
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text
from cwgan_jax.data.conditions.sentences import Sentence
from cwgan_jax.interop import generator, onnx
from cwgan_jax.sampling.load import Model

KINDS = ("images", "signals")
_HERE = Path(__file__).parent
_EXPORT = re.compile(r"export\{([^}]*)\};?\s*(//#.*)?\s*$")


def write(model: Model, out: Path, *, name: str, real: Sequence[Sequence[str]] = ()) -> int:
    """Writes the page.

    Args:
      model: of images or signals.
      out: the file.
      name: of the model, for the title and for files that the page saves.
      real: data URIs of real images: a list for each class where the condition is a class and nothing else,
        otherwise one list.

    Returns:
      Its size in bytes.

    Raises:
      ConfigError: the model is of another kind of data, or cannot be converted.
    """
    if model.data["kind"] not in KINDS:
        raise ConfigError(f"a page is for {' and '.join(KINDS)}; this model makes {model.kind.unit}")
    program, batch = _program(model)
    parts = {
        "title": html.escape(f"{name}: draw your own"),
        "about": html.escape(f"A generator of {model.kind.unit}, trained for {model.step:,} steps."),
        "css": _text("page.css"),
        "meta": json.dumps(_meta(model, name, real) | {"batch": batch}).replace("<", "\\u003c"),
        "model": _packed(program),
        "runtime": base64.b64encode((_HERE / "ort/ort.wasm.gz").read_bytes()).decode(),
        "ort": _runtime(),
        "random": _text("random.js"),
        "page": _text("page.js"),
    }
    content = string.Template(_text("page.html")).substitute(parts).encode()
    write_whole(out, content)
    return len(content)


def _program(model: Model) -> tuple[bytes, int | None]:
    """The generator as ONNX, and the only batch that it takes; None: any."""
    psi = None if generation.style_layers(model.networks) else 1.0
    try:
        return onnx.convert(model, psi), None
    except ConfigError:  # most generators do not convert with an open batch
        pass
    try:
        return onnx.convert(model, psi, batch=1), 1
    except ConfigError as error:
        raise ConfigError(f"no page can be made of this generator: {error}") from error


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _runtime() -> str:
    """onnxruntime-web as an object `ort`, so that its names and the page's do not meet."""
    source = _text("ort/ort.mjs")
    found = _EXPORT.search(source)
    if not found:
        raise ValueError("ort.mjs does not end with its exports")
    pairs = [part.split(" as ") for part in found[1].split(",")]
    exports = ", ".join(f"{public}: {local}" for local, public in pairs if public != "default")
    return f"const ort = (() => {{{source[: found.start()]}\nreturn {{{exports}}};}})();"


def _meta(model: Model, name: str, real: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What the page knows of the model."""
    shape = model.data["shape"]
    height, width, channels = shape if len(shape) == 3 else (shape[0], 1, shape[-1])
    names = list(generator.inputs(model))
    schema = [{"kind": part.kind, **_described(part)} for part in model.schema]
    return {
        "title": name,
        "name": re.sub(r"[^\w.-]+", "_", name),
        "step": model.step,
        "kind": model.data["kind"],
        "height": height,
        "width": width,
        "channels": channels,
        "latent": model.config.model.latent,
        "input": names[1] if len(names) > 1 else None,
        "psi": bool(generation.style_layers(model.networks)),
        "schema": schema,
        "start": [_start(part) for part in model.schema],
        "real": [list(one) for one in real],
    }


def _described(part: Part) -> dict[str, Any]:
    (entry,) = conditions.to_json((part,))
    if isinstance(part, Sentence):
        vectors = np.asarray(part.encode(part.names))
        return entry | {"vectors": [[round(float(x), 6) for x in row] for row in vectors]}
    return entry


def _start(part: Part) -> Any:
    """What the page begins with."""
    match part:
        case Classes() | Sentence():
            return 0
        case Labels():
            return [0]
        case Number():
            return part.mean
        case Cycle():
            return 0.0
        case Text():
            return " ".join(part.names[:1])
    raise ConfigError(f"a page has no control for conditions of the kind {part.kind}")
