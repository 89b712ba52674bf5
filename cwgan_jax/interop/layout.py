"""Which parameter here is which tensor of a PyTorch state dict, and how their axes correspond.

The PyTorch modules hold an `Embedding` called `label_embed` (where there are labels) and an `nn.Sequential`
called `model`, in which every layer, norm and activation has a number: in the generator of `cwgan_gp_conv`
ConvTranspose2d, BatchNorm2d and LeakyReLU are 0, 1, 2, then 3, 4, 5, ...; in its critic Conv2d and LeakyReLU
are 0, 1, then Conv2d, InstanceNorm2d and LeakyReLU 2, 3, 4, ... The names of `stylegan2` are in a file of
their own.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config
from cwgan_jax.interop import residual, stylegan2
from cwgan_jax.interop.layer import STATISTICS, Kind, Layer, Shape

Arrays = dict[str, np.ndarray]
TABLES = ("label_embed.weight", stylegan2.TABLE)  # the label tables of generators
BATCHES = "num_batches_tracked"  # the end of a batch norm's count of forward passes
OPTIONAL = (BATCHES, stylegan2.FILTER)  # ends of names of tensors that may be missing: nothing reads them

_ARCHITECTURES = ("conv", "mlp", "stylegan2")
_RESIDUAL = ("resnet", "r3gan")  # with all their options
# The options that an architecture must have at their defaults, so that its layers have agreed names.
_PLAIN = ("generator_labels", "critic_labels", "critic_norm", "attention", "condition_layers")


def require_known(config: Config) -> None:
    """Raises ConfigError for networks whose PyTorch modules have no agreed names."""
    if config.algorithm != "adversarial":
        raise ConfigError(
            f"config.algorithm={config.algorithm}: PyTorch state dicts are for algorithm adversarial only"
        )
    model = config.model
    plain = type(model)()
    known = model.architecture in (*_ARCHITECTURES, *_RESIDUAL)
    keys = ("condition_layers",) if model.architecture in _RESIDUAL else ("architecture", *_PLAIN)
    for key in keys:
        value = getattr(model, key, None)  # some have fewer options
        if value != getattr(plain, key, None) or not known:
            raise ConfigError(
                f"config.model.{key}={value}: PyTorch state dicts are for architectures stylegan2, resnet and"
                " r3gan, and for the networks of configs/mnist.py and configs/mlp.py: conv or mlp with labels"
                " concatenated, the critic's own norms and no attention; no embedding network;"
                " cwgan export takes any generator"
            )
    if config.objective.generator_spectral_norm or config.objective.critic_spectral_norm:
        raise ConfigError("config.objective: PyTorch state dicts are for networks without spectral norm only")


def layers(params: Mapping[str, Any], shape: Shape) -> Iterator[Layer]:
    """Lists the layers of a generator or critic, in the order of the PyTorch module's parameters.

    Args:
      params: its parameter tree (arrays or shapes).
      shape: (H, W, D) of an image.
    """
    if stylegan2.has(params):
        return stylegan2.layers(params, shape)
    if residual.has(params):
        return residual.layers(params, shape)
    return _translator(params) if "stem" in params else _sequential(params)


def _sequential(params: Mapping[str, Any]) -> Iterator[Layer]:
    """The layers of `conv` and `mlp`."""
    critic = "score" in params
    if "label_embed" in params:
        yield Layer("label_embed", "label_embed", "embedding")
    place = 0
    convolution: Kind = "conv" if critic else "conv_transpose"
    for i in itertools.count():
        if f"conv_{i}" in params:
            yield Layer(f"model.{place}", f"conv_{i}", convolution)
        elif f"linear_{i}" in params:
            yield Layer(f"model.{place}", f"linear_{i}", "linear", 0 if critic and i == 0 else None)
        else:
            break
        if f"norm_{i}" in params:
            yield Layer(f"model.{place + 1}", f"norm_{i}", "batch_norm")
        instance_norm = critic and i > 0 and f"conv_{i}" in params
        place += 3 if f"norm_{i}" in params or instance_norm else 2
    last = "score" if critic else "image"
    if params[last]["kernel"].ndim > 2:
        yield Layer(f"model.{place}", last, convolution)
    else:
        yield Layer(f"model.{place}", last, "linear", None if critic else 1)


def _translator(params: Mapping[str, Any]) -> Iterator[Layer]:
    """The layers of a translator; paddings, norms and activations have numbers too."""
    yield Layer("model.1", "stem", "conv")
    place = 4
    for i in itertools.takewhile(lambda i: f"down_{i}" in params, itertools.count()):
        yield Layer(f"model.{place}", f"down_{i}", "conv")
        place += 3
    for i in itertools.takewhile(lambda i: f"block_{i}_first" in params, itertools.count()):
        yield Layer(f"model.{place}.conv_block.1", f"block_{i}_first", "conv")
        yield Layer(f"model.{place}.conv_block.5", f"block_{i}_second", "conv")
        place += 1
    for i in itertools.takewhile(lambda i: f"up_{i}" in params, itertools.count()):
        yield Layer(f"model.{place}", f"up_{i}", "conv_transpose")
        place += 3
    yield Layer(f"model.{place + 1}", "image", "conv")


def to_torch(
    params: Mapping[str, Any], stats: Mapping[str, Any] | None, shape: Shape, *, batches: int = 0
) -> Arrays:
    """Turns the parameters of a network into a PyTorch state dict.

    Args:
      params: of the generator or the critic.
      stats: its running statistics; {} or None where it has none.
      shape: (H, W, D) of an image.
      batches: value of `num_batches_tracked`, the forward passes in training mode so far.

    Returns:
      Arrays of the same dtype by PyTorch name, in PyTorch's order; their memory may be that of `params`.
    """
    state_dict: Arrays = {}
    for layer in layers(params, shape):
        own = {**layer.own(params), **layer.own(stats or {})}
        for here, there in layer.arrays.items():
            array = _pixels_ordered(layer, here, np.asarray(own[here]), shape)
            state_dict[there] = layer.there_from(here, array)
        if layer.kind == "batch_norm":
            state_dict[f"{layer.there}.{BATCHES}"] = np.asarray(batches, np.int64)
    return (stylegan2.constants(params, shape) if stylegan2.has(params) else {}) | state_dict


def from_torch(
    state_dict: Mapping[str, np.ndarray], template: Mapping[str, Any], shape: Shape
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Turns a state dict into parameters and running statistics; the inverse of `to_torch`.

    Args:
      state_dict: arrays by PyTorch name, with the names and shapes that `to_torch` gives for `template`.
      template: a parameter tree with the layers of the network (arrays or shapes).
      shape: (H, W, D) of an image.
    """
    params: dict[str, Any] = {}
    stats: dict[str, Any] = {}
    for layer in layers(template, shape):
        for here, there in layer.arrays.items():
            array = layer.here_from(here, state_dict[there])
            tree = stats if here in STATISTICS else params
            layer.put(tree, here, _pixels_ordered(layer, here, array, shape, back=True))
    return params, stats


def _pixels_ordered(
    layer: Layer, name: str, array: np.ndarray, shape: Shape, *, back: bool = False
) -> np.ndarray:
    """The array with the pixels of its axis in PyTorch's order [D, H, W], or back in [H, W, D]."""
    if layer.pixels is None or (name == "bias" and layer.pixels != 1):
        return array
    axis = layer.pixels if name == "kernel" else 0
    order = _planes_first(layer.maps or shape, array.shape[axis])
    return array.take(np.argsort(order) if back else order, axis)


def _planes_first(shape: Shape, count: int) -> np.ndarray:
    """Where each of PyTorch's flattened [D, H, W] pixels is in [H, W, D]; what stands behind them stays."""
    pixels = int(np.prod(shape))
    order = np.moveaxis(np.arange(pixels).reshape(shape), -1, 0).ravel()
    return np.concatenate([order, np.arange(pixels, count)])
