"""Training steps of StyleGAN2 in plain PyTorch: logistic loss, lazy R1, lazy path lengths, averages."""

import copy
from typing import NamedTuple

import torch
from torch.nn import functional as F


class Draw(NamedTuple):
    """z, one-hot y, real images; second latents and crossovers; noise of each layer."""

    latent: torch.Tensor
    label: torch.Tensor
    real: torch.Tensor
    mixing: tuple
    noises: list


class Settings(NamedTuple):
    """R1's gamma and interval; the path lengths' weight, decay, interval and share; the average's numbers."""

    gamma: float
    r1_every: int
    weight: float
    decay: float
    path_every: int
    share: int
    half_life: float
    rampup: float


def adam(module, rate, betas, every):
    """For k + 1 steps where there would have been k (arXiv:1912.04958, Appendix B)."""
    c = every / (every + 1)
    return torch.optim.Adam(module.parameters(), c * rate, betas=tuple(beta**c for beta in betas))


class Trainer:
    """Both networks, their optimizers, the average of the generator, the mean path length."""

    def __init__(self, generator, critic, optimizers, settings):
        self.generator, self.critic, self.settings = generator, critic, settings
        self.optimizers = optimizers
        self.average, self.mean = copy.deepcopy(generator), torch.zeros((), dtype=torch.float64)
        self.last = {}

    def images(self, draw):
        self.generator.follow(draw.latent, draw.label)
        styles = self.generator.styles(draw.latent, draw.label, draw.mixing)
        return self.generator.synthesis(styles, draw.noises)

    def step(self, n, first, second, picture):
        """One update of the critic on the one draw, then one of the generator on the other."""
        with torch.no_grad():
            fake = self.images(first)
        metrics = self.critic_step(n, first, fake)
        metrics |= self.generator_step(n, second, picture)
        half_life = min(
            self.settings.half_life, n * len(picture) * self.settings.share * self.settings.rampup
        )
        keep = 0.5 ** (len(first.latent) / half_life) if half_life else 0.0
        with torch.no_grad():
            pairs = zip(self.average.state_dict().values(), self.generator.state_dict().values(), strict=True)
            for kept, now in pairs:
                kept.copy_(keep * kept + (1 - keep) * now)
        return metrics

    def critic_step(self, n, draw, fake):
        real = draw.real.clone().requires_grad_()
        of_real, of_fake = self.critic(real, draw.label), self.critic(fake, draw.label)
        loss = F.softplus(-of_real).mean() + F.softplus(of_fake).mean()
        if n % self.settings.r1_every == 0:
            (slope,) = torch.autograd.grad(of_real.sum(), real, create_graph=True)
            norm = slope.flatten(1).norm(dim=1)
            penalty = (norm**2).mean()
            loss = loss + self.settings.gamma / 2 * self.settings.r1_every * penalty
            self.last |= {"real_penalty": penalty, "real_gradient_norm": norm.mean()}
        self.update("critic", loss)
        right = {"real_accuracy": (of_real > 0), "fake_accuracy": (of_fake < 0)}
        found = {"critic_loss": loss, "critic_gap": of_real.mean() - of_fake.mean()}
        return self.told(found | {name: x.double().mean() for name, x in right.items()})

    def generator_step(self, n, draw, picture):
        loss = main = F.softplus(-self.critic(self.images(draw), draw.label)).mean()
        if n % self.settings.path_every == 0:
            some = slice(None, None, self.settings.share)
            mixing = tuple(x[some] for x in draw.mixing)
            styles = self.generator.styles(draw.latent[some], draw.label[some], mixing)
            image = self.generator.synthesis(styles, [noise[some] for noise in draw.noises])
            along = (image * picture).sum() / (image.shape[2] * image.shape[3]) ** 0.5
            (slope,) = torch.autograd.grad(along, styles, create_graph=True)
            length = torch.sqrt((slope**2).sum(2).mean(1))
            moved = torch.lerp(self.mean, length.mean(), self.settings.decay)
            penalty = ((length - moved) ** 2).mean()
            loss = loss + self.settings.weight * self.settings.path_every * penalty
            self.mean = moved.detach()
            self.last |= {"path_length": length.mean(), "path_length_penalty": penalty}
        self.update("generator", loss)
        return self.told({"generator_loss": main})

    def update(self, name, loss):
        self.optimizers[name].zero_grad()
        loss.backward()
        self.optimizers[name].step()

    def told(self, found):
        """Numbers by name, with those of the last penalties."""
        return {name: value.item() for name, value in (self.last | found).items()}
