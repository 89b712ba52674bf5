"""The convolutional pair in plain PyTorch for one, two or three axes of any lengths, channels first."""

import numpy as np
import torch
from torch import nn

SILENCE = 1e-3


def between(length, kernel):
    """Size of the kernel that halves, or that doubles to, so many places; one more where they are odd."""
    return kernel + length % 2


def pair(latent, labels, shape, features, *, kernel=4, view=False):
    """Generator and critic of standardised examples f[D, *lengths]; `labels` is (classes, embedding)."""
    channels, *lengths = shape
    maps = [lengths]
    while min(maps[-1]) > 7:
        maps.append([n // 2 for n in maps[-1]])
    maps = maps[1:]
    widths = [features * min(8, 2**i) for i in range(len(maps))]
    doubled = [min(8 * features, 2 * width) for width in widths]
    generator = Generator(latent, labels, maps[::-1], doubled[::-1], channels, kernel)
    hop = min(2 ** len(maps), 256)
    branch = View(hop, channels * (hop + 1), widths[-1]) if view else None
    return generator, Critic(labels, lengths, maps, widths, channels, kernel, branch)


class Generator(nn.Module):
    """z f[B, Z] and y i64[B] -> f[B, D, *lengths], without tanh."""

    def __init__(self, latent, labels, maps, widths, channels, kernel):
        super().__init__()
        self.axes = axes = len(maps[0])
        transposed, norm = getattr(nn, f"ConvTranspose{axes}d"), getattr(nn, f"BatchNorm{axes}d")
        self.label_embed = nn.Embedding(*labels)
        before, layers, steps = latent + labels[1], [], {"stride": 2, "padding": kernel // 2 - 1}
        for i, (lengths, width) in enumerate(zip(maps, widths, strict=True)):
            if i == 0:
                layers.append(transposed(before, width, tuple(lengths)))
            else:
                layers.append(transposed(before, width, tuple(between(n, kernel) for n in lengths), **steps))
            layers += [norm(width), nn.LeakyReLU(0.0001)]
            before = width
        layers.append(transposed(before, channels, kernel, **steps))
        self.model = nn.Sequential(*layers)

    def forward(self, z, y):
        z = torch.cat([z, self.label_embed(y)], 1)
        return self.model(z[(..., *[None] * self.axes)])


class Critic(nn.Module):
    """x f[B, D, *lengths] and y i64[B] -> f[B]; the label as constant planes behind the example."""

    def __init__(self, labels, example, maps, widths, channels, kernel, view):
        super().__init__()
        self.axes = axes = len(maps[0])
        conv, norm = getattr(nn, f"Conv{axes}d"), getattr(nn, f"InstanceNorm{axes}d")
        self.label_embed = nn.Embedding(*labels)
        before, layers = channels + labels[1], []
        for i, (lengths, width) in enumerate(zip([example, *maps[:-1]], widths, strict=True)):
            sizes = [between(n, kernel) for n in lengths]
            layers.append(conv(before, width, tuple(sizes), stride=2, padding=kernel // 2 - 1))
            layers += [norm(width)] * (i > 0) + [nn.LeakyReLU(0.2)]
            before = width
        self.model = nn.Sequential(*layers, conv(before, 1, tuple(maps[-1])))
        self.view = view

    def forward(self, x, y):
        planes = self.label_embed(y)[(..., *[None] * self.axes)].expand(-1, -1, *x.shape[2:])
        maps = self.model[:-1](torch.cat([x, planes], 1))
        if self.view is not None:
            maps = maps + self.view(x)
        return self.model[-1](maps).reshape(-1)


class View(nn.Module):
    """f[B, D, L] -> f[B, width, L // hop]: features of the short-time spectrum."""

    def __init__(self, hop, numbers, width):
        super().__init__()
        self.hop, self.linear = hop, nn.Linear(numbers, width)

    def forward(self, x):
        hop, (count, channels, _) = self.hop, x.shape
        window = torch.hann_window(2 * hop, dtype=x.dtype)
        padded = nn.functional.pad(x, (hop // 2, hop // 2)).flatten(0, 1)
        steps = {"window": window / window.norm(), "center": False, "return_complex": True}
        transform = torch.view_as_real(torch.stft(padded, 2 * hop, hop, **steps))
        level = torch.log1p(transform.square().sum(-1) / SILENCE) / np.log1p(1 / SILENCE)
        rows = level.reshape(count, channels * (hop + 1), -1).mT
        return nn.functional.leaky_relu(self.linear(rows), 0.2).mT


def view_there(params):
    """Our parameters of the view, by PyTorch's names; {} where there is none."""
    layers = params.get("view", {})
    return {
        f"view.{name}.{there}": np.moveaxis(np.asarray(layer[here]), 0, -1)
        for name, layer in layers.items()
        for here, there in (("kernel", "weight"), ("bias", "bias"))
    }


def view_back(arrays):
    """The inverse, as the part of a tree."""
    if "view.linear.weight" not in arrays:
        return {}
    return {
        "view": {"linear": {"kernel": arrays["view.linear.weight"].T, "bias": arrays["view.linear.bias"]}}
    }
