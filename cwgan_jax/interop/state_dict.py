"""Reads and writes files of PyTorch state dicts; runs no code from them, and checks what they hold."""

import functools
import importlib
import io
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import safetensors
import safetensors.numpy

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import write_whole
from cwgan_jax.interop.layout import BATCHES, Arrays

# Endings of files in PyTorch's own format, and of all that are read; in small letters or capitals.
_PYTORCH = (".pth", ".pt", ".ckpt", ".bin", ".pth.tar")
SUFFIXES = (*_PYTORCH, ".safetensors")
# Types that are converted to the config's, which holds each of their values exactly.
_NARROWER = {"float32": ("float16", "bfloat16"), "float64": ("float16", "bfloat16", "float32")}
_SAFE = (2, 6)  # the first PyTorch whose weights_only is safe (CVE-2025-32434)
_DTYPES = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64", "I64": "int64"}


class Tensor(NamedTuple):
    """A tensor in a file, whose values are read on demand.

    Attributes:
      shape: as the file states it; untrusted, so compared with what is expected before values are read.
      dtype: name, such as `float32`.
      values: reads the array.
    """

    shape: tuple[int, ...]
    dtype: str
    values: Callable[[], np.ndarray]


def read(path: Path) -> dict[str, Tensor]:
    """Reads a state dict.

    Args:
      path: a `.safetensors` file, or one of PyTorch's: `.pth`, `.pt`, `.ckpt`, `.bin`, `.pth.tar` (needs
        PyTorch, which reads it with `weights_only=True`: such a file can hold code, which is not run).

    Raises:
      ConfigError: it cannot be read, or is not a dictionary of tensors.
    """
    if not path.name.lower().endswith(SUFFIXES):
        raise ConfigError(
            f"{path}: a state dict is read from {', '.join(SUFFIXES)}; rename the file if it is one"
        )
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file")
    try:
        return _torch(path) if path.name.lower().endswith(_PYTORCH) else _safetensors(path)
    except (OSError, ConfigError):
        raise
    except Exception as error:  # PyTorch has no list of what it raises for files that are not its own
        cause = next(iter(str(error).split("\n")), "")[:160] or type(error).__name__
        if type(error).__name__ == "UnpicklingError":  # of the standard library; PyTorch raises it
            cause = "it holds more than tensors, or is damaged; nothing in it was run"
        raise ConfigError(f"{path}: not a state dict: {cause}") from error


def write(path: Path, arrays: Arrays) -> None:
    """Writes a state dict in the format of the path's suffix.

    Raises:
      ConfigError: the file is there already, or PyTorch is needed and missing.
    """
    if path.exists():
        raise ConfigError(f"{path}: the file is there already; move it away, or choose another --out")
    copies = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
    if path.suffix == ".safetensors":
        write_whole(path, safetensors.numpy.save(copies))
        return
    torch = _pytorch(path, "use --format=safetensors")
    buffer = io.BytesIO()
    torch.save({name: torch.from_numpy(array.copy()) for name, array in copies.items()}, buffer)
    write_whole(path, buffer.getvalue())


def check(
    path: Path, tensors: Mapping[str, Tensor], expected: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Reads the arrays of a file after comparing their shapes and dtypes with those expected.

    Args:
      path: of the file, for messages.
      tensors: the file's by the names of the network, see `names.match`.
      expected: arrays of the right shapes and dtypes.

    Returns:
      Arrays of the expected dtypes, converted where the file has less precision, since that is exact; and
      what was converted, each in a few words.

    Raises:
      ConfigError: shapes or dtypes differ, or a value is not finite.
    """
    arrays, narrow = {}, set()
    for name, tensor in tensors.items():
        shape, dtype = expected[name].shape, expected[name].dtype.name
        if tensor.dtype != dtype:
            if tensor.dtype not in _NARROWER.get(dtype, ()):
                raise ConfigError(
                    f"{path}: {name} is {tensor.dtype}, this config needs {dtype}; convert the file"
                    + (", or set --config.model.dtype=float64" if tensor.dtype == "float64" else "")
                )
            narrow.add(tensor.dtype)
        if tensor.shape != shape:
            raise ConfigError(
                f"{path}: {name} is {list(tensor.shape)}, this config needs {list(shape)}; set config.model,"
                " config.data.size and channels to the file's"
            )
        arrays[name] = tensor.values().astype(dtype, copy=False)
        if not np.isfinite(arrays[name]).all():
            raise ConfigError(f"{path}: {name} holds values that are not finite; nothing was imported")
        if name.endswith(("running_var", BATCHES)) and (arrays[name] < 0).any():
            raise ConfigError(f"{path}: {name} is negative; nothing was imported")
    return arrays, [f"{dtype} converted" for dtype in sorted(narrow)]


def _safetensors(path: Path) -> dict[str, Tensor]:
    with safetensors.safe_open(path, framework="np") as file:
        found = {}
        for name in file.keys():  # noqa: SIM118 - not a dictionary
            part = file.get_slice(name)
            kind = _DTYPES.get(part.get_dtype(), part.get_dtype())
            found[name] = Tensor(tuple(part.get_shape()), kind, functools.partial(_load, path, name))
    return found


def _load(path: Path, name: str) -> np.ndarray:
    with safetensors.safe_open(path, framework="np") as file:
        return np.asarray(file.get_tensor(name))


def _torch(path: Path) -> dict[str, Tensor]:
    torch = _pytorch(path, "give a .safetensors file")
    if tuple(int(n) for n in torch.__version__.split(".")[:2]) < _SAFE:
        raise ConfigError(
            f"{path}: PyTorch {torch.__version__} can be made to run code by such a file, in spite of"
            " weights_only (CVE-2025-32434); install 2.6 or newer, or use .safetensors"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict) or not content:
        kind = "an empty dictionary" if content == {} else f"a {type(content).__name__}"
        raise ConfigError(f"{path}: it holds {kind}, not a state dict; save net.state_dict()")
    found = {}
    for name, value in content.items():
        plain = isinstance(value, torch.Tensor) and value.layout == torch.strided and not value.is_quantized
        if not isinstance(name, str) or not plain:
            kind = "not a plain tensor" if isinstance(value, torch.Tensor) else f"a {type(value).__name__}"
            raise ConfigError(
                f"{path}: {str(name)[:100]!r} is {kind}; give a file of the state dict alone:"
                " torch.save(net.state_dict(), FILE)"
            )
        dtype = str(value.dtype).removeprefix("torch.")
        found[name] = Tensor(tuple(value.shape), dtype, functools.partial(_numpy, value, dtype))
    return found


def _numpy(value: Any, dtype: str) -> np.ndarray:
    """The array of a PyTorch tensor; bfloat16, which numpy lacks, becomes float32."""
    return np.asarray((value.float() if dtype == "bfloat16" else value).numpy(force=True))


def _pytorch(path: Path, instead: str) -> Any:
    try:
        module: ModuleType = importlib.import_module("torch")
    except ImportError as error:
        raise ConfigError(
            f"{path}: {path.suffix} files take PyTorch: pip install torch, or {instead}"
        ) from error
    return module
