"""StyleGAN2 in plain PyTorch, NCHW, under the names of NVlabs/stylegan2-ada-pytorch.

Kernels are modulated for each example, and the filter is a convolution: nothing is as in the package.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def heights(size):
    found = [size]
    while found[-1] > 7:
        found.append(found[-1] // 2)
    return found[::-1]


def filtered(x, up=1, down=1, padding=(0, 0)):
    """Zeros between the pixels, zeros around them, [1, 3, 3, 1] both ways, every `down`th pixel."""
    channels, taps = x.shape[1], torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=x.dtype)
    if up > 1:
        spread = torch.zeros(*x.shape[:2], x.shape[2] * up, x.shape[3] * up, dtype=x.dtype)
        spread[:, :, ::up, ::up], x = x, spread
    kernel = torch.outer(taps, taps) / 64 * up**2
    x = F.pad(x, (*padding, *padding))
    return F.conv2d(x, kernel.expand(channels, 1, 4, 4), groups=channels, stride=down)


def lrelu(x, gain=1.0):
    return F.leaky_relu(x, 0.2) * (2**0.5 * gain)


def unit(x):
    return x / torch.sqrt((x**2).mean(1, keepdim=True) + 1e-8)


class Dense(nn.Module):
    def __init__(self, before, after, *, bias=0.0, multiplier=1.0, active=False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before) / multiplier)
        self.bias = nn.Parameter(torch.full((after,), bias))
        self.multiplier, self.active = multiplier, active

    def forward(self, x):
        weight = self.weight * self.multiplier / np.sqrt(self.weight.shape[1])
        x = F.linear(x, weight, self.bias * self.multiplier)
        return lrelu(x) if self.active else x


class Convolution(nn.Module):
    def __init__(self, before, after, size, *, down=False, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(after, before, size, size))
        self.bias = nn.Parameter(torch.zeros(after)) if bias else None
        self.down = down

    def forward(self, x, gain=1.0):
        weight, edge = self.weight / np.sqrt(self.weight[0].numel()), self.weight.shape[2] // 2
        if self.down:
            x = F.conv2d(filtered(x, padding=(edge + 1, edge + 1)), weight, stride=2)
        else:
            x = F.conv2d(x, weight, padding=edge)
        return x * gain if self.bias is None else lrelu(x + self.bias[:, None, None], gain)


class Mapping(nn.Module):
    def __init__(self, latent, classes, width, depth, embedding):
        super().__init__()
        self.count = depth
        if classes:
            self.embed = Dense(classes, embedding)
        before = latent + (embedding if classes else 0)
        for i in range(depth):
            self.add_module(f"fc{i}", Dense(before, width, multiplier=0.01, active=True))
            before = width
        if latent:
            self.register_buffer("w_avg", torch.zeros(width))

    def forward(self, z, y):
        """y: one-hot f[B, C]."""
        parts = ([] if z is None else [unit(z)]) + ([unit(self.embed(y))] if y.shape[1] else [])
        x = torch.cat(parts, 1)
        for i in range(self.count):
            x = getattr(self, f"fc{i}")(x)
        return x


def modulated(x, weight, scale, *, up=0, demodulate=True):
    """A kernel for each example, all examples as groups of one convolution; `up`: to how many pixels."""
    count, channels, *size = x.shape
    own = weight[None] * scale[:, None, :, None, None]
    if demodulate:
        own = own / torch.sqrt((own**2).sum((2, 3, 4), keepdim=True) + 1e-8)
    x, outputs = x.reshape(1, count * channels, *size), weight.shape[0]
    if up:
        kernel = own.transpose(1, 2).reshape(count * channels, outputs, *weight.shape[2:])
        x = F.conv_transpose2d(x, kernel, stride=2, groups=count)
        x = x.reshape(count, outputs, *x.shape[2:])
        return 4 * filtered(x, padding=(1, 1 + up % 2))
    x = F.conv2d(x, own.flatten(0, 1), padding=weight.shape[2] // 2, groups=count)
    return x.reshape(count, outputs, *x.shape[2:])


class Layer(nn.Module):
    def __init__(self, latent, before, after, height, *, up):
        super().__init__()
        self.up = height if up else 0
        self.affine = Dense(latent, before, bias=1.0)
        self.weight = nn.Parameter(torch.randn(after, before, 3, 3))
        self.bias = nn.Parameter(torch.zeros(after))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(height, height))

    def forward(self, x, w, noise=None):
        x = modulated(x, self.weight, self.affine(w), up=self.up)
        noise = self.noise_const[None] if noise is None else noise
        x = x + self.noise_strength * noise[:, None]
        return lrelu(x + self.bias[:, None, None])


class ToImage(nn.Module):
    def __init__(self, latent, before, depth):
        super().__init__()
        self.affine = Dense(latent, before, bias=1.0)
        self.weight = nn.Parameter(torch.randn(depth, before, 1, 1))
        self.bias = nn.Parameter(torch.zeros(depth))

    def forward(self, x, w):
        scale = self.affine(w) / np.sqrt(self.weight.shape[1])
        return modulated(x, self.weight, scale, demodulate=False) + self.bias[:, None, None]


class Block(nn.Module):
    def __init__(self, latent, before, after, height, depth):
        super().__init__()
        if before:
            self.conv0 = Layer(latent, before, after, height, up=True)
        else:
            self.const = nn.Parameter(torch.randn(after, height, height))
        self.conv1 = Layer(latent, after, after, height, up=False)
        self.torgb = ToImage(latent, after, depth)


class Synthesis(nn.Module):
    def __init__(self, latent, widths, size, depth):
        super().__init__()
        self.heights, before = heights(size), 0
        for height, width in zip(self.heights, widths, strict=True):
            self.add_module(f"b{height}", Block(latent, before, width, height, depth))
            before = width

    def forward(self, ws, noises=None):
        """ws f[B, L, Z], noises: one f[B, H, H] for each convolution."""
        noises = [None] * (2 * len(self.heights) - 1) if noises is None else noises
        image, i = None, 0
        for height in self.heights:
            block = getattr(self, f"b{height}")
            if image is None:
                x = block.const.expand(len(ws), -1, -1, -1)
            else:
                x = block.conv0(x, ws[:, i], noises[i])
                i += 1
            x = block.conv1(x, ws[:, i], noises[i])
            i += 1
            own = block.torgb(x, ws[:, i])
            edges = (2, 1 + height % 2)
            image = own if image is None else filtered(image, up=2, padding=edges) + own
        return image


class Generator(nn.Module):
    def __init__(self, latent, classes, widths, size, depth, *, mapping_layers, embedding):
        super().__init__()
        self.mapping = Mapping(latent, classes, latent, mapping_layers, embedding)
        self.synthesis = Synthesis(latent, widths, size, depth)
        self.count = 2 * len(widths)

    def styles(self, z, y, mixing=None):
        """f[B, L, Z]; `mixing`: second latents f[B, Z], and from which layer i64[B] on they count."""
        ws = self.mapping(z, y)[:, None].repeat(1, self.count, 1)
        if mixing is None:
            return ws
        other, first = mixing
        mixed = []
        for own, second, start in zip(ws, self.mapping(other, y), first.tolist(), strict=True):
            mixed.append(torch.cat([own[:start], second.expand(self.count - start, -1)]))
        return torch.stack(mixed)

    def follow(self, z, y):
        """The running mean of w after a batch."""
        with torch.no_grad():
            self.mapping.w_avg.lerp_(self.mapping(z, y).mean(0), 0.005)


class CriticBlock(nn.Module):
    def __init__(self, width, narrower, depth, *, first, residual):
        super().__init__()
        if first:
            self.fromrgb = Convolution(depth, width, 1)
        self.conv0 = Convolution(width, width, 3)
        self.conv1 = Convolution(width, narrower, 3, down=True)
        self.residual = residual
        if residual:
            self.skip = Convolution(width, narrower, 1, down=True, bias=False)

    def forward(self, x):
        if self.residual:
            return self.skip(x, 0.5**0.5) + self.conv1(self.conv0(x), 0.5**0.5)
        return self.conv1(self.conv0(x))


class Last(nn.Module):
    def __init__(self, width, height, classes, group):
        super().__init__()
        self.group = group
        self.conv = Convolution(width + (group > 1), width, 3)
        self.fc = Dense(width * height**2, width, active=True)
        self.out = Dense(width, width if classes else 1)

    def forward(self, x):
        if self.group > 1:
            alike = []
            for group in x.split(self.group):
                spread = torch.sqrt(group.var(0, unbiased=False) + 1e-8).mean()
                alike.append(spread.expand(len(group), 1, *x.shape[2:]))
            x = torch.cat([x, torch.cat(alike)], 1)
        return self.out(self.fc(self.conv(x).flatten(1)))


class Critic(nn.Module):
    def __init__(self, classes, widths, size, depth, *, group=4, residual=True):
        super().__init__()
        *self.heights, last = heights(size)[::-1]
        if classes:
            self.mapping = Mapping(0, classes, widths[-1], 8, widths[-1])
        for i, height in enumerate(self.heights):
            shared = {"first": i == 0, "residual": residual}
            self.add_module(f"b{height}", CriticBlock(widths[i], widths[i + 1], depth, **shared))
        self.last = f"b{last}"
        self.add_module(self.last, Last(widths[-1], last, classes, group))

    def forward(self, x, y):
        x = getattr(self, f"b{self.heights[0]}").fromrgb(x)
        for height in self.heights:
            x = getattr(self, f"b{height}")(x)
        x = getattr(self, self.last)(x)
        if not y.shape[1]:
            return x[:, 0]
        return (x * self.mapping(None, y)).sum(1) / np.sqrt(x.shape[1])
