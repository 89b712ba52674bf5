"""What processes tell each other: JSON, and arrays as raw bytes.

Whoever reaches the coordinator's port can put a message there, so nothing received is run, and what it
must be is known beforehand: an outcome in JSON, or arrays of a tree that the receiver has the shapes of.
"""

import json
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from cwgan_jax.common.errors import KINDS, UserError

_LENGTH = struct.Struct(">I")  # of the header, which stands behind it; then come the arrays' bytes
_HEADER = 2**20  # bytes a header may have
_TEXT = 2**16  # characters of an error that are passed on


class Outcome(NamedTuple):
    """What came of a function that ran in another process.

    Attributes:
      value: what it returned.
      error: what it raised instead.
    """

    value: Any
    error: UserError | None = None


def packed(function: Callable[[], Any], like: Any = None) -> bytes:
    """Calls a function and makes its value, or the UserError that it raises, a message.

    Args:
      function: returns what JSON can hold; with `like`, a tree of that structure with arrays for leaves, or
        None.
      like: a tree of arrays, of jax.ShapeDtypeStruct or Python numbers.
    """
    try:
        value = function()
    except UserError as error:
        name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in KINDS)
        return _joined({"error": name, "text": str(error)[:_TEXT]}, [])
    if like is None or value is None:
        return _joined({"value": value}, [])
    arrays = [np.asarray(leaf) for leaf in jax.tree.leaves(value)]
    return _joined({"arrays": [_described(array) for array in arrays]}, arrays)


def unpacked(message: bytes, like: Any = None) -> Outcome:
    """Reads what `packed` made; the arrays are read-only.

    Raises:
      ValueError: it is not such a message, or not one of `like`; the text says in what.
    """
    if len(message) < _LENGTH.size or (size := _LENGTH.unpack_from(message)[0]) > _HEADER:
        raise ValueError("it has no header")
    header, content = message[_LENGTH.size :][:size], memoryview(message)[_LENGTH.size + size :]
    try:
        said = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise ValueError("its header is not JSON") from error
    match said:
        case {"value": value, **rest} if not rest and not content:
            if like is not None and value is not None:
                raise ValueError("it holds no arrays")
            return Outcome(value)
        case {"error": str(name), "text": str(text), **rest} if name in KINDS and not rest and not content:
            return Outcome(None, KINDS[name](printable(text[:_TEXT])))
        case {"arrays": arrays, **rest} if like is not None and not rest:
            return Outcome(_tree(arrays, content, like))
    raise ValueError("its header is none of ours")


def most(like: Any = None) -> int:
    """Bytes that a message of such a tree may have."""
    return _LENGTH.size + _HEADER + sum(_nbytes(leaf) for leaf in jax.tree.leaves(like))


def printable(text: str) -> str:
    """A text from elsewhere without the characters that would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def _joined(header: dict[str, Any], arrays: list[np.ndarray]) -> bytes:
    said = json.dumps(header).encode()
    if len(said) > _HEADER:
        raise ValueError(f"a message of {len(said)} bytes to another process; {_HEADER} are allowed")
    return b"".join([_LENGTH.pack(len(said)), said, *(array.tobytes() for array in arrays)])


def _described(leaf: Any) -> list[Any]:
    """[dtype, [sides]] as JSON has them."""
    array = leaf if hasattr(leaf, "dtype") else np.asarray(leaf)
    return [np.dtype(array.dtype).name, list(array.shape)]


def _nbytes(leaf: Any) -> int:
    array = leaf if hasattr(leaf, "dtype") else np.asarray(leaf)
    return array.size * np.dtype(array.dtype).itemsize


def _tree(described: Any, content: memoryview, like: Any) -> Any:
    leaves, structure = jax.tree.flatten(like)
    if described != [_described(leaf) for leaf in leaves]:
        raise ValueError("its arrays have other shapes or types than this process expects")
    if len(content) != sum(_nbytes(leaf) for leaf in leaves):
        raise ValueError(f"it has {len(content)} bytes of arrays, not as many as they need")
    found, start = [], 0
    for leaf in leaves:
        plain = not hasattr(leaf, "dtype")
        dtype, shape = (np.asarray(leaf) if plain else leaf).dtype, () if plain else leaf.shape
        part = content[start : start + _nbytes(leaf)]
        array = np.frombuffer(part, np.uint8).view(dtype).reshape(shape)
        found.append(array.item() if plain else array)
        start += len(part)
    return jax.tree.unflatten(structure, found)
