"""From values in the user's units to what is stored for training, and back."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from cwgan_jax.data.tables.columns import Columns


class Scaling(Protocol):
    """How the values of a data set become standardised numbers; a value that JSON holds.

    To add one, write a class like `Channels` and one line of `SCALINGS`.
    """

    @property
    def layout(self) -> tuple[tuple[str, int], ...]:
        """For tables the blocks of the stored numbers in order: (`tanh` | `softmax`, width); else none."""
        ...

    def encode(self, values: Any) -> np.ndarray:
        """The user's values of N examples -> stored f32[N, ...]."""
        ...

    def decode(self, stored: np.ndarray) -> Any:
        """Stored or generated f[N, ...] -> the user's values: an array, or columns by name."""
        ...

    def to_json(self) -> dict[str, Any]:
        """As a checkpoint has it, without its kind."""
        ...


class Channels(NamedTuple):
    """Each channel with a mean of 0 and a deviation of 1.

    Attributes:
      mean: f64[D].
      deviation: f64[D], > 0.
      dtype: of the user's values; whole numbers come back rounded and within its range.
      low: the least of the training data, for whole numbers and for plots.
      high: the largest.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    dtype: str
    low: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray) -> "Channels":
        """Fits values [N, ..., D]; a constant channel keeps a deviation of 1."""
        x = np.asarray(values).reshape(-1, values.shape[-1]).astype(np.float64)
        spread = np.where(x.min(0) < x.max(0), x.std(0), 0)  # of a constant rounding leaves some
        deviation = np.where(spread > 0, spread, 1.0)
        bounds = float(x.min()), float(x.max())
        return cls(tuple(x.mean(0).tolist()), tuple(deviation.tolist()), values.dtype.name, *bounds)

    @property
    def layout(self) -> tuple[tuple[str, int], ...]:
        """None."""
        return ()

    def encode(self, values: np.ndarray) -> np.ndarray:
        """[N, ..., D] -> f32[N, ..., D]."""
        x = np.asarray(values, np.float64)
        return ((x - np.array(self.mean)) / np.array(self.deviation)).astype(np.float32)

    def decode(self, stored: np.ndarray) -> np.ndarray:
        """f[N, ..., D] -> values of the user's dtype."""
        x = np.asarray(stored, np.float64) * np.array(self.deviation) + np.array(self.mean)
        dtype = np.dtype(self.dtype)
        if dtype.kind in "iu":
            bounds = np.iinfo(dtype)
            # The float64 below the largest: 2^63 - 1 itself would be rounded up, out of the range.
            x = np.clip(np.rint(x), bounds.min, np.nextafter(float(bounds.max) + 1, 0))
        elif dtype.kind == "b":
            x = x >= 0.5
        return x.astype(dtype)

    def to_json(self) -> dict[str, Any]:
        """See `Scaling`."""
        return self._asdict()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Channels":
        """What `to_json` wrote."""
        fields = {**values, "mean": tuple(values["mean"]), "deviation": tuple(values["deviation"])}
        return cls(**fields)


SCALINGS: dict[str, Any] = {"channels": Channels, "columns": Columns}
"""By their name in checkpoints."""


def to_json(scaling: Scaling | None) -> dict[str, Any] | None:
    """As a checkpoint has it."""
    if scaling is None:
        return None
    names = {made: name for name, made in SCALINGS.items()}
    return {"kind": names[type(scaling)], **scaling.to_json()}


def from_json(values: Mapping[str, Any] | None) -> Scaling | None:
    """What `to_json` wrote."""
    if values is None:
        return None
    rest = {key: value for key, value in values.items() if key != "kind"}
    scaling: Scaling = SCALINGS[values["kind"]].from_json(rest)
    return scaling
