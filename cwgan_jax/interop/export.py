"""The trained generator as one program that runs without this package, and a description for strangers."""

import contextlib
import dataclasses
import hashlib
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jax

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.data import conditions
from cwgan_jax.interop import onnx
from cwgan_jax.interop.generator import BATCH, function, inputs, specs
from cwgan_jax.kinds import form_of
from cwgan_jax.sampling.load import Model

PLATFORMS = ("cpu", "cuda")
# What each format needs, and how to get it.
NEEDS = {
    "stablehlo": (("flatbuffers",), "pip install flatbuffers"),
    "onnx": (
        ("jax2onnx", "onnxruntime"),
        "pip install jax2onnx onnxruntime (pip install -e '.[onnx]' in the repository)",
    ),
}


class Written(NamedTuple):
    """What was written.

    Attributes:
      about: the description.
      size: of the program, in bytes.
      use: how it is run, in Python.
    """

    about: Path
    size: int
    use: str


def _about(out: Path) -> Path:
    return Path(f"{out}.json")  # one for each format, since each has its own checksum


def refuse(out: Path, kind: str, *, overwrite: bool) -> None:
    """Raises ConfigError if the files cannot be written there."""
    for path in (out, _about(out)):
        if path.exists() and not path.is_file():
            raise ConfigError(f"--out={out}: {path} is not a file; give one like generator.{kind}")
        if path.exists() and not overwrite:
            raise ConfigError(
                f"{path}: the file is there already; replace it with --overwrite, or choose another --out"
            )


def write(model: Model, out: Path, kind: str, truncation: float = 1.0) -> Written:
    """Writes the generator and its description.

    Args:
      model: the generator.
      out: the file.
      kind: key of `NEEDS`.
      truncation: psi, see `generator.function`.
    """
    names = list(inputs(model))
    if kind == "onnx":
        content = onnx.convert(model, truncation)
        fed = ", ".join(f'"{name}": {name}' for name in names)
        use = f'onnxruntime.InferenceSession("{out}").run(None, {{{fed}}})'
    else:
        content = stablehlo(model, truncation)
        use = f'jax.export.deserialize(pathlib.Path("{out}").read_bytes()).call({", ".join(names)})'
    write_whole(out, content)
    file = {"format": kind, "file": out.name, "sha256": hashlib.sha256(content).hexdigest()}
    write_whole(_about(out), (json.dumps(file | describe(model, truncation), indent=2) + "\n").encode())
    return Written(_about(out), len(content), use)


def stablehlo(model: Model, truncation: float = 1.0) -> bytes:
    """Serialises `generate(latent f[b, Z], label i32[b]) -> image f[b, H, W, D]` for every b > 0.

    The weights are inside. An unconditional generator takes the latent alone.

    Args:
      model: the generator.
      truncation: psi, see `generator.function`.

    Returns:
      What `jax.export.deserialize` reads; runs on CPUs and on CUDA GPUs.
    """
    # Not `auto`, which depends on the machine: the file holds one program for all platforms.
    generate = jax.jit(function(model, "matmul", truncation))
    (batch,) = jax.export.symbolic_shape(BATCH)
    with _no_locations():
        exported = jax.export.export(generate, platforms=PLATFORMS)(*specs(model, batch))
    return bytes(exported.serialize())


def describe(model: Model, truncation: float = 1.0) -> dict[str, Any]:
    """What a stranger needs to know in order to use the file, as JSON values."""
    values = {
        "latent": "independent standard normal",
        "label": [0, len(model.class_names) - 1],
        "condition": "the vectors of `conditions`, one behind the other",
    }
    return {
        "inputs": [
            {"name": name, "shape": [BATCH, *shape], "dtype": dtype, "values": values[name]}
            for name, (shape, dtype) in inputs(model).items()
        ],
        "output": {
            "name": "image",
            "shape": [BATCH, *model.data["shape"]],
            "dtype": model.config.model.dtype,
            "values": [-1, 1] if form_of(model.data).bounded else "any numbers, scaled as in the training",
        },
        "truncation": truncation,
        "class_names": list(model.class_names),
        "conditions": conditions.to_json(model.schema),
        "step": model.step,
        "jax": jax.__version__,
        "model": dataclasses.asdict(model.config.model),
    }


def require(kind: str) -> None:
    """Raises ConfigError if the packages of a format are not installed."""
    packages, command = NEEDS[kind]
    for package in packages:
        try:
            with onnx.quiet():
                importlib.import_module(package)
        except ImportError as error:
            raise ConfigError(f"{kind}: it needs {package}, try {command} ({error})") from error


@contextlib.contextmanager
def _no_locations() -> Iterator[None]:
    """Leaves the source locations out of the program: paths of this machine are of no use elsewhere."""
    name = "jax_traceback_in_locations_limit"
    before = getattr(jax.config, name)
    jax.config.update(name, 0)
    try:
        yield
    finally:
        jax.config.update(name, before)
