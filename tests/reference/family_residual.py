"""The residual pairs in plain PyTorch, NCHW: WGAN-GP's and SNGAN's of CIFAR-10, and R3GAN's."""

import torch
from torch import nn
from torch.nn import functional as F

from reference import family


class UpBlock(nn.Module):
    """arXiv:1704.00028, Appendix F: BN, ReLU, upsampling, 3x3, BN, ReLU, 3x3; upsampled 1x1 beside.

    Without the biases that norms cancel.
    """

    def __init__(self, channels, features, classes):
        super().__init__()
        self.norm_0 = family.norm_layer("batch", channels, classes)
        self.norm_1 = family.norm_layer("batch", features, classes)
        self.conv_0 = nn.Conv2d(channels, features, 3, padding=1, bias=False)
        self.conv_1 = nn.Conv2d(features, features, 3, padding=1, bias=False)
        self.shortcut = nn.Conv2d(channels, features, 1, bias=False)
        self.conditional = classes > 0

    def forward(self, x, y):
        def normed(layer, h):
            return torch.relu(layer(h, y) if self.conditional else layer(h))

        h = self.conv_0(F.interpolate(normed(self.norm_0, x), scale_factor=2, mode="nearest"))
        h = self.conv_1(normed(self.norm_1, h))
        return h + self.shortcut(F.interpolate(x, scale_factor=2, mode="nearest"))


class ResidualGenerator(nn.Module):
    """`widths`: of the smallest maps, then of each block."""

    def __init__(self, latent, labels, widths, shape):
        super().__init__()
        classes, embedding = labels
        channels, height, width = shape
        blocks = len(widths) - 1
        self.smallest = (widths[0], height // 2**blocks, width // 2**blocks)
        self.pixels = {"linear": ("out", self.smallest)}
        chooses = classes if embedding == 0 else 0
        if classes and embedding:
            self.label_embed = nn.Embedding(classes, embedding)
            latent += embedding
        self.linear = nn.Linear(latent, self.smallest[0] * self.smallest[1] * self.smallest[2])
        self.blocks = blocks
        for i in range(blocks):
            self.add_module(f"block_{i}", UpBlock(widths[i], widths[i + 1], chooses))
        self.norm = nn.BatchNorm2d(widths[-1])
        self.image = nn.Conv2d(widths[-1], channels, 3, padding=1)

    def forward(self, z, y):
        if hasattr(self, "label_embed"):
            z = torch.cat([z, self.label_embed(y)], 1)
        x = self.linear(z).unflatten(1, self.smallest)
        for i in range(self.blocks):
            x = getattr(self, f"block_{i}")(x, y)
        return torch.tanh(self.image(torch.relu(self.norm(x))))


class CriticBlock(nn.Module):
    """The critic's: ReLU, 3x3, ReLU, 3x3, mean pooling; the first one without its first ReLU."""

    def __init__(self, channels, features, *, halves, first, layer_norm):
        super().__init__()
        self.halves, self.first, self.layer_norm = halves, first, layer_norm
        hidden = features if first else channels
        self.conv_0 = nn.Conv2d(channels, hidden, 3, padding=1)
        self.conv_1 = nn.Conv2d(hidden, features, 3, padding=1)
        if halves or channels != features:
            self.shortcut = nn.Conv2d(channels, features, 1)

    def forward(self, x):
        def active(h):
            if self.layer_norm and not self.first:
                h = F.group_norm(h, 1)
            return torch.relu(h)

        h = self.conv_0(x if self.first else active(x))
        h = self.conv_1(active(h))
        if hasattr(self, "shortcut"):
            x = self.shortcut(x)
        return F.avg_pool2d(h, 2) + F.avg_pool2d(x, 2) if self.halves else h + x


class ResidualCritic(nn.Module):
    """Scores, and logits where it `reads`: then it does not see the labels."""

    def __init__(self, labels, widths, channels, *, halvings, layer_norm, pooling, reads):
        super().__init__()
        classes, embedding = labels
        if classes and embedding:
            self.label_embed = nn.Embedding(classes, embedding)
            channels += embedding
        self.blocks, self.pooling = len(widths), pooling
        for i, width in enumerate(widths):
            block = CriticBlock(channels, width, halves=i < halvings, first=i == 0, layer_norm=layer_norm)
            self.add_module(f"block_{i}", block)
            channels = width
        self.score = nn.Linear(channels, 1)
        if reads:
            self.auxiliary = nn.Linear(channels, classes)
        elif classes and not embedding:
            self.projection = nn.Embedding(classes, channels)

    def forward(self, x, y):
        if hasattr(self, "label_embed"):
            planes = self.label_embed(y)[:, :, None, None].expand(-1, -1, *x.shape[2:])
            x = torch.cat([x, planes], 1)
        for i in range(self.blocks):
            x = getattr(self, f"block_{i}")(x)
        x = torch.relu(x)
        h = x.sum((2, 3)) if self.pooling == "sum" else x.mean((2, 3))
        score = self.score(h).flatten()
        if hasattr(self, "projection"):
            score = score + (self.projection(y) * h).sum(1)
        return (score, self.auxiliary(h)) if hasattr(self, "auxiliary") else score


class R3Block(nn.Module):
    """arXiv:2501.05441, Figure 4: 1x1, bias and LReLU, grouped 3x3, bias and LReLU, 1x1; and the input."""

    def __init__(self, width, inside, groups):
        super().__init__()
        self.conv_0 = nn.Conv2d(width, inside, 1)
        self.conv_1 = nn.Conv2d(inside, inside, 3, padding=1, groups=groups)
        self.conv_2 = nn.Conv2d(inside, width, 1, bias=False)

    def forward(self, x):
        h = F.leaky_relu(self.conv_0(x), 0.2)
        return x + self.conv_2(F.leaky_relu(self.conv_1(h), 0.2))


def lowpass(channels):
    """[1, 2, 1] spread over two places: f[channels, 1, 4, 4]."""
    line = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8
    return (line[:, None] * line).expand(channels, 1, 4, 4)


def doubled(x):
    return F.conv_transpose2d(x, 4 * lowpass(x.shape[1]), stride=2, padding=1, groups=x.shape[1])


def halved(x):
    return F.conv2d(x, lowpass(x.shape[1]), stride=2, padding=1, groups=x.shape[1])


class R3(nn.Module):
    """Blocks of every stage, `widths` from the smallest maps to the largest."""

    def __init__(self, widths, blocks, expansion, group):
        super().__init__()
        self.stages, self.each = len(widths), blocks
        for i, width in enumerate(widths):
            for j in range(blocks):
                inside = expansion * width
                self.add_module(f"block_{i}_{j}", R3Block(width, inside, inside // group))

    def stage(self, x, i):
        for j in range(self.each):
            x = getattr(self, f"block_{i}_{j}")(x)
        return x


class R3Generator(R3):
    def __init__(self, latent, labels, widths, shape, *settings):
        super().__init__(widths, *settings)
        self.classes, embedding = labels
        channels, height, width = shape
        if self.classes:
            self.label_embed = nn.Linear(self.classes, embedding, bias=False)
            latent += embedding
        halvings = 2 ** (len(widths) - 1)
        self.linear = nn.Linear(latent, widths[0], bias=False)
        self.basis = nn.Parameter(torch.ones(1, widths[0], height // halvings, width // halvings))
        for i in range(1, len(widths)):
            if widths[i] != widths[i - 1]:
                self.add_module(f"up_{i}", nn.Conv2d(widths[i - 1], widths[i], 1, bias=False))
        self.image = nn.Conv2d(widths[-1], channels, 1, bias=False)

    def forward(self, z, y):
        if self.classes:
            z = torch.cat([z, self.label_embed(F.one_hot(y, self.classes).to(z.dtype))], 1)
        x = self.basis * self.linear(z)[:, :, None, None]
        for i in range(self.stages):
            if i:
                x = doubled(getattr(self, f"up_{i}")(x) if hasattr(self, f"up_{i}") else x)
            x = self.stage(x, i)
        return self.image(x)


class R3Critic(R3):
    def __init__(self, labels, widths, shape, *settings, reads):
        super().__init__(widths, *settings)
        self.classes, embedding = labels
        channels, height, width = shape
        halvings = 2 ** (len(widths) - 1)
        self.pixels = nn.Conv2d(channels, widths[-1], 1, bias=False)
        for i in range(len(widths) - 1):
            if widths[i] != widths[i + 1]:
                self.add_module(f"down_{i}", nn.Conv2d(widths[i + 1], widths[i], 1, bias=False))
        self.basis = nn.Parameter(torch.ones(1, widths[0], height // halvings, width // halvings))
        self.score = nn.Linear(widths[0], embedding if self.classes else 1, bias=False)
        if self.classes:
            self.projection = nn.Linear(self.classes, embedding, bias=False)
        if reads:
            self.auxiliary = nn.Linear(widths[0], self.classes)

    def forward(self, x, y):
        x = self.stage(self.pixels(x), self.stages - 1)
        for i in reversed(range(self.stages - 1)):
            x = halved(x)
            x = self.stage(getattr(self, f"down_{i}")(x) if hasattr(self, f"down_{i}") else x, i)
        features = (x * self.basis).sum((2, 3))
        h = self.score(features)
        if self.classes:
            h = h * self.projection(F.one_hot(y, self.classes).to(h.dtype))
        score = h.sum(1)
        return (score, self.auxiliary(features)) if hasattr(self, "auxiliary") else score


def pair(cfg, classes, depth):
    """Generator and critic of a config, for squares up to 32 pixels."""
    model, size, f = cfg.model, cfg.data.size, cfg.model.features
    reads = cfg.objective.auxiliary.critic > 0
    shape, doublings = (depth, size, size), {16: 2, 28: 2, 32: 3}[size]
    if model.architecture == "r3gan":
        settings = [f] * (doublings + 1), shape, model.blocks, model.expansion, model.group_channels
        generator = R3Generator(model.latent, (classes, model.embedding), *settings)
        return generator, R3Critic((classes, f), *settings, reads=reads)
    own, its = model.embeddings
    generator = ResidualGenerator(model.latent, (classes, own), [f] * (doublings + 1), shape)
    for module in generator.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = model.batch_norm_epsilon
    critic = ResidualCritic(
        (classes, its),
        [model.critic_features] * (doublings + 1),
        depth,
        halvings=doublings - 1,
        layer_norm=model.critic_norm == "layer",
        pooling=model.pooling,
        reads=reads,
    )
    return generator, critic
