"""One layer of a network under its names here and in a PyTorch state dict."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

Shape = tuple[int, ...]
STATISTICS = ("mean", "var", "noise", "style")  # arrays that are running statistics, not parameters
Kind = Literal[
    "embedding",
    "table",
    "conv",
    "conv_transpose",
    "linear",
    "batch_norm",
    "maps",
    "plain_conv",
    "styled",
    "constant",
    "mean",
]

# The name of an array of a layer here -> the end of its name in a state dict.
_KERNEL = {"kernel": "weight", "bias": "bias"}
_ENDS: dict[Kind, dict[str, str]] = {
    "embedding": {"embedding": "weight"},
    "table": {"kernel": "weight"},
    "maps": {"basis": "basis"},
    "conv": _KERNEL,
    "conv_transpose": _KERNEL,
    "linear": _KERNEL,
    "batch_norm": {"scale": "weight", "bias": "bias", "mean": "running_mean", "var": "running_var"},
    "plain_conv": {"kernel": "weight"},
    "styled": {**_KERNEL, "strength": "noise_strength", "noise": "noise_const"},
    "constant": {"constant": "const"},
    "mean": {"style": "w_avg"},
}
# The axes of an array here that come first there, in this order: of kernels [*sizes, in, out] or [in, out]
# the last two, of others the channels.
_FIRST: dict[tuple[Kind, str], tuple[int, ...]] = {
    ("conv", "kernel"): (-1, -2),
    ("conv_transpose", "kernel"): (-2, -1),
    ("linear", "kernel"): (-1, -2),
    ("plain_conv", "kernel"): (-1, -2),
    ("styled", "kernel"): (-1, -2),
    ("constant", "constant"): (-1,),
    ("maps", "basis"): (-1,),
}


class Layer(NamedTuple):
    """One layer under both names.

    Attributes:
      there: prefix in the state dict, such as `model.3`; empty of arrays that belong to no layer.
      here: path in the parameter tree, such as `conv_1` or `synthesis/conv_1`; empty: the tree itself.
      kind: of layer.
      pixels: which axis of a `linear` kernel runs over pixels: 0 in, 1 out, none.
      maps: (H, W, C) of these pixels; none: those of the image.
      biased: whether there is a bias.
    """

    there: str
    here: str
    kind: Kind
    pixels: int | None = None
    maps: Shape | None = None
    biased: bool = True

    @property
    def arrays(self) -> dict[str, str]:
        """The names of its arrays: here -> there, in PyTorch's order."""
        return {
            here: f"{self.there}.{end}".lstrip(".")
            for here, end in _ENDS[self.kind].items()
            if self.biased or here != "bias"
        }

    def own(self, tree: Mapping[str, Any]) -> Mapping[str, Any]:
        """Its branch of a tree; {} where there is none."""
        for name in self.here.split("/") if self.here else ():
            tree = tree.get(name, {})
        return tree

    def put(self, tree: dict[str, Any], name: str, array: np.ndarray) -> None:
        """Places an array into its branch of a tree."""
        for step in self.here.split("/") if self.here else ():
            tree = tree.setdefault(step, {})
        tree[name] = array

    def path(self, name: str) -> str:
        """Path of an array in the tree."""
        return f"{self.here}/{name}" if self.here else name

    def there_from(self, name: str, array: np.ndarray) -> np.ndarray:
        """An array of here with its axes in PyTorch's order."""
        first = _FIRST.get((self.kind, name), ())
        return np.moveaxis(array, first, range(len(first)))

    def here_from(self, name: str, array: np.ndarray) -> np.ndarray:
        """The inverse of `there_from`."""
        first = _FIRST.get((self.kind, name), ())
        return np.moveaxis(array, range(len(first)), first)
