"""Whether a MATLAB file of version 5 to 7 is whole, asked before SciPy reads it, which can crash otherwise.

The format: "MAT-File Format", The MathWorks, chapter 1. A file is a header of 128 bytes, then elements,
each a tag (type and size) and as many bytes, filled up to a multiple of eight.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

_HEADER = 128
_SMALL = 4  # bytes that fit into a tag itself
_UINT32, _MATRIX, _COMPRESSED = 6, 14, 15
_SHAPES, _NAMES = (5, 6), (1, 16)  # types of these: as defined, and as others than MATLAB write them
_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}  # by type, bytes
_TEXTS = (1, 2, 3, 4, 16, 17, 18)  # types of letters
_VARIABLE_LENGTH = (16, 17)  # UTF-8 and UTF-16, whose letters differ in length
_CELL, _CHAR = 1, 4
_NUMBERS = range(6, 16)  # classes of arrays: double to uint64
_COMPLEX = 1 << 11  # of the flags


class _Element(NamedTuple):
    kind: int
    data: memoryview


def check(content: bytes) -> None:
    """Raises ValueError or struct.error if an array of numbers, text or cells of those is not whole.

    Variables of other classes are passed over.

    Args:
      content: of the whole file.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None:
        raise ValueError("no MATLAB file of version 5 to 7")
    for element in _elements(memoryview(content)[_HEADER:], order):
        if element.kind == _COMPRESSED:
            (element,) = _elements(memoryview(zlib.decompress(element.data)), order)
        if element.kind != _MATRIX:
            raise ValueError(f"an element of type {element.kind} in place of a variable")
        _check_matrix(element.data, order)


def _elements(content: memoryview, order: str) -> Iterator[_Element]:
    """The elements one behind the other; compressed ones are not filled up."""
    place = 0
    while place < len(content):
        kind, size = struct.unpack_from(f"{order}II", content, place)
        if kind >> 16:  # a small element: size, type and data in eight bytes
            kind, size = kind & 0xFFFF, kind >> 16
            if size > _SMALL:
                raise ValueError("a small element with more than four bytes")
            yield _Element(kind, content[place + 4 : place + 4 + size])
            place += 8
            continue
        end = place + 8 + size
        if end > len(content):
            raise ValueError("an element reaches beyond the end")
        yield _Element(kind, content[place + 8 : end])
        place = end if kind == _COMPRESSED else end + -size % 8


def _check_matrix(content: memoryview, order: str) -> None:
    if not content:  # an empty cell
        return
    elements = _elements(content, order)
    flags, shape, name = (next(elements, _Element(0, content[:0])) for _ in range(3))
    if (flags.kind, len(flags.data)) != (_UINT32, 8) or shape.kind not in _SHAPES or len(shape.data) < 8:
        raise ValueError("a variable without class or shape")
    bits, _ = struct.unpack(f"{order}II", flags.data)
    lengths = struct.unpack(f"{order}{len(shape.data) // 4}i", shape.data)
    if name.kind not in _NAMES or min(lengths) < 0:
        raise ValueError("a variable without a name, or with a negative length")
    kind, count = bits & 0xFF, math.prod(lengths)
    parts = list(elements)
    if kind == _CELL:
        if len(parts) != count or any(part.kind != _MATRIX for part in parts):
            raise ValueError("cells are missing")
        for part in parts:
            _check_matrix(part.data, order)
    elif kind in _NUMBERS or kind == _CHAR:
        wanted = 2 if bits & _COMPLEX else 1
        if len(parts) != wanted:
            raise ValueError("an array of more or fewer parts than its real and imaginary one")
        for part in parts:
            _check_values(part, count, text=kind == _CHAR)
    elif not 1 <= kind <= 17:
        raise ValueError(f"no such class: {kind}")


def _check_values(part: _Element, count: int, *, text: bool) -> None:
    size = _SIZES.get(part.kind)
    if size is None or (text and part.kind not in _TEXTS):
        raise ValueError(f"no such type of values: {part.kind}")
    if part.kind not in _VARIABLE_LENGTH and len(part.data) != count * size:
        raise ValueError(f"{count:,} values take {count * size:,} bytes, there are {len(part.data):,}")
