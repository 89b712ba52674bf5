"""The pair `table` in plain PyTorch; rows have two axes more, [B, D, 1, 1], as the steps take images."""

import torch
from torch import nn
from torch.nn import functional as F

from reference.family import norm_layer


class TableGenerator(nn.Module):
    def __init__(self, latent, labels, layout, features, depth, temperature=0.0):
        super().__init__()
        classes, embedding = labels
        self.layout, self.depth, self.temperature = layout, depth, temperature
        self.choices = sum(w for kind, w in layout if kind == "softmax") if temperature else 0
        self.conditional = classes > 0 and embedding == 0
        before = latent - self.choices
        if classes and embedding:
            self.label_embed = nn.Embedding(classes, embedding)
            before += embedding
        for i in range(depth):
            layer = nn.Linear(before, features)
            layer.bias.requires_grad_(False)
            self.add_module(f"linear_{i}", layer)
            norm = norm_layer("batch", features, classes) if self.conditional else nn.BatchNorm1d(features)
            self.add_module(f"norm_{i}", norm)
            before += features
        self.row = nn.Linear(before, sum(w for _, w in layout))

    def forward(self, z, y):
        size = z.shape[1] - self.choices
        x, gumbel = z[:, :size], -torch.log(-torch.log(torch.special.ndtr(z[:, size:])))
        if hasattr(self, "label_embed"):
            x = torch.cat([x, self.label_embed(y)], 1)
        for i in range(self.depth):
            norm, h = getattr(self, f"norm_{i}"), getattr(self, f"linear_{i}")(x)
            x = torch.cat([F.relu(norm(h, y) if self.conditional else norm(h)), x], 1)
        parts = []
        widths = [w for kind, w in self.layout if kind == "softmax"]
        noise = iter(gumbel.split(widths, 1) if self.choices else ())
        for (kind, _), part in zip(
            self.layout, self.row(x).split([w for _, w in self.layout], 1), strict=True
        ):
            if kind == "softmax" and self.choices:
                part = (part + next(noise)) / self.temperature
            parts.append(torch.tanh(part) if kind == "tanh" else torch.softmax(part, 1))
        return torch.cat(parts, 1)[:, :, None, None]


class TableCritic(nn.Module):
    def __init__(self, labels, width, features, depth):
        super().__init__()
        classes, embedding = labels
        self.depth, before = depth, width
        if classes and embedding:
            self.label_embed = nn.Embedding(classes, embedding)
            before += embedding
        for i in range(depth):
            self.add_module(f"linear_{i}", nn.Linear(before, features))
            before = features
        self.score = nn.Linear(before, 1)
        if classes and not embedding:
            self.projection = nn.Embedding(classes, before)

    def forward(self, x, y):
        x = x.flatten(1)
        if hasattr(self, "label_embed"):
            x = torch.cat([x, self.label_embed(y)], 1)
        for i in range(self.depth):
            x = F.leaky_relu(getattr(self, f"linear_{i}")(x), 0.2)
        score = self.score(x)[:, 0]
        return score + (self.projection(y) * x).sum(1) if hasattr(self, "projection") else score
