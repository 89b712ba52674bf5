"""The trained generator as one file that runs without this package.

python -m cwgan_jax.interop.export --workdir=runs/digits [--format=stablehlo|onnx] [--out=FILE]

Beside FILE stands FILE.json, which tells a stranger what goes in and what comes out; see docs/export.md.
"""

import contextlib
import dataclasses
import hashlib
import importlib
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
from absl import flags

from cwgan_jax import cli
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.data import conditions
from cwgan_jax.interop import onnx
from cwgan_jax.interop.generator import BATCH, function, inputs, specs
from cwgan_jax.kinds import form_of
from cwgan_jax.sampling import load
from cwgan_jax.sampling.load import Model

PLATFORMS = ("cpu", "cuda")
# What each format needs, and how to get it.
_NEEDS = {
    "stablehlo": (("flatbuffers",), "pip install flatbuffers"),
    "onnx": (("jax2onnx", "onnxruntime"), "pip install -e '.[onnx]'"),
}


def define_flags() -> None:
    """Defines the command's flags; not on import, since other entry points have flags of these names."""
    flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
    flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
    flags.DEFINE_enum("format", "stablehlo", list(_NEEDS), "stablehlo runs with jax, onnx with onnxruntime.")
    flags.DEFINE_string("out", None, "File to write; default <workdir>/generator.<format>.")
    flags.DEFINE_bool("overwrite", False, "Replace files that are there already.")
    flags.DEFINE_float(
        "truncation", 1.0, "Truncation psi, as of sample.py; 1: none.", lower_bound=-10, upper_bound=10
    )


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and writes the two files; returns the exit status."""
    if overrides:
        raise ConfigError(f"--config.{next(iter(overrides))}: the config is taken from the checkpoint")
    options = flags.FLAGS
    if not options.workdir:
        raise ConfigError("--workdir=DIR is missing; for example --workdir=runs/digits")
    if not math.isfinite(options.truncation):
        raise ConfigError(f"--truncation={options.truncation}: not allowed; it must be a number in -10 to 10")
    _require(options.format)
    folder, step = load.find(Path(options.workdir))
    out = Path(options.out) if options.out else folder.parent / f"generator.{options.format}"
    about = Path(f"{out}.json")  # one for each format, since each has its own checksum
    for path in (out, about):
        if path.exists() and not path.is_file():
            raise ConfigError(f"--out={out}: {path} is not a file; give one like generator.{options.format}")
        if path.exists() and not options.overwrite:
            raise ConfigError(
                f"{path}: the file is there already; replace it with --overwrite, or choose another --out"
            )
    model = load.load(
        folder,
        step if options.step is None else options.step,
        set_up=cli.set_up_jax,
        warn=lambda line: print(f"warning: {line}", file=sys.stderr),
    )
    names = list(inputs(model))
    if options.format == "onnx":
        content = onnx.convert(model, options.truncation)
        fed = ", ".join(f'"{name}": {name}' for name in names)
        use = f'onnxruntime.InferenceSession("{out}").run(None, {{{fed}}})'
    else:
        content = stablehlo(model, options.truncation)
        use = f'jax.export.deserialize(pathlib.Path("{out}").read_bytes()).call({", ".join(names)})'
    write_whole(out, content)
    file = {"format": options.format, "file": out.name, "sha256": hashlib.sha256(content).hexdigest()}
    write_whole(about, (json.dumps(file | describe(model, options.truncation), indent=2) + "\n").encode())
    print(f"step {model.step}: {len(content):,} bytes in {out}; inputs and output are described in {about}")
    print(f"to run it: {use}; see docs/export.md")
    return 0


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


def _require(kind: str) -> None:
    packages, command = _NEEDS[kind]
    for package in packages:
        try:
            with onnx.quiet():
                importlib.import_module(package)
        except ImportError as error:
            raise ConfigError(f"--format={kind}: it needs {package}, try {command} ({error})") from error


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


if __name__ == "__main__":
    define_flags()
    cli.run(main, advice=cli.READING)
