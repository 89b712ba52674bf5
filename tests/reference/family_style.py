"""The GAN family's style generator in plain PyTorch, NCHW."""

import torch
from torch import nn
from torch.nn import functional as F


class Mapping(nn.Module):
    """Eight Linear + LReLU 0.2 on a normalised z; the label's embedding behind it."""

    def __init__(self, latent, labels):
        super().__init__()
        self.label_embed = nn.Embedding(*labels)
        for i in range(8):
            self.add_module(f"linear_{i}", nn.Linear(latent + (0 if i else labels[1]), latent))

    def forward(self, z, y):
        w = z / torch.sqrt((z**2).mean(1, keepdim=True) + 1e-8)
        w = torch.cat([w, self.label_embed(y)], 1)
        for i in range(8):
            w = F.leaky_relu(getattr(self, f"linear_{i}")(w), 0.2)
        return w


def adaptive_instance_norm(x, style):
    """arXiv:1703.06868, Eq. 8, where the style holds the scale less one, then the bias."""
    scale, bias = style[:, :, None, None].chunk(2, dim=1)
    return F.instance_norm(x) * (1 + scale) + bias


class Synthesis(nn.Module):
    """Constant; per resolution twice AdaIN, 3x3 convolution, ReLU; bilinear upsampling; tanh at the end."""

    def __init__(self, latent, widths, channels):
        super().__init__()
        self.constant, self.count = nn.Parameter(torch.ones(1, widths[0], 4, 4)), 2 * len(widths)
        before = widths[0]
        for i in range(self.count):
            self.add_module(f"style_{i}", nn.Linear(latent, 2 * before))
            self.add_module(f"conv_{i}", nn.Conv2d(before, widths[i // 2], 3, padding=1))
            before = widths[i // 2]
        self.image = nn.Conv2d(before, channels, 3, padding=1)

    def forward(self, styles):
        x = self.constant.expand(len(styles), -1, -1, -1)
        for i in range(self.count):
            x = adaptive_instance_norm(x, getattr(self, f"style_{i}")(styles[:, i]))
            x = torch.relu(getattr(self, f"conv_{i}")(x))
            if i % 2 == 1:
                x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        return torch.tanh(self.image(x))


class StyleGenerator(nn.Module):
    def __init__(self, latent, labels, widths, channels):
        super().__init__()
        self.mapping, self.synthesis = Mapping(latent, labels), Synthesis(latent, widths, channels)
        self.register_buffer("style", torch.zeros(latent))

    def forward(self, z, y):
        w = self.mapping(z, y)
        if self.training:
            self.style = 0.995 * self.style + 0.005 * w.detach().mean(0)
        return self.synthesis(self.styles(w))

    def styles(self, w):
        return w[:, None].expand(-1, self.synthesis.count, -1)

    def truncated(self, z, y, psi):
        w = self.mapping(z, y)
        return self.styles(self.style + psi * (w - self.style))
