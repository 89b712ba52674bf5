"""Which parameter here is which tensor of a PyTorch state dict, and how their axes correspond.

The PyTorch modules hold an `Embedding` called `label_embed` (where there are labels) and an `nn.Sequential`
called `model`, in which every layer, norm and activation has a place: in R1's generator ConvTranspose2d,
BatchNorm2d and LeakyReLU are 0, 1, 2, then 3, 4, 5, ...; in its critic Conv2d and LeakyReLU are 0, 1, then
Conv2d, InstanceNorm2d and LeakyReLU 2, 3, 4, ...
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

Arrays = dict[str, np.ndarray]
TABLE = "label_embed.weight"  # [classes, embedding]
BATCHES = "num_batches_tracked"  # the end of a batch norm's count of forward passes
Kind = Literal["embedding", "conv", "conv_transpose", "linear", "batch_norm"]

# Axes of a kernel here -> of the weight there, and back: [k, k, in, out] or [in, out].
_THERE = {"conv": (3, 2, 0, 1), "conv_transpose": (2, 3, 0, 1), "linear": (1, 0)}
_BACK = {"conv": (2, 3, 1, 0), "conv_transpose": (2, 3, 0, 1), "linear": (1, 0)}


class Layer(NamedTuple):
    """One layer under both names.

    Attributes:
      there: prefix in the state dict, such as `model.3`.
      here: name in the parameter tree, such as `conv_1`.
      kind: of layer.
      pixels: which axis of a `linear` kernel runs over pixels: 0 in, 1 out, none.
    """

    there: str
    here: str
    kind: Kind
    pixels: int | None = None


def layers(params: Mapping[str, Any], *, critic: bool) -> Iterator[Layer]:
    """Lists the layers of a network, in the order of the PyTorch module's parameters.

    Args:
      params: its parameter tree (arrays or shapes).
      critic: whether it is the critic.
    """
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
    if params[last]["kernel"].ndim == 4:
        yield Layer(f"model.{place}", last, convolution)
    else:
        yield Layer(f"model.{place}", last, "linear", None if critic else 1)


def to_torch(
    params: Mapping[str, Any],
    batch_stats: Mapping[str, Any] | None,
    image_shape: tuple[int, int, int],
    *,
    batches: int = 0,
) -> Arrays:
    """Turns the parameters of a network into a PyTorch state dict.

    Args:
      params: of the generator or the critic.
      batch_stats: the generator's running statistics; none: this is the critic.
      image_shape: (H, W, D).
      batches: value of `num_batches_tracked`, the forward passes in training mode so far.

    Returns:
      Arrays of the same dtype by PyTorch name, in PyTorch's order; their memory may be that of `params`.
    """
    found: Arrays = {}
    for there, here, kind, pixels in layers(params, critic=batch_stats is None):
        own = {name: np.asarray(value) for name, value in params[here].items()}
        if kind == "embedding":
            found[f"{there}.weight"] = own["embedding"]
        elif kind == "batch_norm":
            stats = (batch_stats or {})[here]
            found[f"{there}.weight"], found[f"{there}.bias"] = own["scale"], own["bias"]
            found[f"{there}.running_mean"] = np.asarray(stats["mean"])
            found[f"{there}.running_var"] = np.asarray(stats["var"])
            found[f"{there}.{BATCHES}"] = np.asarray(batches, np.int64)
        else:
            kernel, bias = own["kernel"], own["bias"]
            if pixels is not None:
                order = _planes_first(image_shape, kernel.shape[pixels])
                kernel, bias = kernel.take(order, pixels), bias.take(order) if pixels else bias
            found[f"{there}.weight"], found[f"{there}.bias"] = kernel.transpose(_THERE[kind]), bias
    return found


def from_torch(
    state_dict: Mapping[str, np.ndarray], template: Mapping[str, Any], image_shape: tuple[int, int, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Turns a state dict into parameters and running statistics; the inverse of `to_torch`.

    Args:
      state_dict: arrays by PyTorch name, with the names and shapes that `to_torch` gives for `template`.
      template: the parameter tree wanted (arrays or shapes); with running statistics, so a generator's, if
        `state_dict` has them.
      image_shape: (H, W, D).
    """
    params: dict[str, Any] = {}
    batch_stats: dict[str, Any] = {}
    for there, here, kind, pixels in layers(template, critic="score" in template):
        weight = state_dict[f"{there}.weight"]
        if kind == "embedding":
            params[here] = {"embedding": weight}
            continue
        bias = state_dict[f"{there}.bias"]
        if kind == "batch_norm":
            params[here] = {"scale": weight, "bias": bias}
            batch_stats[here] = {
                "mean": state_dict[f"{there}.running_mean"],
                "var": state_dict[f"{there}.running_var"],
            }
            continue
        kernel = weight.transpose(_BACK[kind])
        if pixels is not None:
            order = np.argsort(_planes_first(image_shape, kernel.shape[pixels]))
            kernel, bias = kernel.take(order, pixels), bias.take(order) if pixels else bias
        params[here] = {"kernel": kernel, "bias": bias}
    return params, batch_stats


def _planes_first(image_shape: tuple[int, int, int], count: int) -> np.ndarray:
    """Where each of PyTorch's flattened [D, H, W] pixels is in [H, W, D]; what stands behind them stays."""
    pixels = int(np.prod(image_shape))
    order = np.arange(pixels).reshape(image_shape).transpose(2, 0, 1).ravel()
    return np.concatenate([order, np.arange(pixels, count)])
