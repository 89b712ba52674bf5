"""The kinds of data, each a value: images, and points of one or two numbers."""

from typing import Any

from cwgan_jax.algorithms import Spec
from cwgan_jax.config import Config
from cwgan_jax.kinds import images, points
from cwgan_jax.kinds.kind import Kind
from cwgan_jax.networks import condition

__all__ = ["KINDS", "Kind", "spec_of"]

KINDS: dict[str, Kind] = {"images": images.KIND, "points": points.KIND}


def spec_of(config: Config, described: dict[str, Any]) -> Spec:
    """What an algorithm must know of the data, from what a checkpoint says of them (`data.described`)."""
    height, width, depth = described["shape"]
    classes = len(described["class_names"]) if config.model.conditional else 0
    encode = KINDS[described["kind"]].codec.encode
    return Spec((height, width, depth), condition.classes(classes), encode)
