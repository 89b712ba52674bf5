"""The trained generator as one file that runs without this package.

python -m cwgan_jax.interop.export --workdir=runs/digits [--format=stablehlo|onnx] [--out=FILE]

Beside FILE stands FILE.json, which tells a stranger what goes in and what comes out; see docs/export.md.
"""

import contextlib
import dataclasses
import hashlib
import importlib
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
from absl import flags

from cwgan_jax import cli
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.networks import build
from cwgan_jax.sampling import load
from cwgan_jax.sampling.load import Model

PLATFORMS = ("cpu", "cuda")
BATCH = "b"  # the name of the batch dimension in both formats
# The ONNX operators of 2024, which onnxruntime 1.18 and its later GPU providers know.
_OPSET = 21
# The images of an ONNX file may be this far from jax's: an eighth of a grey level of 255.
_TOLERANCE = 1e-3
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


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and writes the two files; returns the exit status."""
    if overrides:
        raise ConfigError(f"--config.{next(iter(overrides))}: the config is taken from the checkpoint")
    given = flags.FLAGS
    if not given.workdir:
        raise ConfigError("--workdir=DIR is missing; for example --workdir=runs/digits")
    _require(given.format)
    folder, step = load.find(Path(given.workdir))
    out = Path(given.out) if given.out else folder.parent / f"generator.{given.format}"
    about = Path(f"{out}.json")  # of its own, so that two formats in one folder keep their two sums
    for path in (out, about):
        if path.exists() and not path.is_file():
            raise ConfigError(f"--out={out}: {path} is not a file; give one like generator.{given.format}")
        if path.exists() and not given.overwrite:
            raise ConfigError(
                f"{path}: the file is there already; replace it with --overwrite, or choose another --out"
            )
    model = load.load(
        folder,
        step if given.step is None else given.step,
        set_up=cli.set_up_jax,
        warn=lambda line: print(f"warning: {line}", file=sys.stderr),
    )
    names = list(_inputs(model))
    if given.format == "onnx":
        content, fed = onnx(model), ", ".join(f'"{name}": {name}' for name in names)
        use = f'onnxruntime.InferenceSession("{out}").run(None, {{{fed}}})'
    else:
        content = stablehlo(model)
        use = f'jax.export.deserialize(pathlib.Path("{out}").read_bytes()).call({", ".join(names)})'
    write_whole(out, content)
    said = {"format": given.format, "file": out.name, "sha256": hashlib.sha256(content).hexdigest()}
    write_whole(about, (json.dumps(said | describe(model), indent=2) + "\n").encode())
    print(f"step {model.step}: {len(content):,} bytes in {out}; inputs and output are described in {about}")
    print(f"to run it: {use}; see docs/export.md")
    return 0


def stablehlo(model: Model) -> bytes:
    """Serialises `generate(latent f[b, Z], label i32[b]) -> image f[b, H, W, D]` for every b > 0.

    The weights are inside. An unconditional generator takes the latent alone.

    Args:
      model: the generator.

    Returns:
      What `jax.export.deserialize` reads; runs on CPUs and on CUDA GPUs.
    """
    # Not `auto`, which asks which machine this is: the file must hold one program for all, whoever makes it.
    function = jax.jit(_function(model, "matmul"))
    (batch,) = jax.export.symbolic_shape(BATCH)
    with _no_places():
        exported = jax.export.export(function, platforms=PLATFORMS)(*_specs(model, batch))
    return bytes(exported.serialize())


def onnx(model: Model) -> bytes:
    """Converts the same function as `stablehlo` with jax2onnx, and compares what onnxruntime makes of it.

    Args:
      model: the generator, in float32.

    Returns:
      A serialised ONNX model, inputs `latent` and `label`, output `image`.

    Raises:
      ConfigError: it is in float64, or cannot be converted faithfully.
    """
    if model.config.model.dtype != "float32":
        raise ConfigError("--format=onnx: onnxruntime convolves float32 only; use --format=stablehlo")
    import jax2onnx  # an extra, and slow

    # Convolutions become ONNX's own; the padding of `matmul` does not convert with an open batch size.
    function = _function(model, "xla")
    names = list(_inputs(model))
    try:
        with _quiet():
            converted = jax2onnx.to_onnx(
                function, _specs(model, BATCH), input_names=names, output_names=["image"], opset=_OPSET
            )
            content: bytes = converted.SerializeToString()
            difference = np.max([_difference(content, model, function, batch) for batch in (1, 3)])
    except Exception as error:
        cause = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"--format=onnx: jax2onnx fails on this generator ({type(error).__name__}: {cause}); use"
            " --format=stablehlo"
        ) from error
    if not difference <= _TOLERANCE:
        raise ConfigError(
            f"--format=onnx: the converted generator differs by {difference:.1g} from the original; use"
            " --format=stablehlo"
        )
    return content


def describe(model: Model) -> dict[str, Any]:
    """What a stranger needs to know in order to use the file, as JSON values."""
    values = {"latent": "independent standard normal", "label": [0, model.networks.classes - 1]}
    return {
        "inputs": [
            {"name": name, "shape": [BATCH, *shape], "dtype": dtype, "values": values[name]}
            for name, (shape, dtype) in _inputs(model).items()
        ],
        "output": {
            "name": "image",
            "shape": [BATCH, *model.networks.generator.image_shape],
            "dtype": model.config.model.dtype,
            "values": [-1, 1],
        },
        "class_names": list(model.class_names),
        "step": model.step,
        "jax": jax.__version__,
        "model": dataclasses.asdict(model.config.model),
    }


def _inputs(model: Model) -> dict[str, tuple[tuple[int, ...], str]]:
    """The shape behind the batch dimension, and the dtype, of each input."""
    found: dict[str, tuple[tuple[int, ...], str]] = {
        "latent": ((model.config.model.latent,), model.config.model.dtype)
    }
    return found | ({"label": ((), "int32")} if model.networks.classes else {})


def _specs(model: Model, batch: Any) -> list[jax.ShapeDtypeStruct]:
    return [jax.ShapeDtypeStruct((batch, *shape), dtype) for shape, dtype in _inputs(model).values()]


def _function(model: Model, implementation: str) -> Callable[..., jax.Array]:
    """The generator with its weights bound, as a function of the inputs."""
    section = dataclasses.replace(model.config.model, implementation=implementation, precision="full")
    classes = model.networks.classes
    module = build(section, model.networks.generator.image_shape, classes).generator
    weights = jax.tree.map(np.asarray, model.generator)  # of no device

    def generate(latent: jax.Array, label: jax.Array | None = None) -> Any:
        return module.apply(weights, latent, label, train=False)

    return generate


def _difference(content: bytes, model: Model, function: Callable[..., jax.Array], batch: int) -> float:
    """The largest difference between onnxruntime's images and jax's; NaN if either holds one."""
    import onnxruntime

    size = model.config.model.latent
    given: dict[str, Any] = {"latent": np.random.default_rng(0).standard_normal((batch, size), np.float32)}
    if model.networks.classes:
        given["label"] = np.arange(batch, dtype=np.int32) % model.networks.classes
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (image,) = session.run(None, given)
    return float(np.abs(image - np.asarray(jax.jit(function)(*given.values()))).max())


def _require(kind: str) -> None:
    packages, command = _NEEDS[kind]
    for package in packages:
        try:
            with _quiet():
                importlib.import_module(package)
        except ImportError as error:
            raise ConfigError(f"--format={kind}: it needs {package}, try {command} ({error})") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What a converter warns of is not for the user, who reads whether the result is right."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


@contextlib.contextmanager
def _no_places() -> Iterator[None]:
    """The program does not name the files and calls it came from: they are this machine's affair."""
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
