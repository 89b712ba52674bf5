"""The same weights, images and random numbers for both sides: from a setting and a state to PyTorch's."""

import numpy as np
import torch

from cwgan_jax.interop import layout
from reference import axes, inputs, training
from reference import networks as reference

# Channels in units of f, from the reference document at 32x32 and one layer less at 16x16.
WIDTHS = {16: ((4, 2), (1, 2)), 32: ((8, 4, 2), (1, 2, 4))}
DTYPES = {"float32": torch.float32, "float64": torch.float64}


def to_tensor(value):
    return torch.tensor(np.asarray(value))


def planes_first(image):
    """[B, *lengths, C] -> [B, C, *lengths]."""
    return torch.tensor(np.moveaxis(np.asarray(image), -1, 1))


def modules(setting):
    """The plain PyTorch pair of a setting, with weights of its own."""
    *lengths, depth = setting.spec.form.shape
    model = setting.config.model
    f, shape, eps = model.features, (depth, *lengths), model.batch_norm_epsilon
    labels = (setting.spec.condition.width, model.embedding)
    if setting.spec.kind != "images":
        view = getattr(model, "spectral", False)
        pair = axes.pair(model.latent, labels, shape, f, kernel=getattr(model, "kernel", 4), view=view)
    elif model.architecture == "mlp":
        pair = (
            reference.LinearGenerator(model.latent, *labels, (f, 2 * f, 4 * f, 8 * f), shape, eps),
            reference.LinearCritic(*labels, (4 * f, 2 * f), shape),
        )
    else:
        widths, critic_widths = ([f * w for w in table] for table in WIDTHS[lengths[0]])
        pair = (
            reference.ConvGenerator(
                model.latent, *labels, widths, depth, eps, model.smooth, model.full_features
            ),
            reference.ConvCritic(*labels, critic_widths, depth),
        )
    return tuple(module.to(DTYPES[model.dtype]) for module in pair)


def carried(setting, state):
    """The PyTorch pair with the weights and running statistics of a state."""
    pair, shape = modules(setting), setting.spec.form.shape
    generator, critic = state.players["generator"], state.players["critic"]
    found = (
        layout.to_torch(generator.params, generator.stats, shape),
        layout.to_torch(critic.params, None, shape) | axes.view_there(critic.params),
    )
    for module, arrays in zip(pair, found, strict=True):
        module.load_state_dict({name: to_tensor(value) for name, value in arrays.items()}, strict=True)
    return pair


def adams(cfg, pair):
    o = cfg.optimizer
    rates = (o.generator_learning_rate, o.critic_learning_rate)
    return tuple(training.adam(m, rate, o.beta1, o.beta2) for m, rate in zip(pair, rates, strict=True))


def trees(pair, setting, state):
    """Weights and running statistics of the PyTorch pair, as `measure.trees` has those of the state."""
    generator, critic = ({k: v.numpy(force=True) for k, v in m.state_dict().items()} for m in pair)
    shape = setting.spec.form.shape
    params, stats = layout.from_torch(generator, state.players["generator"].params, shape)
    its, _ = layout.from_torch(critic, state.players["critic"].params, shape)
    return {"generator": params, "batch_stats": stats, "critic": its | axes.view_back(critic)}


def gradients(module, setting, template):
    """The gradients that `backward` left, as a tree like `template`."""
    found = {k: v.grad.numpy(force=True) for k, v in module.named_parameters()}
    running = {k: v.numpy(force=True) for k, v in module.named_buffers()}
    return layout.from_torch(found | running, template, setting.spec.form.shape)[0] | axes.view_back(found)


def draws(setting, n, batch):
    """The draws of step n: K in the tutorial schedule, K + 1 in the paper's."""
    cfg, classes, real = setting.config, setting.spec.condition.width, batch.streams["real"]
    paper = cfg.objective.schedule == "paper"
    uniform = cfg.objective.fake_labels == "uniform" and classes
    latents, labels, weights = inputs.numbers(n, cfg, classes)
    found = []
    for k in range(cfg.objective.critic_updates + paper):
        latent, fake_label, weight, r = latents[k], labels[k], weights[k], min(k, len(real.condition) - 1)
        label = to_tensor(real.condition[r]).long()
        found.append(
            training.Draw(
                to_tensor(latent),
                to_tensor(fake_label).long() if uniform else label,
                to_tensor(weight),
                pixels(real.example[r], cfg),
                label,
            )
        )
    return found


def pixels(image, cfg):
    """u8 NHWC -> NCHW in [-1, 1]; standardised numbers of any rank as they are, channels first."""
    first = planes_first(image).to(DTYPES[cfg.model.dtype])
    return first / 127.5 - 1 if image.dtype == np.uint8 else first
