"""The family's networks for a config, and its training step in plain PyTorch."""

import functools
from typing import NamedTuple

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from reference import family, family_residual, family_style

# Channels in units of f, from the smallest maps to the largest: the GAN family's; at 16x16 a doubling less.
DCGAN = {16: (2, 1), 28: (2, 1), 64: (8, 4, 2, 1)}
CONV = {16: (4, 2)}


def pair(cfg, classes, depth):
    """Generator and critic of a config."""
    model, size, f = cfg.model, cfg.data.size, cfg.model.features
    classes = classes if model.conditional else 0
    if model.architecture in ("resnet", "r3gan"):
        return family_residual.pair(cfg, classes, depth)
    own = (classes, model.embeddings[0])
    its = (classes, model.embeddings[1])
    if model.architecture == "mlp":
        shape = (depth, size, size)
        return family.LinearGenerator(model.latent, classes, f, shape), family.LinearCritic(classes, f, shape)
    if model.architecture == "points":
        hidden = 2 if depth == 1 else 3
        return (
            family.Points(model.latent, own, f, hidden, depth, critic=False),
            family.Points(depth, its, f, hidden, 1, critic=True),
        )
    widths = [f * w for w in DCGAN[size]]
    if model.architecture == "autoencoder":
        return (
            family.DecoderGenerator(model.latent, own, widths, depth),
            family.AutoencoderCritic(model.latent, its, widths[::-1], depth),
        )
    dcgan, small = model.architecture == "dcgan", 7 if size == 28 else 4
    shared = {"biases": not dcgan or size == 28, "attention": getattr(model, "attention", None)}
    norm = {"auto": "batch" if dcgan else "instance"}.get(model.critic_norm, model.critic_norm)
    critic = family.ConvCritic(its, widths[::-1], depth, last=small, norm=norm, **shared)
    wide = [f * w for w in CONV.get(size, ())]
    if model.architecture == "style":
        return family_style.StyleGenerator(model.latent, own, wide, depth), critic
    widths, slope = (widths, 0.0) if dcgan else (wide, 1e-4)
    return family.ConvGenerator(model.latent, own, widths, depth, first=small, slope=slope, **shared), critic


def matrix(name, weight, module):
    """A weight with one row for each output, as spectral norm sees it (arXiv:1802.05957, Section 2.1)."""
    owner = module.get_submodule(name.rpartition(".")[0])
    if isinstance(owner, nn.ConvTranspose2d):
        weight = weight.transpose(0, 1)
    return weight.t() if isinstance(owner, nn.Embedding) else weight.flatten(1)


def here(name):
    """`conv_0.weight` -> `conv_0/kernel`, `attention.key.weight` -> `attention/key_kernel`."""
    path = name.removesuffix(".weight").replace(".", "/")
    return f"{path}_kernel" if "attention/" in path else f"{path}/kernel"


def normed(module):
    """The weights that spectral norm is for: all but embeddings of labels as inputs, norms, biases, gates."""
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    for name, child in module.named_modules():
        if isinstance(child, kinds) or (isinstance(child, nn.Embedding) and name == "projection"):
            yield f"{name}.weight", child.weight


def advance(module, left):
    """Algorithm 1 of arXiv:1802.05957, lines 3 and 4: {name: (u, v)} from {name: u}."""
    found = {}
    for name, weight in normed(module):
        w = matrix(name, weight.detach(), module)
        v = F.normalize(w.t() @ left[name], dim=0)
        found[name] = (F.normalize(w @ v, dim=0), v)
    return found


def call(module, vectors, *inputs):
    """The module, with each weight over its singular value where there are vectors (Eq. 8)."""
    if vectors is None:
        return module(*inputs)
    weights = dict(normed(module))
    over = {
        name: w / (vectors[name][0] @ matrix(name, w, module) @ vectors[name][1])
        for name, w in weights.items()
    }
    return functional_call(module, over, inputs)


def objective(name, real, fake, *, real_target=1.0, fake_target=0.0, balance=0.0):
    """Losses of critic and generator from scores f[B], by torch.nn's own where there are any."""
    bce, mse = nn.BCEWithLogitsLoss(), nn.MSELoss()
    high, low = torch.full_like(real, real_target), torch.full_like(fake, fake_target)
    if name in ("minimax", "non_saturating"):
        deceived = bce(fake, torch.ones_like(fake)), -bce(fake, torch.zeros_like(fake))
        return bce(real, high) + bce(fake, low), deceived[name == "minimax"]
    if name == "least_squares":
        return (mse(real, high) + mse(fake, low)) / 2, mse(fake, high) / 2
    if name == "hinge":
        minus = -torch.ones_like(real)
        margin = nn.HingeEmbeddingLoss(margin=1.0)
        return margin(real, minus) + margin(-fake, minus), -fake.mean()
    if name == "began":  # errors L are minus the scores: L(x) - k L(G(z)), and L(G(z))
        return (-real).mean() - balance * (-fake).mean(), (-fake).mean()
    if name == "relativistic":  # arXiv:2501.05441, Eq. 2, with f(t) = -log(1 + exp(-t))
        margin = nn.SoftMarginLoss()  # mean log(1 + exp(-y x))
        return margin(real - fake, torch.ones_like(real)), margin(fake - real, torch.ones_like(fake))
    return fake.mean() - real.mean(), -fake.mean()


def penalty_of(norm, kind):
    if kind == "zero_centred":
        return (norm**2).mean()
    excess = norm - 1
    return ((excess.clamp(min=0) if kind == "one_sided" else excess) ** 2).mean()


class Side(NamedTuple):
    """A network, its optimizer, and u of its spectral norms {name: f[rows]}, or None."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    left: dict | None


def train_step(generator, critic, draws, settings, memory, number):
    """K critic updates and one generator update; K draws: the tutorial schedule, K + 1: the paper's.

    `memory` has what one update leaves to the next: k_t as `balance`, and by place the metrics of penalties
    that are not computed each time; `number` counts the critic updates before this step. Gives the metrics
    of the step by name, the memory after it, and the spectral vectors of both networks.
    """
    its = advance(generator.module, generator.left) if generator.left else None
    own, left, updates = None, critic.left, settings.critic_updates
    for k, draw in enumerate(draws[:updates]):
        fake = call(generator.module, its, draw.latent, draw.fake_label)
        if left:
            own = advance(critic.module, left)
            left = {name: u for name, (u, _) in own.items()}
        judge = functools.partial(call, critic.module, own)
        loss, metrics, memory = critic_loss(judge, draw, fake.detach(), settings, memory, number + k)
        critic.optimizer.zero_grad()
        loss.backward()
        critic.optimizer.step()
        if settings.clip is not None:
            with torch.no_grad():
                for weight in critic.module.parameters():
                    weight.clamp_(-settings.clip, settings.clip)
    if len(draws) > updates:
        draw = draws[updates]
        fake = call(generator.module, its, draw.latent, draw.fake_label)
    real_score, _ = parted(call(critic.module, own, draw.real, draw.label))
    fake_score, reading = parted(call(critic.module, own, fake, draw.fake_label))
    loss = objective(settings.loss, real_score, fake_score, real_target=settings.real_target)[1]
    if settings.auxiliary.critic:
        misread = F.cross_entropy(reading, draw.fake_label)
        loss = loss + settings.auxiliary.generator * misread
        metrics["generator_misread"] = misread.detach()
    generator.optimizer.zero_grad()
    loss.backward()
    generator.optimizer.step()
    return metrics | {"generator_loss": loss.detach()}, memory, (its, own)


def parted(judged):
    """Scores, and the logits of an auxiliary classifier, if there is one."""
    return judged if isinstance(judged, tuple) else (judged, None)


def critic_loss(judge, draw, fake, settings, memory, number):
    """Loss, the metrics, and the memory after update `number`."""
    (real_score, reading), (fake_score, _) = (
        parted(judge(*pair)) for pair in ((draw.real, draw.label), (fake, draw.fake_label))
    )
    targets = {"real_target": settings.real_target, "fake_target": settings.fake_target}
    loss, _ = objective(settings.loss, real_score, fake_score, **targets, balance=memory.get("balance", 0.0))
    metrics = {"critic_gap": real_score.mean() - fake_score.mean()}
    if settings.loss in ("minimax", "non_saturating"):
        metrics["real_accuracy"] = (torch.sigmoid(real_score) > 0.5).double().mean()
        metrics["fake_accuracy"] = (torch.sigmoid(fake_score) < 0.5).double().mean()
    if settings.auxiliary.critic:
        metrics["critic_misread"] = F.cross_entropy(reading, draw.label)
        loss = loss + settings.auxiliary.critic * metrics["critic_misread"]
    share = draw.weight.view(-1, 1, 1, 1)
    places = {
        "interpolates": (share * draw.real + (1 - share) * fake, draw.label),
        "real": (draw.real, draw.label),
        "fake": (fake, draw.fake_label),
    }
    for place, at in places.items():
        section = getattr(settings.penalties, place)
        if not section.weight:
            continue
        if number % section.every == 0:  # arXiv:1912.04958, Appendix B
            penalty, norm = penalty_at(judge, *at, section.kind)
            loss = loss + section.weight * section.every * penalty
            prefix = "" if place == "interpolates" else f"{place}_"
            found = {f"{prefix}penalty": penalty.detach(), f"{prefix}gradient_norm": norm.mean().detach()}
            memory = memory | {place: found}
        metrics |= memory[place]
    if settings.loss == "began":  # arXiv:1703.10717, Section 3.4
        of_real, of_fake = (-score.detach().mean() for score in (real_score, fake_score))
        off = settings.equilibrium * of_real - of_fake
        balance = min(max(memory["balance"] + settings.equilibrium_rate * off.item(), 0.0), 1.0)
        metrics |= {"balance": torch.tensor(balance, dtype=torch.float64), "convergence": of_real + off.abs()}
        memory = memory | {"balance": balance}
    metrics = {name: value.detach() for name, value in metrics.items()}
    return loss, metrics | {"critic_loss": loss.detach()}, memory


def penalty_at(judge, example, label, kind):
    """A penalty without its weight, and the norms f[B]."""
    at = example.clone().requires_grad_()
    (slope,) = torch.autograd.grad(parted(judge(at, label))[0].sum(), at, create_graph=True)
    norm = slope.flatten(1).norm(2, dim=1)
    return penalty_of(norm, kind), norm
