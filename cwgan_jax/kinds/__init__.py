"""The kinds of data, each a value: images, points, signals, fields, volumes, tables."""

from collections.abc import Mapping
from typing import Any, TypeVar

from cwgan_jax.algorithms import Spec
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.data import conditions
from cwgan_jax.data import scaling as scaling_
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.conditions.parts import Classes, Number
from cwgan_jax.kinds import fields, images, points, signals, tables, volumes
from cwgan_jax.kinds.kind import Kind
from cwgan_jax.networks import Block, Form, condition
from cwgan_jax.networks.condition import Condition, Range

__all__ = ["KINDS", "Kind", "entry", "form_of", "spec_of"]

T = TypeVar("T")

KINDS: dict[str, Kind] = {
    "images": images.KIND,
    "points": points.KIND,
    "signals": signals.KIND,
    "fields": fields.KIND,
    "volumes": volumes.KIND,
    "tables": tables.KIND,
}


def entry(table: Mapping[str, T], kind: str) -> T:
    """A kind's line in a table; ConfigError if there is none."""
    if kind not in table:
        raise ConfigError(f"data of kind {kind}: not known here, only {', '.join(table)}")
    return table[kind]


def form_of(described: dict[str, Any]) -> Form:
    """What networks must know of the examples, from what a checkpoint says of the data."""
    codec = entry(KINDS, described["kind"]).codec
    scaling = scaling_.from_json(described["scaling"])
    layout = tuple(Block(*block) for block in scaling.layout) if scaling else ()
    return Form(tuple(described["shape"]), layout, codec.bounded)


def spec_of(config: Config, described: dict[str, Any]) -> Spec:
    """What an algorithm must know of the data, from what a checkpoint says of them (`data.described`)."""
    schema = conditions.from_json(described["conditions"])
    encode = entry(KINDS, described["kind"]).codec.encode
    return Spec(form_of(described), condition_of(schema, config.model.conditional), encode, described["kind"])


def condition_of(schema: Schema, conditional: bool = True) -> Condition:
    """How conditions of such data become vectors on the device, and how they are drawn.

    Args:
      schema: of the data.
      conditional: whether the networks see them; else there are none.
    """
    if names := conditions.class_names(schema):
        return condition.classes(len(names) if conditional else 0)
    if not (conditional and schema):
        return Condition(0, lambda stored, dtype: stored[..., :0].astype(dtype), None, ())
    blocks = [Block(part.output, part.width) for part in schema]
    ranges = []
    for part in schema:
        match part:
            case Classes():
                ranges.append(Range(part.width))
            case Number():
                low, high = part.encode([part.low, part.high])[:, 0].tolist()
                ranges.append(Range(1, (low, high)))
            case _:
                return condition.vectors(blocks, None)
    return condition.vectors(blocks, ranges)
