"""Weights carried between the package and `family`: which parameter is which, and how their axes lie."""

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from reference import family


class Entry(NamedTuple):
    """One tensor: its path here, the shape into which the array here is split, and where those axes go."""

    path: tuple
    tensor: torch.Tensor
    split: tuple
    axes: tuple

    def load(self, array):
        array = np.asarray(array).reshape(self.split).transpose(self.axes)
        with torch.no_grad():
            self.tensor.copy_(torch.tensor(array.reshape(self.tensor.shape)))

    def read(self, tensor):
        """As it lies here."""
        split = tensor.numpy(force=True).reshape([self.split[a] for a in self.axes])
        return split.transpose(np.argsort(self.axes))


def entries(module, path=()):
    """Every parameter of a module; those of the norms have axes (0,) or, with classes, (0, 1)."""
    pixels = getattr(module, "pixels", {})  # of R3GAN's critic a layer
    pixels = pixels if isinstance(pixels, dict) else {}
    for name, child in module.named_children():
        if isinstance(module, family.SelfAttention):
            yield Entry((*path, f"{name}_kernel"), child.weight, child.weight.shape[1::-1], (1, 0))
            continue
        yield from entries(child, (*path, name)) if has_own(child) else leaf(child, (*path, name), pixels)
    for name, value in module.named_parameters(recurse=False):
        if name in ("constant", "basis"):
            _, channels, height, width = value.shape
            yield Entry((*path, name), value, (height, width, channels), (2, 0, 1))
        else:
            yield Entry((*path, name), value, tuple(value.shape), tuple(range(value.ndim)))


def has_own(module):
    return any(True for _ in module.children()) or isinstance(module, family.ConditionalBatchNorm)


def leaf(layer, path, pixels):
    """The tensors of a layer of PyTorch's own."""
    name, weight = path[-1], getattr(layer, "weight", None)
    if isinstance(layer, nn.Embedding):
        yield Entry((*path, "kernel" if name == "projection" else "embedding"), weight, weight.shape, (0, 1))
        return
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        yield Entry((*path, "scale"), weight, weight.shape, (0,))
    elif isinstance(layer, nn.Conv2d):
        out, inputs, height, width = weight.shape
        yield Entry((*path, "kernel"), weight, (height, width, inputs, out), (3, 2, 0, 1))
    elif isinstance(layer, nn.ConvTranspose2d):
        inputs, out, height, width = weight.shape
        yield Entry((*path, "kernel"), weight, (height, width, inputs, out), (2, 3, 0, 1))
    elif isinstance(layer, nn.Linear):
        side, (depth, height, width) = pixels.get(name, ("", (1, 1, 1)))
        if side == "in":  # H, W, D here, D, H, W there
            yield Entry((*path, "kernel"), weight, (height, width, depth, len(weight)), (3, 2, 0, 1))
        elif side == "out":
            yield Entry((*path, "kernel"), weight, (weight.shape[1], height, width, depth), (3, 1, 2, 0))
            yield Entry((*path, "bias"), layer.bias, (height, width, depth), (2, 0, 1))
            return
        else:
            yield Entry((*path, "kernel"), weight, weight.shape[::-1], (1, 0))
    if getattr(layer, "bias", None) is not None:
        yield Entry((*path, "bias"), layer.bias, layer.bias.shape, (0,))


def statistics(module, critic=False):
    """Running statistics: {path here: tensor}."""
    names = {"running_mean": "mean", "running_var": "var", "style": "style"}
    found = {} if critic else dict(module.named_buffers())
    paths = {(*name.split(".")[:-1], names.get(name.split(".")[-1])): value for name, value in found.items()}
    return {path: value for path, value in paths.items() if path[-1]}


def carry(module, params, stats=None):
    """Loads the weights and running statistics of the package; all of them, and no other."""
    given = flat(params)
    for entry in entries(module):
        array = given.pop(entry.path)
        assert array.size == entry.tensor.numel(), entry.path
        entry.load(array)
    assert not given
    if stats is not None:
        given, own = flat(stats), statistics(module)
        assert given.keys() == own.keys()
        for path, array in given.items():
            own[path].copy_(torch.tensor(array))


def flat(tree):
    """Leaves by path."""
    if not isinstance(tree, dict):
        return {(): np.asarray(tree)}
    return {(name, *path): leaf for name, branch in tree.items() for path, leaf in flat(branch).items()}


def read(module, template, what=lambda tensor: tensor):
    """The parameters of a module, or `what` of them, by path and in the shapes of `template`."""
    found = {entry.path: entry.read(what(entry.tensor)) for entry in entries(module)}
    return {"/".join(path): found[path].reshape(array.shape) for path, array in flat(template).items()}


def gradient(tensor):
    """What `backward` left; zero where it did not come."""
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
