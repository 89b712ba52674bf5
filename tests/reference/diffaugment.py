"""DiffAugment (arXiv:2006.10738) in plain PyTorch: one picture [C, H, W] at a time, see `augment`."""

import torch
from torch.nn import functional as F


def color(picture, numbers, p):
    """Brightness, saturation, contrast."""
    done, b, s, c = numbers.u() < p, numbers.u() - 0.5, 2 * numbers.u(), numbers.u() + 0.5
    if not done:
        return picture
    x = picture[:3] + b
    x = (x - x.mean(0, keepdim=True)) * s + x.mean(0, keepdim=True)
    x = (x - x.mean()) * c + x.mean()
    return torch.cat([x, picture[3:]])


def translate(picture, numbers, p):
    """By whole pixels, zeros come in."""
    done, sides = numbers.u() < p, picture.shape[1:]
    most = [int(side * 0.125 + 0.5) for side in sides]
    y, x = (int(numbers.u() * (2 * m + 1)) - m for m in most)
    room = F.pad(picture, [most[1]] * 2 + [most[0]] * 2)
    moved = room[:, most[0] + y :, most[1] + x :][:, : sides[0], : sides[1]]
    return moved if done else picture


def cut(picture, numbers, p):
    """Cutout: a half of each side, part of it maybe outside."""
    done, sides = numbers.u() < p, picture.shape[1:]
    sizes = [int(side * 0.5 + 0.5) for side in sides]
    first = [int(numbers.u() * (side + 1 - s % 2)) - s // 2 for side, s in zip(sides, sizes, strict=True)]
    mask = torch.ones(sides, dtype=torch.float64)
    mask[max(first[0], 0) : first[0] + sizes[0], max(first[1], 0) : first[1] + sizes[1]] = 0
    return picture * mask if done else picture
