"""A split of a data set: its examples, their conditions, and what a checkpoint says of them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cwgan_jax.data import conditions
from cwgan_jax.data import scaling as scaling_
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.conditions.vicinity import Vicinity
from cwgan_jax.data.order import Chosen, Groups, indices
from cwgan_jax.data.origin import Origin
from cwgan_jax.data.scaling import Scaling
from cwgan_jax.data.stream import Examples, Images

DOMAINS = ("A", "B")
"""What the two sets of `data.domains` are called."""

_SAMPLED = 1000  # examples in the fingerprint of a streamed set


class Dataset(NamedTuple):
    """One split of a data set.

    Attributes:
      example: stored examples [N, ...]: of images u8[N, H, W, D], or of a set larger than its budget an
        object that reads what is indexed; of other kinds f32, see `scaling`.
      condition: i32[N], class numbers, where the schema is a class and nothing else; otherwise vectors
        f32[N, C].
      schema: what a condition is made of.
      summary: lines about what was read, for people, as (key, text).
      warnings: lines about what is probably not as it was meant.
      kind: of the data, key of `kinds.KINDS`.
      scaling: how stored examples become values in the user's units; None: they are such.
      groups: of examples, each of which is used equally often in training; None: each example is.
      vicinity: how the batches of a training are chosen; None: each example once an epoch.
      origin: how the user's file is laid out; None: it is no file of arrays.
    """

    example: np.ndarray | Images
    condition: np.ndarray
    schema: Schema
    summary: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    kind: str = "images"
    scaling: Scaling | None = None
    groups: Groups | None = None
    vicinity: Vicinity | None = None
    origin: Origin | None = None

    @property
    def size(self) -> int:
        """N, the number of examples."""
        return len(self.condition)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an example, the channels last: (H, W, D) of an image."""
        return tuple(self.example.shape[1:])

    @property
    def image(self) -> np.ndarray | Images:
        """The examples, where they are images or have their axes."""
        return self.example

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes where a condition is a class and nothing else; otherwise none."""
        return conditions.class_names(self.schema)

    @property
    def label(self) -> np.ndarray:
        """i32[N] in [0, C), the classes of the examples; all zero where there are none."""
        return self.condition if self.class_names else np.zeros(self.size, np.int32)

    @property
    def stored(self) -> Examples:
        """All examples with their conditions."""
        return Examples(self.example, self.condition)

    @property
    def resident(self) -> bool:
        """Whether all examples are in memory."""
        return isinstance(self.example, np.ndarray)

    def choose(self, seed: int, first: int, count: int, batch: int, stream: int = 0) -> np.ndarray | Chosen:
        """Which examples consecutive batches use: i32[count, B], or with conditions that are not theirs.

        Arguments as in `order.indices`.
        """
        if self.vicinity:
            return self.vicinity.choose(seed, first, count, batch, stream)
        return indices(seed, first, count, self.size, batch, stream, self.groups)

    def room(self, *count: int) -> np.ndarray:
        """Room for the conditions of [count] examples, zeros."""
        return np.zeros((*count, *self.condition.shape[1:]), self.condition.dtype)


class Fingerprint(NamedTuple):
    """SHA-256, in hexadecimal, of shape, conditions, their schema, and examples.

    Attributes:
      sample: with a thousand examples, spread evenly.
      whole: with all of them; None of a streamed set.
    """

    sample: str
    whole: str | None


def fingerprint(dataset: Dataset) -> Fingerprint:
    """What tells one data set from another."""
    what = [dataset.example.shape, conditions.to_json(dataset.schema), scaling_.to_json(dataset.scaling)]
    digest = hashlib.sha256(json.dumps(what).encode())
    digest.update(np.ascontiguousarray(dataset.condition, "<i4" if dataset.class_names else "<f4"))
    chosen = np.unique(np.linspace(0, dataset.size - 1, min(dataset.size, _SAMPLED)).astype(int))
    sample = digest.copy()
    sample.update(np.ascontiguousarray(dataset.example[chosen]))
    if not isinstance(dataset.example, np.ndarray):
        return Fingerprint(sample.hexdigest(), None)
    digest.update(np.ascontiguousarray(dataset.example))
    return Fingerprint(sample.hexdigest(), digest.hexdigest())


def description(
    kind: str,
    shape: Sequence[int],
    schema: Schema,
    scaling: Scaling | None = None,
    fingerprint: Fingerprint | None = None,
    origin: Origin | None = None,
    others: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a checkpoint says of its data, as JSON: enough to rebuild the networks, and to write files alike.

    Args:
      kind: key of `kinds.KINDS`.
      shape: of an example.
      schema: see `Dataset`.
      scaling: see `Dataset`.
      fingerprint: None: the data are not known, as of weights from elsewhere.
      origin: see `Dataset`.
      others: descriptions of further data sets of the run, by the name of the stream; None: there are none.
    """
    return {
        "kind": kind,
        "shape": list(shape),
        "conditions": conditions.to_json(schema),
        "scaling": scaling_.to_json(scaling),
        "fingerprint": fingerprint and list(fingerprint),
        "origin": origin and origin.to_json(),
        **({"others": dict(others)} if others else {}),
    }


def described(dataset: Dataset, others: Mapping[str, Dataset] | None = None) -> dict[str, Any]:
    """What a checkpoint says of these data, and of further ones by the name of their stream."""
    more = dataset.schema, dataset.scaling, fingerprint(dataset), dataset.origin
    further = {name: described(other) for name, other in (others or {}).items()}
    return description(dataset.kind, dataset.shape, *more, others=further)


def class_names(described: dict[str, Any]) -> tuple[str, ...]:
    """The names of the classes in what a checkpoint says of its data, see `Dataset.class_names`."""
    return conditions.class_names(conditions.from_json(described["conditions"]))


def same(a: Sequence[str | None], b: Sequence[str | None]) -> bool:
    """Whether two fingerprints are of the same data; of a streamed set, as far as its sample tells."""
    return all(x == y for x, y in zip(a, b, strict=True) if x and y)
