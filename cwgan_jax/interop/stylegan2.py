"""The names of NVlabs/stylegan2-ada-pytorch for the networks of `stylegan2`.

Its pickles hold whole modules, with their code; what is read here are state dicts of these modules.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cwgan_jax.interop.layer import Layer, Shape
from cwgan_jax.networks.maps import map_shapes

FILTER = "resample_filter"  # the end of the names of buffers that hold the filter of the original's layers
TABLE = "mapping.embed.weight"  # [embedding, classes]
_TAPS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64


def has(params: Mapping[str, Any]) -> bool:
    """Whether this is the parameter tree of such a generator or critic."""
    return (
        "strength" in params.get("synthesis", {}).get("conv_0", {})
        or "around_0" in params
        or ("linear" in params and "conv" in params)
    )


def layers(params: Mapping[str, Any], shape: Shape) -> Iterator[Layer]:
    """Lists the layers of a generator or critic.

    Args:
      params: its parameter tree (arrays or shapes).
      shape: (H, W, D) of an image.
    """
    yield from _mapping(params.get("mapping", {}))
    lengths = (shape[:-1], *map_shapes(shape[:-1]))
    yield from _generator(params, lengths[::-1]) if "synthesis" in params else _critic(params, lengths)


def constants(params: Mapping[str, Any], shape: Shape) -> dict[str, np.ndarray]:
    """The buffers that hold the filter, [4, 4], by name."""
    dtype = next(layer for layer in layers(params, shape)).own(params)["kernel"].dtype
    owners: dict[str, None] = {}
    for layer in layers(params, shape):
        block, _, name = layer.there.rpartition(".")
        if layer.kind in ("conv", "plain_conv", "styled") and name != "torgb":
            owners |= dict.fromkeys((layer.there,) if name == "conv" else (block, layer.there))
    return {f"{owner}.{FILTER}": _TAPS.astype(dtype) for owner in owners}


def _mapping(params: Mapping[str, Any]) -> Iterator[Layer]:
    if "label_embed" in params:
        yield Layer("mapping.embed", "mapping/label_embed", "linear")
    for i in itertools.count():
        if f"linear_{i}" not in params:
            return
        yield Layer(f"mapping.fc{i}", f"mapping/linear_{i}", "linear")


def _generator(params: Mapping[str, Any], lengths: tuple[Shape, ...]) -> Iterator[Layer]:
    yield Layer("mapping", "", "mean")
    blocks = [f"synthesis.b{height}" for height, _ in lengths]
    yield Layer(blocks[0], "synthesis", "constant")
    convolution = itertools.count()
    for i, block in enumerate(blocks):
        for there in ("conv0", "conv1") if i else ("conv1",):
            here = f"synthesis/conv_{next(convolution)}"
            yield Layer(f"{block}.{there}.affine", f"{here}/style", "linear")
            yield Layer(f"{block}.{there}", here, "styled")
        yield Layer(f"{block}.torgb.affine", f"synthesis/image_{i}/style", "linear")
        yield Layer(f"{block}.torgb", f"synthesis/image_{i}", "conv")


def _critic(params: Mapping[str, Any], lengths: tuple[Shape, ...]) -> Iterator[Layer]:
    *blocks, last = (f"b{height}" for height, _ in lengths)
    yield Layer(f"{blocks[0]}.fromrgb", "image", "conv")
    for i, block in enumerate(blocks):
        yield Layer(f"{block}.conv0", f"conv_{2 * i}", "conv")
        yield Layer(f"{block}.conv1", f"conv_{2 * i + 1}", "conv")
        if f"around_{i}" in params:
            yield Layer(f"{block}.skip", f"around_{i}", "plain_conv")
    yield Layer(f"{last}.conv", "conv", "conv")
    width = params["conv"]["bias"].shape[0]
    yield Layer(f"{last}.fc", "linear", "linear", 0, (*lengths[-1], width))
    yield Layer(f"{last}.out", "score", "linear")
