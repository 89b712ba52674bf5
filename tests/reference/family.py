"""The GAN family in plain PyTorch, NCHW: networks and losses from the reference document and the papers.

Layers have the names they have in the package, so that weights are carried over by name (`family_steps`).
The bias of a convolution before a norm has no effect and stays where it is (`requires_grad`).
"""

import torch
from torch import nn
from torch.nn import functional as F


class ConditionalBatchNorm(nn.Module):
    """Batch norm whose scale and bias are those of the example's class (arXiv:1707.00683)."""

    def __init__(self, classes, channels):
        super().__init__()
        self.scale, self.bias = (nn.Parameter(torch.ones(classes, channels)) for _ in range(2))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x, y):
        x = F.batch_norm(x, self.running_mean, self.running_var, training=self.training, momentum=0.1)
        places = (...,) + (None,) * (x.ndim - 2)
        return x * self.scale[y][places] + self.bias[y][places]


class SelfAttention(nn.Module):
    """arXiv:1805.08318, Eq. 1 to 3: f, g, h, v are key, query, value, out; gamma is the gate."""

    def __init__(self, channels):
        super().__init__()
        inner = max(1, channels // 8)
        self.key, self.query, self.value = (nn.Conv2d(channels, inner, 1, bias=False) for _ in range(3))
        self.out = nn.Conv2d(inner, channels, 1, bias=False)
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        f, g, h = (layer(x).flatten(2) for layer in (self.key, self.query, self.value))
        beta = torch.softmax(f.transpose(1, 2) @ g, dim=1)  # beta[i, j]: how much of place i is seen at j
        seen = (h @ beta).unflatten(2, x.shape[2:])
        return self.gate * self.out(seen) + x


def norm_layer(kind, width, classes=0):
    if kind == "batch":
        return ConditionalBatchNorm(classes, width) if classes else nn.BatchNorm2d(width)
    return nn.InstanceNorm2d(width) if kind == "instance" else nn.Identity()


class ConvGenerator(nn.Module):
    """The GAN family's DCGAN (slope 0), cwgan_gp_conv (1e-4); with attention and conditional norms SAGAN."""

    def __init__(self, latent, labels, widths, channels, *, first=4, slope=0.0, biases=True, attention=None):
        super().__init__()
        classes, embedding = labels
        self.count, self.slope, self.at = len(widths), slope, attention
        self.conditional = classes > 0 and embedding == 0
        if classes and embedding:
            self.label_embed = nn.Embedding(classes, embedding)
        before = latent + (embedding if classes else 0)
        for i, width in enumerate(widths):
            place = {"stride": 2, "padding": 1} if i else {}
            layer = nn.ConvTranspose2d(before, width, 4 if i else first, bias=biases, **place)
            if biases:
                layer.bias.requires_grad_(False)
            self.add_module(f"conv_{i}", layer)
            self.add_module(f"norm_{i}", norm_layer("batch", width, classes if self.conditional else 0))
            if attention == first * 2**i:
                self.attention = SelfAttention(width)
            before = width
        self.image = nn.ConvTranspose2d(before, channels, 4, stride=2, padding=1, bias=biases)

    def forward(self, z, y):
        if hasattr(self, "label_embed"):
            z = torch.cat([z, self.label_embed(y)], 1)
        x = z[:, :, None, None]
        for i in range(self.count):
            norm = getattr(self, f"norm_{i}")
            x = getattr(self, f"conv_{i}")(x)
            x = F.leaky_relu(norm(x, y) if self.conditional else norm(x), self.slope)
            if x.shape[2] == self.at:
                x = self.attention(x)
        return torch.tanh(self.image(x))


class ConvCritic(nn.Module):
    """The GAN family's DCGAN before the sigmoid; SAGAN's critic with attention and projection."""

    def __init__(self, labels, widths, channels, *, last=4, norm="batch", biases=True, attention=None):
        super().__init__()
        classes, embedding = labels
        self.count, self.at = len(widths), attention
        if classes and embedding:
            self.label_embed = nn.Embedding(classes, embedding)
        before = channels + (embedding if classes else 0)
        for i, width in enumerate(widths):
            layer = nn.Conv2d(before, width, 4, stride=2, padding=1, bias=biases)
            normed = i > 0 and norm != "off"
            if biases and normed:
                layer.bias.requires_grad_(False)
            self.add_module(f"conv_{i}", layer)
            self.add_module(f"norm_{i}", norm_layer(norm if normed else "off", width))
            if attention == last * 2 ** (len(widths) - 1 - i):
                self.attention = SelfAttention(width)
            before = width
        self.score = nn.Conv2d(before, 1, last, bias=biases)
        if classes and not embedding:  # arXiv:1802.05637, Eq. 5
            self.projection = nn.Embedding(classes, before)

    def forward(self, x, y):
        if hasattr(self, "label_embed"):
            planes = self.label_embed(y)[:, :, None, None].expand(-1, -1, *x.shape[2:])
            x = torch.cat([x, planes], 1)
        for i in range(self.count):
            x = F.leaky_relu(getattr(self, f"norm_{i}")(getattr(self, f"conv_{i}")(x)), 0.2)
            if x.shape[2] == self.at:
                x = self.attention(x)
        score = self.score(x).flatten()
        if hasattr(self, "projection"):
            score = score + (self.projection(y) * x.sum((2, 3))).sum(1)
        return score


class LinearGenerator(nn.Module):
    """That of wgan_gp_mlp, where the labels choose scale and bias of the norms if there are classes."""

    def __init__(self, latent, classes, features, shape):
        super().__init__()
        self.shape, self.classes, before = shape, classes, latent
        for i in range(4):
            width = features * 2**i
            self.add_module(f"linear_{i}", nn.Linear(before, width))
            if i:
                getattr(self, f"linear_{i}").bias.requires_grad_(False)
                own = ConditionalBatchNorm(classes, width) if classes else nn.BatchNorm1d(width)
                self.add_module(f"norm_{i}", own)
            before = width
        self.image = nn.Linear(before, shape[0] * shape[1] * shape[2])
        self.pixels = {"image": ("out", shape)}

    def forward(self, z, y):
        x = F.leaky_relu(self.linear_0(z), 0.2)
        for i in range(1, 4):
            norm = getattr(self, f"norm_{i}")
            x = getattr(self, f"linear_{i}")(x)
            x = F.leaky_relu(norm(x, y) if self.classes else norm(x), 0.2)
        return torch.tanh(self.image(x)).unflatten(1, self.shape)


class LinearCritic(nn.Module):
    """That of wgan_gp_mlp, with a projection if there are classes."""

    def __init__(self, classes, features, shape):
        super().__init__()
        self.linear_0 = nn.Linear(shape[0] * shape[1] * shape[2], 4 * features)
        self.linear_1 = nn.Linear(4 * features, 2 * features)
        self.score = nn.Linear(2 * features, 1)
        if classes:
            self.projection = nn.Embedding(classes, 2 * features)
        self.pixels = {"linear_0": ("in", shape)}

    def forward(self, x, y):
        x = F.leaky_relu(self.linear_0(x.flatten(1)), 0.2)
        x = F.leaky_relu(self.linear_1(x), 0.2)
        score = self.score(x).flatten()
        return score + (self.projection(y) * x).sum(1) if hasattr(self, "projection") else score


class Decoder(nn.Module):
    """BEGAN's, with transposed convolutions: codes to images, ELU, no norms."""

    def __init__(self, code, widths, channels, first=4):
        super().__init__()
        self.shape = (widths[0], first, first)
        self.linear_0 = nn.Linear(code, widths[0] * first * first)
        self.pixels = {"linear_0": ("out", self.shape)}
        self.count, before = len(widths), widths[0]
        for i, width in enumerate(widths[1:], 1):
            self.add_module(f"conv_{i}", nn.ConvTranspose2d(before, width, 4, stride=2, padding=1))
            before = width
        self.image = nn.ConvTranspose2d(before, channels, 4, stride=2, padding=1)

    def forward(self, code):
        x = F.elu(self.linear_0(code)).unflatten(1, self.shape)
        for i in range(1, self.count):
            x = F.elu(getattr(self, f"conv_{i}")(x))
        return self.image(x)


class DecoderGenerator(nn.Module):
    def __init__(self, latent, labels, widths, channels):
        super().__init__()
        self.label_embed = nn.Embedding(*labels)
        self.decoder = Decoder(latent + labels[1], widths, channels)

    def forward(self, z, y):
        return torch.tanh(self.decoder(torch.cat([z, self.label_embed(y)], 1)))


class AutoencoderCritic(nn.Module):
    """arXiv:1703.10717, Section 3.1; the score is minus the mean absolute error of the reconstruction."""

    def __init__(self, code, labels, widths, channels):
        super().__init__()
        self.label_embed, before = nn.Embedding(*labels), channels + labels[1]
        self.count = len(widths)
        for i, width in enumerate(widths):
            self.add_module(f"conv_{i}", nn.Conv2d(before, width, 4, stride=2, padding=1))
            before = width
        self.code = nn.Linear(before * 16, code)
        self.pixels = {"code": ("in", (before, 4, 4))}
        self.decoder = Decoder(code, widths[::-1], channels)

    def forward(self, x, y):
        planes = self.label_embed(y)[:, :, None, None].expand(-1, -1, *x.shape[2:])
        h = torch.cat([x, planes], 1)
        for i in range(self.count):
            h = F.elu(getattr(self, f"conv_{i}")(h))
        again = self.decoder(self.code(h.flatten(1)))
        return -torch.stack([nn.L1Loss()(*pair) for pair in zip(again, x, strict=True)])


class Points(nn.Module):
    """The GAN family's pair for points, ReLU; used as generator (D outputs) and as critic (one)."""

    def __init__(self, inputs, labels, features, depth, outputs, *, critic):
        super().__init__()
        self.critic, before = critic, inputs + labels[1] * (labels[0] > 0)
        if labels[0]:
            self.label_embed = nn.Embedding(*labels)
        self.depth = depth
        for i in range(depth):
            self.add_module(f"linear_{i}", nn.Linear(before, features))
            before = features
        self.last = nn.Linear(before, outputs)

    def forward(self, x, y):
        x = x.flatten(1)
        if hasattr(self, "label_embed"):
            x = torch.cat([x, self.label_embed(y)], 1)
        for i in range(self.depth):
            x = torch.relu(getattr(self, f"linear_{i}")(x))
        x = self.last(x)
        return x.flatten() if self.critic else x[:, :, None, None]
