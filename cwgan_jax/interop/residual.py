"""The layers of the residual networks, whose PyTorch modules have the same names."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import jax

from cwgan_jax.interop.layer import Layer, Shape


def has(params: Mapping[str, Any]) -> bool:
    """Whether this is the parameter tree of such a generator or critic: it has blocks of layers."""
    return any(name.startswith("block_") and "conv_0" in params[name] for name in params)


def layers(params: Mapping[str, Any], shape: Shape) -> Iterator[Layer]:
    """The layers of a residual network; arguments as of `layout.layers`."""
    flat = _by_layer(params)
    maps = "" in flat  # of R3GAN's networks; their labels go through linear layers
    blocks = len({name.partition("/")[0] for name in flat if name.startswith("block_")})
    for name, arrays in flat.items():
        there, biased = name.replace("/", "."), "bias" in arrays
        if not name:
            yield Layer(there, name, "maps")
        elif "scale" in arrays:
            yield Layer(there, name, "batch_norm")
        elif "embedding" in arrays:
            yield Layer(there, name, "embedding")
        elif arrays["kernel"].ndim > 2:
            yield Layer(there, name, "conv", biased=biased)
        elif name == "projection" and not maps:
            yield Layer(there, name, "table")
        elif name == "linear" and not maps:
            lengths = [length >> blocks for length in shape[:-1]]
            channels = arrays["kernel"].shape[-1] // math.prod(lengths)
            yield Layer(there, name, "linear", 1, maps=(*lengths, channels))
        else:
            yield Layer(there, name, "linear", biased=biased)


def _by_layer(tree: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The arrays of a tree by the path of their layer, such as `block_0/conv_1`, and their name in it."""
    found: dict[str, dict[str, Any]] = {}
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        layer, _, name = jax.tree_util.keystr(path, simple=True, separator="/").rpartition("/")
        found.setdefault(layer, {})[name] = leaf
    return found
