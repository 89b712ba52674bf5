"""Which parameter here is which tensor of a PyTorch state dict, and how their axes correspond.

The PyTorch modules hold an `Embedding` called `label_embed` (where there are labels) and an `nn.Sequential`
called `model`, in which every layer, norm and activation has a number: in the generator of `cwgan_gp_conv`
ConvTranspose2d, BatchNorm2d and LeakyReLU are 0, 1, 2, then 3, 4, 5, ...; in its critic Conv2d and LeakyReLU
are 0, 1, then Conv2d, InstanceNorm2d and LeakyReLU 2, 3, 4, ...
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Config

Arrays = dict[str, np.ndarray]
Shape = tuple[int, ...]
TABLE = "label_embed.weight"  # [classes, embedding]
BATCHES = "num_batches_tracked"  # the end of a batch norm's count of forward passes
STATISTICS = ("mean", "var")  # the arrays of a layer that are running statistics, not parameters
Kind = Literal["embedding", "table", "conv", "conv_transpose", "linear", "batch_norm", "maps"]

_ARCHITECTURES = ("conv", "mlp")  # as in configs/mnist.py and mlp.py
_RESIDUAL = ("resnet", "r3gan")  # with all their options
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
}
# The last axes of a kernel here, [*sizes, in, out] or [in, out], come first there, in this order; and that of
# maps, [H, W, channels].
_FIRST: dict[Kind, tuple[int, ...]] = {"conv": (-1, -2), "conv_transpose": (-2, -1), "linear": (-1, -2)}
_FIRST |= {"maps": (-1,)}


class Layer(NamedTuple):
    """One layer under both names.

    Attributes:
      there: prefix in the state dict, such as `model.3`; empty of arrays that belong to no layer.
      here: path in the parameter tree, such as `conv_1` or `block_0/conv_1`.
      kind: of layer.
      pixels: which axis of a `linear` kernel runs over pixels: 0 in, 1 out, none.
      halvings: how often the lengths of an image are halved to have those of these pixels, which then have
        channels of their own.
      biased: whether there is a bias.
    """

    there: str
    here: str
    kind: Kind
    pixels: int | None = None
    halvings: int = 0
    biased: bool = True

    @property
    def arrays(self) -> dict[str, str]:
        """The names of its arrays: here -> there, in PyTorch's order."""
        return {
            here: f"{self.there}.{end}".lstrip(".")
            for here, end in _ENDS[self.kind].items()
            if self.biased or here != "bias"
        }

    def path(self, here: str) -> str:
        """The path of one of its arrays in the parameter tree."""
        return f"{self.here}/{here}".lstrip("/")


def require_known(config: Config) -> None:
    """Raises ConfigError for networks whose PyTorch modules have no agreed names."""
    if config.algorithm != "adversarial":
        raise ConfigError(
            f"config.algorithm={config.algorithm}: PyTorch state dicts are for algorithm adversarial only"
        )
    model = config.model
    plain = type(model)()
    keys = ["condition_layers"]
    if model.architecture not in _RESIDUAL:
        keys = ["architecture", "generator_labels", "critic_labels", "critic_norm", "attention", *keys]
    for key in keys:
        value = getattr(model, key, None)  # mlp has fewer options
        known = model.architecture in (*_ARCHITECTURES, *_RESIDUAL)
        if value != getattr(plain, key, None) or not known:
            raise ConfigError(
                f"config.model.{key}={value}: PyTorch state dicts are for the networks of configs/mnist.py"
                " and configs/mlp.py (architecture conv or mlp, labels concatenated, the critic's own norms,"
                " no attention) and for architectures resnet and r3gan, without an embedding network;"
                " python -m cwgan_jax.interop.export takes any generator"
            )
    if config.objective.generator_spectral_norm or config.objective.critic_spectral_norm:
        raise ConfigError("config.objective: PyTorch state dicts are for networks without spectral norm only")


def layers(params: Mapping[str, Any]) -> Iterator[Layer]:
    """Lists the layers of a generator or critic, in the order of the PyTorch module's parameters.

    Args:
      params: its parameter tree (arrays or shapes).
    """
    flat = by_layer(params)
    if any("/" in name for name in flat):
        yield from _residual(flat)
        return
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


def by_layer(tree: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The arrays of a tree by the path of their layer, such as `block_0/conv_1`, and their name in it."""
    found: dict[str, dict[str, Any]] = {}
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        layer, _, name = jax.tree_util.keystr(path, simple=True, separator="/").rpartition("/")
        found.setdefault(layer, {})[name] = leaf
    return found


def _residual(flat: Mapping[str, Mapping[str, Any]]) -> Iterator[Layer]:
    """The layers of a residual network, whose PyTorch modules have the same names."""
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
            yield Layer(there, name, "linear", 1, halvings=blocks)
        else:
            yield Layer(there, name, "linear", biased=biased)


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
    here_, running = by_layer(params), by_layer(stats or {})
    for layer in layers(params):
        own = {**here_[layer.here], **running.get(layer.here, {})}
        for here, there in layer.arrays.items():
            array = _pixels_ordered(layer, here, np.asarray(own[here]), shape)
            first = _first(layer, here)
            state_dict[there] = np.moveaxis(array, first, range(len(first)))
        if layer.kind == "batch_norm":
            state_dict[f"{layer.there}.{BATCHES}"] = np.asarray(batches, np.int64)
    return state_dict


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
    for layer in layers(template):
        for here, there in layer.arrays.items():
            first = _first(layer, here)
            array = np.moveaxis(state_dict[there], range(len(first)), first)
            tree = stats if here in STATISTICS else params
            for name in filter(None, layer.here.split("/")):
                tree = tree.setdefault(name, {})
            tree[here] = _pixels_ordered(layer, here, array, shape, back=True)
    return params, stats


def _first(layer: Layer, name: str) -> tuple[int, ...]:
    """Which axes of an array come first there."""
    return _FIRST.get(layer.kind, ()) if name in ("kernel", "basis") else ()


def _pixels_ordered(
    layer: Layer, name: str, array: np.ndarray, shape: Shape, *, back: bool = False
) -> np.ndarray:
    """The array with the pixels of its axis in PyTorch's order [D, H, W], or back in [H, W, D]."""
    if layer.pixels is None or (name == "bias" and layer.pixels != 1):
        return array
    axis = layer.pixels if name == "kernel" else 0
    if layer.halvings:
        lengths = [length >> layer.halvings for length in shape[:-1]]
        shape = (*lengths, array.shape[axis] // int(np.prod(lengths)))
    order = _planes_first(shape, array.shape[axis])
    return array.take(np.argsort(order) if back else order, axis)


def _planes_first(shape: Shape, count: int) -> np.ndarray:
    """Where each of PyTorch's flattened [D, H, W] pixels is in [H, W, D]; what stands behind them stays."""
    pixels = int(np.prod(shape))
    order = np.moveaxis(np.arange(pixels).reshape(shape), -1, 0).ravel()
    return np.concatenate([order, np.arange(pixels, count)])
