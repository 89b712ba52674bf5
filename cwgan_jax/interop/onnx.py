"""The generator as an ONNX model: converted by jax2onnx, and compared with the original by onnxruntime."""

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.interop.generator import BATCH, function, inputs, specs
from cwgan_jax.sampling.load import Model

# The ONNX operators of 2024, which onnxruntime 1.18 and its later GPU providers know.
_OPSET = 21
PSI = "psi"
# The images of an ONNX file may be this far from jax's: an eighth of a grey level of 255.
_TOLERANCE = 1e-3


def convert(model: Model, truncation: float | None = 1.0, *, batch: int | None = None) -> bytes:
    """Converts the generator with jax2onnx, and compares what onnxruntime makes of it.

    Args:
      model: the generator, in float32.
      truncation: psi, see `generator.function`; None: an input `psi` f[].
      batch: the only one it takes; None: it takes any. With one of its own every architecture converts.

    Returns:
      A serialised ONNX model, inputs as in `generator.inputs`, output `image`.

    Raises:
      ConfigError: it is in float64, or cannot be converted faithfully.
    """
    if model.config.model.dtype != "float32":
        raise ConfigError("onnxruntime convolves float32 only")
    import jax2onnx  # an extra, and slow

    # Convolutions become ONNX's own; the padding of `matmul` does not convert with an open batch size.
    generate = function(model, "xla", truncation)
    names, shapes = list(inputs(model)), specs(model, BATCH if batch is None else batch)
    if truncation is None:
        names, shapes = [*names, PSI], [*shapes, jax.ShapeDtypeStruct((), np.float32)]
    try:
        with quiet():
            converted = jax2onnx.to_onnx(
                generate, shapes, input_names=names, output_names=["image"], opset=_OPSET
            )
            content: bytes = converted.SerializeToString()
            more = {} if truncation is not None else {PSI: np.array(0.7, np.float32)}
            sizes = (1, 3) if batch is None else (batch,)
            difference = np.max([_difference(content, model, generate, size, more) for size in sizes])
    except Exception as error:
        cause = " ".join(str(error).split())[:200]
        raise ConfigError(f"jax2onnx fails on this generator ({type(error).__name__}: {cause})") from error
    if not difference <= _TOLERANCE:
        raise ConfigError(f"the converted generator differs by {difference:.1g} from the original")
    return content


def _difference(
    content: bytes, model: Model, generate: Callable[..., jax.Array], batch: int, more: dict[str, Any]
) -> float:
    """The largest difference between onnxruntime's images and jax's; NaN if either holds one."""
    import onnxruntime

    size, classes = model.config.model.latent, len(model.class_names)
    values: dict[str, Any] = {"latent": np.random.default_rng(0).standard_normal((batch, size), np.float32)}
    if classes:
        values["label"] = np.arange(batch, dtype=np.int32) % classes
    elif "condition" in inputs(model):
        shape, _ = inputs(model)["condition"]
        values["condition"] = np.random.default_rng(1).uniform(0, 1, (batch, *shape)).astype(np.float32)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    values |= more
    (image,) = session.run(None, values)
    return float(np.abs(image - np.asarray(jax.jit(generate)(*values.values()))).max())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silences the converter's warnings: the user is told whether the result is right."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
