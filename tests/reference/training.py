"""The training steps of the reference systems in plain PyTorch; every random number comes from the caller."""

from typing import NamedTuple

import torch


class Draw(NamedTuple):
    """What one pass through the generator, and the critic update on its fakes, take.

    latent f[B, Z], fake_label i64[B], weight f[B] (the real image's share of the interpolate), and the real
    batch: real f[B, D, H, W] in [-1, 1], label i64[B].
    """

    latent: torch.Tensor
    fake_label: torch.Tensor
    weight: torch.Tensor
    real: torch.Tensor
    label: torch.Tensor


class Losses(NamedTuple):
    """Scalars of one step; those of the critic are of its last update."""

    critic_loss: torch.Tensor
    critic_gap: torch.Tensor
    penalty: torch.Tensor
    gradient_norm: torch.Tensor
    generator_loss: torch.Tensor


def interpolate(real, fake, weight):
    """Points between real and fake examples f[B, D, ...]; weight f[B] is the real one's share."""
    weight = weight.view(-1, *[1] * (real.ndim - 1))
    return weight * real + (1 - weight) * fake


def gradient_norm(critic, real, fake, label, weight):
    """Norm, over all pixels of an example, of the critic's gradient at the interpolates: f[B]."""
    mixed = interpolate(real, fake, weight).requires_grad_()
    score = critic(mixed, label)
    (gradient,) = torch.autograd.grad(score, mixed, torch.ones_like(score), create_graph=True)
    return gradient.flatten(1).norm(2, dim=1)


def critic_terms(critic, draw, fake, penalty_weight):
    """Critic loss, and its parts: mean scores of real and fake images, penalty, mean gradient norm."""
    real_score, fake_score = critic(draw.real, draw.label).mean(), critic(fake, draw.fake_label).mean()
    norm = gradient_norm(critic, draw.real, fake, draw.label, draw.weight)
    penalty = ((norm - 1) ** 2).mean()
    loss = fake_score - real_score + penalty_weight * penalty
    return loss, real_score, fake_score, penalty, norm.mean()


def adam(network, rate, beta1, beta2):
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(beta1, beta2))


def train_step(generator, critic, adam_generator, adam_critic, draws, penalty_weight, *, updates):
    """K = `updates` critic updates and one generator update.

    With K draws this is the step of cwgan_gp_conv (and with K = 1 that of wgan_gp_mlp): the generator is
    scored on the fakes of the last critic update, which are not made again. With K + 1 draws it is that of
    cwgan_gp_mlp: the last draw gives the generator fresh latents and labels. The draws say whether the real
    batch is the same each time.
    """
    for draw in draws[:updates]:
        fake = generator(draw.latent, draw.fake_label)
        loss, real_score, fake_score, penalty, norm = critic_terms(
            critic, draw, fake.detach(), penalty_weight
        )
        adam_critic.zero_grad()
        loss.backward()
        adam_critic.step()
    if len(draws) > updates:
        draw = draws[updates]
        fake = generator(draw.latent, draw.fake_label)
    generator_loss = -critic(fake, draw.fake_label).mean()
    adam_generator.zero_grad()
    generator_loss.backward()
    adam_generator.step()
    terms = (loss, real_score - fake_score, penalty, norm, generator_loss)
    return Losses(*(term.detach() for term in terms))
