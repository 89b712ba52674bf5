"""The augmentation of arXiv:2006.06676 in plain PyTorch: one picture [C, H, W] at a time.

Written from the papers' formulas: flips and turns by torch's own, the geometry as the composed homogeneous
matrix on a padded picture with zeros between its pixels, colours as a product of 4x4 matrices. The random
numbers are those that the package draws, taken in the same order.
"""

import math

import torch
from torch.nn import functional as F

from reference import diffaugment

SYM6 = torch.tensor(
    [
        *(0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633),
        *(0.4910559419267466, 0.787641141030194, 0.3379294217276218, -0.07263752278646252),
        *(-0.021060292512300564, 0.04472490177066578, 0.0017677118642428036, -0.007800708325034148),
    ],
    dtype=torch.float64,
)
SYM2 = torch.tensor(
    [-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025], dtype=torch.float64
)


class Numbers:
    """Uniform and normal numbers, taken in turn."""

    def __init__(self, uniform, normal, noise):
        self.uniform, self.normal = (list(map(float, each)) for each in (uniform, normal))
        self.noise = noise

    def u(self):
        return self.uniform.pop(0)

    def n(self):
        return self.normal.pop(0)


def matrix(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def translation(x, y):
    return matrix([1, 0, x], [0, 1, y], [0, 0, 1])


def scaling(x, y):
    return matrix([x, 0, 0], [0, y, 0], [0, 0, 1])


def rotation(angle):
    cos, sin = math.cos(angle), math.sin(angle)
    return matrix([cos, -sin, 0], [sin, cos, 0], [0, 0, 1])


def blit(numbers, p, height, width):
    """Whether it is flipped, how many quarters it is turned, and its shift to the right and down."""
    flip = [numbers.u() < p, int(numbers.u() * 2)]
    turn = [numbers.u() < p, int(numbers.u() * 4)]
    moves, x, y = numbers.u() < p, numbers.u(), numbers.u()
    shift = round((2 * x - 1) * 0.125 * width), round((2 * y - 1) * 0.125 * height)
    return flip[0] * flip[1], turn[0] * turn[1], shift if moves else (0, 0)


def blitted(picture, flip, quarters, shift):
    """By torch.flip and torch.rot90, and a crop of the mirrored picture."""
    if flip:
        picture = picture.flip(2)
    picture = torch.rot90(picture, quarters, (1, 2))
    (x, y), (height, width) = shift, picture.shape[1:]
    room = max(abs(x), abs(y))
    return F.pad(picture[None], [room] * 4, "reflect")[0, :, room - y :, room - x :][:, :height, :width]


def general(numbers, p, height, width):
    """The inverse of scale, turn, proportion, turn and shift, and whether there is any of them."""
    either = 1 - math.sqrt(1 - p)
    done = [numbers.u() < chance for chance in (p, either, p, either, p)]
    scale, proportion = (2 ** (0.2 * numbers.n() * d) for d in (done[0], done[2]))
    before, after = ((2 * numbers.u() - 1) * math.pi * d for d in (done[1], done[3]))
    x, y = (0.125 * side * numbers.n() * done[4] for side in (width, height))
    found = scaling(1 / scale, 1 / scale) @ rotation(before)
    found = found @ scaling(1 / proportion, proportion) @ rotation(after)
    return found @ translation(-x, -y), any(done)


def filtered(picture, taps, *, step_in=1, step_out=1):
    """Each channel with the taps along both axes, after zeros between and before every second is taken."""
    channels, height, width = picture.shape
    apart = picture.new_zeros(channels, height * step_in, width * step_in)
    apart[:, ::step_in, ::step_in] = picture
    x = F.conv2d(apart[:, None], taps[None, None, :, None], stride=(step_out, 1))
    return F.conv2d(x, taps[None, None, None, :], stride=(1, step_out))[:, 0]


def mirrored(picture, x, y):
    """The picture with so many pixels more on each side; torch mirrors it only once at a time."""
    height, width = picture.shape[1:]
    while picture.shape[1:] != (height + 2 * y, width + 2 * x):
        now_y, now_x = ((a - b) // 2 for a, b in zip(picture.shape[1:], (height, width), strict=True))
        room = min(x - now_x, picture.shape[2] - 1), min(y - now_y, picture.shape[1] - 1)
        picture = F.pad(picture[None], [room[0]] * 2 + [room[1]] * 2, "reflect")[0]
    return picture


def resampled(picture, inverse):
    """`inverse` takes (x, y, 1) of the result, in pixels from the centre, to the picture.

    The picture is mirrored a few times on each side; what lies beyond is an error.
    """
    height, width = picture.shape[1:]
    room = 4 * (width - 1), 4 * (height - 1)
    padded = mirrored(picture, *room)
    # Place n of the fine picture is at pixel n / 2: y_n = sum_j f_j z_(n + 5 - j), z with zeros between.
    fine = filtered(padded, math.sqrt(2) * SYM6.flip(0), step_in=2)
    column, row = (torch.arange(2 * side + 12, dtype=torch.float64) / 2 - 3 for side in (width, height))
    y, x = torch.meshgrid(row - (height - 1) / 2, column - (width - 1) / 2, indexing="ij")
    place = torch.stack([x, y, torch.ones_like(x)], -1) @ inverse.T
    # The filter takes six places in front.
    u, v = (2 * (place[..., i] + (s - 1) / 2 + room[i]) - 6 for i, s in ((0, width), (1, height)))
    assert min(u.min(), v.min()) >= 0, "outside"
    assert u.max() <= fine.shape[2] - 1, "outside"
    assert v.max() <= fine.shape[1] - 1, "outside"
    grid = torch.stack([2 * u / (fine.shape[2] - 1) - 1, 2 * v / (fine.shape[1] - 1) - 1], -1)
    seen = F.grid_sample(fine[None], grid[None], mode="bilinear", align_corners=True)[0]
    return filtered(seen[:, 1:-1, 1:-1], SYM6 / math.sqrt(2), step_out=2)


def geometry(picture, numbers, p, *, blits, generals):
    height, width = picture.shape[1:]
    flip, quarters, shift = blit(numbers, p, height, width) if blits else (0, 0, (0, 0))
    matrix, resamples = general(numbers, p, height, width) if generals else (None, False)
    if not resamples:
        return blitted(picture, flip, quarters, shift)
    whole = scaling(1 - 2 * flip, 1) @ rotation(math.pi / 2 * quarters) @ translation(-shift[0], -shift[1])
    return resampled(picture, whole @ matrix)


def colour(picture, numbers, p):
    """4x4 matrices one after the other; of grey pictures the mean of the rows."""
    done = [numbers.u() < p for _ in range(5)]
    bright, contrast, saturation = 0.2 * numbers.n(), 2 ** (0.5 * numbers.n()), 2 ** numbers.n()
    flip, angle = int(numbers.u() * 2), (2 * numbers.u() - 1) * math.pi
    eye = torch.eye(4, dtype=torch.float64)
    v = matrix([1, 1, 1, 0])[0] / math.sqrt(3)
    across = torch.outer(v, v)
    found = eye.clone()
    if done[0]:
        found[:3, 3] += bright
    if done[1]:
        found = torch.diag(matrix([contrast, contrast, contrast, 1])[0]) @ found
    if done[2]:
        found = (eye - 2 * across * flip) @ found
    grey = picture.shape[0] == 1
    if done[3] and not grey:  # Rodrigues' formula
        k = matrix([0, -v[2], v[1], 0], [v[2], 0, -v[0], 0], [-v[1], v[0], 0, 0], [0, 0, 0, 0])
        found = (eye + math.sin(angle) * k + (1 - math.cos(angle)) * k @ k) @ found
    if done[4] and not grey:
        found = (across + (eye - across) * saturation) @ found
    if grey:
        mean = found[:3].mean(0)
        return picture * mean[:3].sum() + mean[3]
    rest = picture[3:]
    turned = torch.einsum("oi,ihw->ohw", found[:3, :3], picture[:3]) + found[:3, 3, None, None]
    return torch.cat([turned, rest])


def bands():
    """f64[4, 43], by the recursion of the paper's code: spread, smooth, add what is left."""
    low = F.conv1d(SYM2[None, None], SYM2[None, None], padding=3)[0, 0] / 2
    sign = torch.tensor([-1.0, 1, -1, 1, -1, 1, -1], dtype=torch.float64)
    high = low * sign
    found = torch.zeros(4, 1, dtype=torch.float64)
    found[0] = 1
    for i in range(1, 4):
        spread = torch.zeros(4, 2 * found.shape[1] - 1, dtype=torch.float64)
        spread[:, ::2] = found
        found = F.conv1d(spread[:, None], low.flip(0)[None, None], padding=6)[:, 0]
        middle = found.shape[1] // 2
        found[i, middle - 3 : middle + 4] += high
    return found


def band_filter(picture, numbers, p):
    gain, power = torch.ones(4, dtype=torch.float64), matrix([10, 1, 1, 1])[0] / 13
    for i in range(4):
        one = torch.ones(4, dtype=torch.float64)
        done, size = numbers.u() < p, numbers.n()
        one[i] = 2**size if done else 1
        gain = gain * one / (power * one**2).sum().sqrt()
    taps = gain @ bands()
    colours, rest = picture[:3], picture[3:]
    half = len(taps) // 2
    return torch.cat([filtered(mirrored(colours, half, half), taps), rest])


def noise(picture, numbers, p):
    done, size = numbers.u() < p, abs(0.1 * numbers.n())
    return picture + (size * numbers.noise if done else 0)


def cutout(picture, numbers, p):
    done, centre = numbers.u() < p, (numbers.u(), numbers.u())
    height, width = picture.shape[1:]
    x = ((torch.arange(width) + 0.5) / width - centre[0]).abs() >= 0.25
    y = ((torch.arange(height) + 0.5) / height - centre[1]).abs() >= 0.25
    return picture * (x[None] | y[:, None]) if done else picture


def both(picture, numbers, p):
    return geometry(picture, numbers, p, blits=True, generals=True)


PIPELINES = {
    "blit": [lambda *args: geometry(*args, blits=True, generals=False)],
    "geom": [lambda *args: geometry(*args, blits=False, generals=True)],
    "bgcfnc": [both, colour, band_filter, noise, cutout],
    "diffaugment": [diffaugment.color, diffaugment.translate, diffaugment.cut],
}


def augment(name, picture, numbers, p):
    """A picture [C, H, W] in float64 after all of a pipeline."""
    for change in PIPELINES[name]:
        picture = change(picture, numbers, p)
    assert not numbers.normal  # all have been taken
    return picture
