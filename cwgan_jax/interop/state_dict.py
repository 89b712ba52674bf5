"""Files of PyTorch state dicts: read without running anything in them, checked before anything is made."""

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

from cwgan_jax.errors import ConfigError
from cwgan_jax.files import write_whole
from cwgan_jax.interop.layout import Arrays

SUFFIXES = (".pth", ".pt", ".safetensors")
# What wrappers put in front of every name: DataParallel and torch.compile.
_WRAPPERS = ("module.", "_orig_mod.")
_SAFE = (2, 6)  # the first PyTorch whose weights_only keeps what it promises
_DTYPES = {"F16": "float16", "BF16": "bfloat16", "F32": "float32", "F64": "float64", "I64": "int64"}


class Tensor(NamedTuple):
    """What a file says of one tensor, and how to get its values.

    Attributes:
      shape: as stored; not to be believed before it is compared with what is expected.
      dtype: name, such as `float32`.
      values: makes the array.
    """

    shape: tuple[int, ...]
    dtype: str
    values: Callable[[], np.ndarray]


def read(path: Path) -> dict[str, Tensor]:
    """Reads a state dict.

    Args:
      path: a `.pth` or `.pt` file (needs PyTorch, which reads it with `weights_only=True`: such a file can
        hold code, which is not run), or a `.safetensors` file.

    Raises:
      ConfigError: it cannot be read, or it is something else than a dictionary of tensors.
    """
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{path}: a state dict is read from {', '.join(SUFFIXES)}; convert the file")
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file")
    try:
        found = _safetensors(path) if path.suffix == ".safetensors" else _torch(path)
    except (OSError, ConfigError):
        raise
    except Exception as error:  # PyTorch has no list of what it raises for files that are not its own
        cause = next(iter(str(error).split("\n")), "")[:160] or type(error).__name__
        if type(error).__name__ == "UnpicklingError":  # of the standard library; PyTorch raises it
            cause = "it holds more than tensors, or is damaged; nothing in it was run"
        raise ConfigError(f"{path}: not a state dict: {cause}") from error
    for prefix in _WRAPPERS:
        if found and all(name.startswith(prefix) for name in found):
            found = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    return found


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
    torch = _pytorch(path)
    buffer = io.BytesIO()
    torch.save({name: torch.from_numpy(array.copy()) for name, array in copies.items()}, buffer)
    write_whole(path, buffer.getvalue())


def check(
    path: Path, found: Mapping[str, Tensor], expected: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Returns the arrays of a file, if they are those that are expected.

    Args:
      path: of the file, for messages.
      found: what `read` gave.
      expected: arrays with the names, shapes and dtypes wanted. `num_batches_tracked`, which PyTorch had not
        always, may be missing.

    Raises:
      ConfigError: names, shapes or dtypes differ, or a value is not finite.
    """
    optional = {name for name in expected if name.endswith("num_batches_tracked")}
    missing = [name for name in expected if name not in found and name not in optional]
    surplus = [name for name in found if name not in expected]
    if missing or surplus:
        raise ConfigError(
            f"{path}: {_some(missing, 'missing')}{', ' if missing and surplus else ''}"
            f"{_some(surplus, 'not expected')}; give the config of this network, or rename the tensors"
            " (docs/interchange.md)"
        )
    arrays = {}
    for name, tensor in found.items():
        shape, dtype = expected[name].shape, expected[name].dtype.name
        if (tensor.shape, tensor.dtype) != (shape, dtype):
            raise ConfigError(
                f"{path}: {name} is {tensor.dtype} {list(tensor.shape)}, this config needs {dtype}"
                f" {list(shape)}; set config.model, config.data.size and channels to the file's"
            )
        arrays[name] = tensor.values()
        if not np.isfinite(arrays[name]).all():
            raise ConfigError(f"{path}: {name} holds values that are not finite; nothing was imported")
        if name.endswith(("running_var", "num_batches_tracked")) and (arrays[name] < 0).any():
            raise ConfigError(f"{path}: {name} is negative; nothing was imported")
    return arrays


def _some(names: list[str], what: str) -> str:
    others = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0][:100]!r}{others} {what}" if names else ""


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
    torch = _pytorch(path)
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
        found[name] = Tensor(tuple(value.shape), dtype, functools.partial(value.numpy, force=True))
    return found


def _pytorch(path: Path) -> Any:
    try:
        module: ModuleType = importlib.import_module("torch")
    except ImportError as error:
        raise ConfigError(
            f"{path}: {path.suffix} files take PyTorch: pip install torch, or use .safetensors instead"
        ) from error
    return module
