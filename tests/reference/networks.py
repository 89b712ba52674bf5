"""The networks of the reference systems in plain PyTorch, NCHW, layer for layer."""

import torch
from torch import nn


class ConvGenerator(nn.Module):
    """cwgan_gp_conv: z f[B, 100] and y i64[B] -> f[B, 1, 32, 32]. Unconditional with `classes` 0.

    `widths` are the channels at 4x4, 8x8, ... pixels: (8f, 4f, 2f) in that system, which does not `smooth`
    and has no hidden layer of `full` size.
    """

    def __init__(self, latent, classes, embedding, widths, channels=1, eps=1e-5, smooth=False, full=0):
        super().__init__()
        widths = [*widths, full] if full else widths
        self.label_embed = nn.Embedding(classes, embedding) if classes else None
        before = latent + (embedding if classes else 0)
        layers = []
        for i, width in enumerate(widths):
            first = i == 0
            layers += [
                nn.ConvTranspose2d(before, width, 4, stride=1 if first else 2, padding=0 if first else 1),
                nn.BatchNorm2d(width, eps=eps),
                nn.LeakyReLU(0.0001),
            ]
            before = width
        last = (3, 1) if full else (4, 2)
        layers += [nn.ConvTranspose2d(before, channels, *last, padding=1)]
        layers += [nn.ReplicationPad2d(1), *[nn.AvgPool2d(2, stride=1)] * 2] if smooth else []
        layers += [nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, z, y):
        if self.label_embed is not None:
            z = torch.cat([z, self.label_embed(y)], 1)
        return self.model(z[:, :, None, None])


class ConvCritic(nn.Module):
    """cwgan_gp_conv: x f[B, 1, 32, 32] and y i64[B] -> f[B]; the label as constant planes behind the image.

    `widths` are the channels at half the image's size, a quarter, ...: (f, 2f, 4f) in that system.
    """

    def __init__(self, classes, embedding, widths, channels=1):
        super().__init__()
        self.label_embed = nn.Embedding(classes, embedding) if classes else None
        before = channels + (embedding if classes else 0)
        layers = []
        for i, width in enumerate(widths):
            layers.append(nn.Conv2d(before, width, 4, stride=2, padding=1))
            if i > 0:
                layers.append(nn.InstanceNorm2d(width))
            layers.append(nn.LeakyReLU(0.2))
            before = width
        layers.append(nn.Conv2d(before, 1, 4, stride=1, padding=0))
        self.model = nn.Sequential(*layers)

    def forward(self, x, y):
        if self.label_embed is not None:
            planes = self.label_embed(y)[:, :, None, None].repeat(1, 1, x.shape[2], x.shape[3])
            x = torch.cat([x, planes], 1)
        return self.model(x).reshape(-1)


class LinearGenerator(nn.Module):
    """wgan_gp_mlp: z f[B, 100] -> f[B, 1, 28, 28], widths (128, 256, 512, 1024).

    With classes it is that of cwgan_gp_mlp.
    """

    def __init__(self, latent, classes, embedding, widths, image_shape, eps=0.8):
        super().__init__()
        self.image_shape = image_shape  # D, H, W
        self.label_embed = nn.Embedding(classes, embedding) if classes else None
        before = latent + (embedding if classes else 0)
        layers = []
        for i, width in enumerate(widths):
            layers.append(nn.Linear(before, width))
            if i > 0:
                layers.append(nn.BatchNorm1d(width, eps=eps))
            layers.append(nn.LeakyReLU(0.2))
            before = width
        depth, height, across = image_shape
        layers += [nn.Linear(before, depth * height * across), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, z, y):
        if self.label_embed is not None:
            z = torch.cat([z, self.label_embed(y)], 1)
        return self.model(z).view(-1, *self.image_shape)


class LinearCritic(nn.Module):
    """wgan_gp_mlp: x f[B, 1, 28, 28] -> f[B], widths (512, 256); with classes that of cwgan_gp_mlp."""

    def __init__(self, classes, embedding, widths, image_shape):
        super().__init__()
        self.label_embed = nn.Embedding(classes, embedding) if classes else None
        depth, height, across = image_shape
        before = depth * height * across + (embedding if classes else 0)
        layers = []
        for width in widths:
            layers += [nn.Linear(before, width), nn.LeakyReLU(0.2)]
            before = width
        layers.append(nn.Linear(before, 1))
        self.model = nn.Sequential(*layers)

    def forward(self, x, y):
        x = x.flatten(1)
        if self.label_embed is not None:
            x = torch.cat([x, self.label_embed(y)], 1)
        return self.model(x).reshape(-1)


def cwgan_gp_conv(features=64):
    """The pair of the system, 32x32, ten classes."""
    f = features
    return ConvGenerator(100, 10, 10, (8 * f, 4 * f, 2 * f)), ConvCritic(10, 10, (f, 2 * f, 4 * f))


def wgan_gp_mlp():
    """The pair of the system, 28x28, unconditional."""
    return (
        LinearGenerator(100, 0, 0, (128, 256, 512, 1024), (1, 28, 28)),
        LinearCritic(0, 0, (512, 256), (1, 28, 28)),
    )
