"""What a condition is made of, and how it becomes a vector.

A `Schema` is a tuple of parts, each with a name (`parts`); a condition is the parts' vectors one behind the
other. The schema is in every checkpoint, so that conditions can be asked for by name and in their own units.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text
from cwgan_jax.data.conditions.sentences import Sentence
from cwgan_jax.data.conditions.text import listed

Part = Classes | Labels | Number | Cycle | Text | Sentence
Schema = tuple[Part, ...]

PARTS: dict[str, Any] = {part.kind: part for part in (Classes, Labels, Number, Cycle, Text, Sentence)}
"""By their name in checkpoints."""


def of_classes(names: Sequence[str]) -> Schema:
    """The schema of data that have a class each, and nothing else; of no names that of none."""
    return (Classes("class", tuple(names)),) if names else ()


def class_names(schema: Schema) -> tuple[str, ...]:
    """The names of the classes where a condition is a class and nothing else; otherwise none."""
    if len(schema) == 1 and isinstance(schema[0], Classes):
        return schema[0].names
    return ()


def width(schema: Schema) -> int:
    """C, the length of the vectors."""
    return sum(part.width for part in schema)


def spans(schema: Schema) -> dict[str, slice]:
    """Where each part lies in the vectors, by its name."""
    ends = np.cumsum([part.width for part in schema]).tolist()
    return {part.name: slice(end - part.width, end) for part, end in zip(schema, ends, strict=True)}


def encode(schema: Schema, columns: Mapping[str, Sequence[Any]]) -> np.ndarray:
    """Values of every part, by its name, each of N -> vectors f32[N, C].

    Raises:
      DataError: a part is missing, there is one too many, or one cannot be read.
    """
    _check_names(schema, columns)
    parts = [part.encode(columns[part.name]) for part in schema]
    count = len(next(iter(columns.values()), ()))
    return np.concatenate([np.zeros((count, 0), np.float32), *parts], 1)


def decode(schema: Schema, vectors: np.ndarray) -> dict[str, list[Any]]:
    """Vectors f[N, C] -> the values of each part, by its name."""
    return {part.name: part.decode(vectors[:, spans(schema)[part.name]]) for part in schema}


def stored(schema: Schema, columns: Mapping[str, Sequence[Any]]) -> np.ndarray:
    """Conditions as a `Dataset` has them: i32[N] of a class and nothing else, otherwise f32[N, C]."""
    if len(schema) == 1 and isinstance(schema[0], Classes):  # without vectors of a thousand numbers
        _check_names(schema, columns)
        return schema[0].numbers(columns[schema[0].name])
    return encode(schema, columns)


def vectors(schema: Schema, stored: np.ndarray) -> np.ndarray:
    """Conditions as a `Dataset` has them -> vectors f32[N, C]."""
    if class_names(schema):
        return np.eye(width(schema), dtype=np.float32)[stored]
    return np.asarray(stored, np.float32)


def _check_names(schema: Schema, columns: Mapping[str, Any]) -> None:
    names = [part.name for part in schema]
    if unknown := [name for name in columns if name not in names]:
        raise DataError(f"condition {unknown[0]}: there is none of that name; there are: {listed(names)}")
    if missing := [name for name in names if name not in columns]:
        raise DataError(f"condition {missing[0]} is missing; all of these are needed: {listed(names)}")


def parse(schema: Schema, text: str) -> dict[str, str]:
    """Reads `power=0.3,angle=45`, or a bare value where there is one part alone: part -> its text.

    Raises:
      DataError: a name is unknown, missing or given twice.
    """
    names = [part.name for part in schema]
    if not names:
        raise DataError(f"condition {text}: this model was trained without conditions; leave it out")
    pattern = rf"(?:^|,)\s*({'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})\s*="
    found = list(re.finditer(pattern, text))
    if not found and len(names) == 1 and "=" not in text:
        return {names[0]: text.strip()}
    head = text[: found[0].start()] if found else text
    if head.strip() or not found:
        raise DataError(
            f"condition {text}: write {','.join(f'{name}=VALUE' for name in names)}; there are:"
            f" {listed(names)}"
        )
    ends = [*(match.start() for match in found[1:]), len(text)]
    values = [(m[1], text[m.end() : end].strip()) for m, end in zip(found, ends, strict=True)]
    if len(dict(values)) < len(values):
        raise DataError(f"condition {text}: a name is given twice; give each once")
    _check_unknown(schema, values)
    _check_names(schema, dict(values))
    return dict(values)


def _check_unknown(schema: Schema, values: Sequence[tuple[str, str]]) -> None:
    """Raises DataError for a name that there is not, which has become part of the value before it."""
    texts = {part.name for part in schema if isinstance(part, Text)}
    for name, value in values:
        if name not in texts and (other := re.search(r",\s*([^,=]+?)\s*=", value)):
            _check_names(schema, {other[1]: value})


def to_json(schema: Schema) -> list[dict[str, Any]]:
    """As a checkpoint has it."""
    return [{"kind": part.kind, **dataclasses.asdict(part)} for part in schema]


def from_json(parts: Sequence[Mapping[str, Any]]) -> Schema:
    """What `to_json` wrote."""

    def read(part: Mapping[str, Any]) -> Part:
        fields = {key: tuple(x) if key == "names" else x for key, x in part.items() if key != "kind"}
        made: Part = PARTS[part["kind"]](**fields)
        return made

    return tuple(map(read, parts))
