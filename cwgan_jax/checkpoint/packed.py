"""A trained model as one small file: the weights that draw and score, without the optimizers.

A safetensors file in which every leaf of the state has its name, such as
`players/NAME/params/conv_0/kernel`. Its metadata hold what a checkpoint says of itself (config, data), the
step, and a SHA-256 of the arrays. Kernels may be of half precision; when they are read they become what the
config says.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import safetensors
import safetensors.numpy

from cwgan_jax.common.errors import CheckpointError
from cwgan_jax.common.files import write_whole

SUFFIX = ".safetensors"
IN_FOLDER = f"model{SUFFIX}"  # its name in a folder that holds a model and what belongs to it
_MARK = "cwgan_jax"  # the metadata's key


def about(path: Path) -> dict[str, Any] | None:
    """What a file says of itself: `step`, `about` and `sha256`; None: it is none of these files."""
    if path.suffix != SUFFIX or not path.is_file():
        return None
    try:
        with safetensors.safe_open(path, framework="np") as file:
            text = (file.metadata() or {}).get(_MARK)
    except Exception:  # whoever wants the file for something else says what is wrong with it
        return None
    try:
        mark = json.loads(text or "")
    except ValueError:
        return None
    described = mark.get("about") if isinstance(mark, dict) else None
    known = isinstance(described, dict) and all(
        isinstance(described.get(x), dict) for x in ("config", "data")
    )
    # The number becomes a part of file names.
    return mark if known and type(mark.get("step")) is int and mark["step"] >= 0 else None


def write(path: Path, arrays: Mapping[str, np.ndarray], described: dict[str, Any], step: int) -> None:
    """Writes a file.

    Args:
      path: of the file, with the suffix.
      arrays: leaves of a state by name.
      described: what a checkpoint says of itself.
      step: n.
    """
    whole = {name: np.ascontiguousarray(x).reshape(x.shape) for name, x in arrays.items()}
    mark = {"step": step, "about": described, "sha256": _digest(whole)}
    write_whole(path, safetensors.numpy.save(whole, metadata={_MARK: json.dumps(mark, sort_keys=True)}))


def read(path: Path, template: Any) -> Any:
    """A state from a file.

    Args:
      path: of the file.
      template: the tree of a state, of jax.ShapeDtypeStruct.

    Returns:
      The tree with numpy leaves. The moving average of a player is the player; leaves that are not in the
      file, such as an optimizer's, are zero.

    Raises:
      CheckpointError: the file is damaged, or of other networks.
    """
    mark = about(path) or {}
    try:
        found = safetensors.numpy.load(path.read_bytes())
    except Exception as error:
        raise CheckpointError(f"{path}: the file cannot be read ({error}); get it again") from error
    if _digest(found) != mark.get("sha256"):
        raise CheckpointError(f"{path}: the file is damaged: its SHA-256 is another; get it again")
    used = set()

    def leaf(place: Any, like: Any) -> np.ndarray:
        name = jax.tree_util.keystr(place, simple=True, separator="/")
        name = name if name in found else name.replace("/average/", "/")
        if name not in found:
            return np.zeros(like.shape, like.dtype)
        used.add(name)
        if found[name].shape != like.shape:
            raise CheckpointError(
                f"{path}: {name} is {list(found[name].shape)} there and {list(like.shape)} here; the file is"
                " of another version of this package"
            )
        return found[name].astype(like.dtype)

    state = jax.tree_util.tree_map_with_path(leaf, template)
    if unused := found.keys() - used:
        raise CheckpointError(
            f"{path}: there is no {min(unused)} here ({len(unused)} such arrays); the file is of another"
            " version of this package"
        )
    return state


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    whole = hashlib.sha256()
    for name in sorted(arrays):
        whole.update(f"{name} {arrays[name].dtype.name}{list(arrays[name].shape)}".encode())
        whole.update(arrays[name].tobytes())
    return whole.hexdigest()
