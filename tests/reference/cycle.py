"""CycleGAN in plain PyTorch, NCHW: networks, pool and step as in the paper and its published code.

The layers are numbered as there, so that its state dicts fit. The biases before instance norms have no
effect, and stay where they are.
"""

import torch
from torch import nn


def still(layer):
    layer.bias.requires_grad_(False)
    return layer


class Block(nn.Module):
    """x + two 3x3 convolutions of x."""

    def __init__(self, width):
        super().__init__()
        half = lambda: [nn.ReflectionPad2d(1), still(nn.Conv2d(width, width, 3)), nn.InstanceNorm2d(width)]  # noqa: E731
        self.conv_block = nn.Sequential(*half(), nn.ReLU(), *half())

    def forward(self, x):
        return x + self.conv_block(x)


class Translator(nn.Module):
    """c7s1-f, d2f, d4f, blocks, u2f, uf, c7s1-D."""

    def __init__(self, depth, f, blocks):
        super().__init__()
        norm = lambda width: [nn.InstanceNorm2d(width), nn.ReLU()]  # noqa: E731
        layers = [nn.ReflectionPad2d(3), still(nn.Conv2d(depth, f, 7)), *norm(f)]
        for width in (f, 2 * f):
            down = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
            layers += [still(down), *norm(2 * width)]
        layers += [Block(4 * f) for _ in range(blocks)]
        for width in (2 * f, f):
            up = nn.ConvTranspose2d(2 * width, width, 3, stride=2, padding=1, output_padding=1)
            layers += [still(up), *norm(width)]
        self.model = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(f, depth, 7), nn.Tanh())

    def forward(self, x):
        return self.model(x)


class Patches(nn.Module):
    """4x4 convolutions, the first `count` of them with stride 2."""

    def __init__(self, depth, f, count):
        super().__init__()
        layers = [nn.Conv2d(depth, f, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        before = f
        for i in range(1, count + 1):
            width = f * min(2**i, 8)
            conv = nn.Conv2d(before, width, 4, stride=2 if i < count else 1, padding=1)
            layers += [still(conv), nn.InstanceNorm2d(width), nn.LeakyReLU(0.2)]
            before = width
        self.model = nn.Sequential(*layers, nn.Conv2d(before, 1, 4, stride=1, padding=1))

    def forward(self, x):
        return self.model(x)


class Pool:
    """A list of images; `draws(i)` gives the coin and the place that image i of a batch draws."""

    def __init__(self, size):
        self.size, self.images = size, []

    def query(self, images, draws):
        if self.size == 0:
            return images
        given = []
        for i, image in enumerate(images):
            coin, place = draws(i)
            if len(self.images) < self.size:
                self.images.append(image)
                given.append(image)
            elif coin:
                given.append(self.images[place])
                self.images[place] = image
            else:
                given.append(image)
        return torch.stack(given)


def adversarial(loss, score, real):
    """The published code's GANLoss for some of the objectives: of scores of real or of generated pictures."""
    if loss == "least_squares":
        return nn.MSELoss()(score, torch.full_like(score, float(real)))
    return nn.BCEWithLogitsLoss()(score, torch.full_like(score, float(real)))


class Model:
    """The four networks, their two optimizers, and the pools."""

    def __init__(self, networks, cfg):
        self.networks, self.cfg = networks, cfg
        self.pools = {domain: Pool(cfg.translation.pool) for domain in "AB"}
        betas = (cfg.optimizer.beta1, cfg.optimizer.beta2)
        rates = cfg.optimizer.generator_learning_rate, cfg.optimizer.critic_learning_rate
        self.optimizers = [
            torch.optim.Adam([p for name in names for p in networks[name].parameters()], rate, betas)
            for names, rate in zip((("AtoB", "BtoA"), ("critic_A", "critic_B")), rates, strict=True)
        ]

    def step(self, real, draws):
        """One update from pictures by domain; `draws[domain]` as `Pool.query` takes them. The losses."""
        there, back, critic_a, critic_b = (
            self.networks[name] for name in ("AtoB", "BtoA", "critic_A", "critic_B")
        )
        section, l1, a, b = self.cfg.translation, nn.L1Loss(), real["A"], real["B"]
        loss = self.cfg.objective.loss
        fake_b, fake_a = there(a), back(b)
        found = {
            "AtoB_loss": adversarial(loss, critic_b(fake_b), True),
            "BtoA_loss": adversarial(loss, critic_a(fake_a), True),
            "cycle_A": l1(back(fake_b), a),
            "cycle_B": l1(there(fake_a), b),
        }
        weights = {"cycle_A": section.cycle, "cycle_B": section.cycle}
        if section.identity:
            found |= {"identity_A": l1(back(a), a), "identity_B": l1(there(b), b)}
            weights |= {"identity_A": section.identity, "identity_B": section.identity}
        found["generator_loss"] = sum(weights.get(name, 1) * value for name, value in found.items())
        self.optimizers[0].zero_grad()
        found["generator_loss"].backward()
        self.optimizers[0].step()
        self.optimizers[1].zero_grad()
        for domain, fake in (("B", fake_b), ("A", fake_a)):
            critic = self.networks[f"critic_{domain}"]
            given = self.pools[domain].query(fake.detach(), draws[domain])
            value = adversarial(loss, critic(real[domain]), True) + adversarial(loss, critic(given), False)
            found[f"critic_{domain}_loss"] = value / 2
            found[f"critic_{domain}_loss"].backward()
        self.optimizers[1].step()
        return {name: value.detach() for name, value in found.items()}
