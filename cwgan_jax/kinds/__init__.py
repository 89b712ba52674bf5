"""The kinds of data, each a value: images, and points of one or two numbers."""

from collections.abc import Mapping
from typing import Any, TypeVar

from cwgan_jax.algorithms import Spec
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.kinds import images, points
from cwgan_jax.kinds.kind import Kind
from cwgan_jax.networks import Form, condition

__all__ = ["KINDS", "Kind", "entry", "form_of", "spec_of"]

T = TypeVar("T")

KINDS: dict[str, Kind] = {"images": images.KIND, "points": points.KIND}


def entry(table: Mapping[str, T], kind: str) -> T:
    """A kind's line in a table; ConfigError if there is none."""
    if kind not in table:
        raise ConfigError(f"data of kind {kind}: not known here, only {', '.join(table)}")
    return table[kind]


def form_of(described: dict[str, Any]) -> Form:
    """What networks must know of the examples, from what a checkpoint says of the data."""
    codec = entry(KINDS, described["kind"]).codec
    return Form(tuple(described["shape"]), bounded=codec.bounded)


def spec_of(config: Config, described: dict[str, Any]) -> Spec:
    """What an algorithm must know of the data, from what a checkpoint says of them (`data.described`)."""
    classes = len(described["class_names"]) if config.model.conditional else 0
    encode = entry(KINDS, described["kind"]).codec.encode
    return Spec(form_of(described), condition.classes(classes), encode, described["kind"])
