"""Holds the package against plain PyTorch: every function returns {quantity: relative difference}.

See `measure.py` for how differences are counted.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import torch
from step_helpers import compiled, one_hot, take, with_player

from cwgan_jax.objectives import losses, penalties
from reference import bridge, training
from reference.measure import dead_biases, difference, split, tree_difference, trees, worst_leaf

LOSSES = training.Losses._fields


def forward(setting, state, batch, n=0):
    """Both networks in both modes, the terms of the losses, the penalty, its gradient; draws of step n."""
    state = warmed(state)
    draw = bridge.draws(setting, n, batch)[0]
    real, weights = batch.streams["real"], trees(state)
    ours = compiled(our_forward, setting)(
        *(weights["generator"], weights["batch_stats"], weights["critic"]),
        *(np.asarray(draw.latent), one_hot(setting, draw.fake_label), np.asarray(draw.weight)),
        *(real.example[0], one_hot(setting, real.condition[0])),
    )
    theirs = their_forward(setting, state, draw)
    dead = dead_biases(weights["critic"])
    return {name: worst_leaf(ours[name], value, dead=dead) for name, value in theirs.items()}


def our_forward(setting, params, stats, critic, latent, fake_condition, weight, image, condition):
    networks = setting.networks
    fake, new_stats = networks.generate(params, stats, latent, fake_condition)
    real = setting.spec.encode(image, latent.dtype)
    mixed = penalties.interpolate(real, fake, weight)
    score = functools.partial(networks.score, critic)

    def penalty(critic):
        norm = penalties.gradient_norm(functools.partial(networks.score, critic), mixed, condition)
        return penalties.gradient_penalty(norm), norm

    (value, norm), gradient = jax.value_and_grad(penalty, has_aux=True)(critic)
    real_score, fake_score = score(real, condition), score(fake, fake_condition)
    return {
        "generator, training mode": fake,
        "running statistics after it": new_stats,
        "generator, evaluation mode": networks.generator.apply(
            {"params": params, "batch_stats": stats}, latent, fake_condition, train=False
        ),
        "critic": real_score,
        "mean score of real images": real_score.mean(),
        "mean score of fakes": fake_score.mean(),
        "critic loss": setting.config.objective.penalties.interpolates.weight * value
        - losses.critic_gap(real_score, fake_score),
        "generator loss": losses.wasserstein(real_score, fake_score, losses.ObjectiveInputs()).generator,
        "gradient with respect to the image": jax.vmap(jax.grad(score))(mixed, condition),
        "its norm": norm,
        "penalty": value,
        "gradient of the penalty alone": gradient,
    }


def their_forward(setting, state, draw):
    generator, critic = bridge.carried(setting, state)
    with torch.no_grad():
        evaluated = generator.eval()(draw.latent, draw.fake_label)
        fake = generator.train()(draw.latent, draw.fake_label)
    mixed = training.interpolate(draw.real, fake, draw.weight).requires_grad_()
    (input_gradient,) = torch.autograd.grad(critic(mixed, draw.label).sum(), mixed)
    norm = training.gradient_norm(critic, draw.real, fake, draw.label, draw.weight)
    loss, real_score, fake_score, penalty, _ = training.critic_terms(
        critic, draw, fake, setting.config.objective.penalties.interpolates.weight
    )
    penalty.backward()
    for parameter in critic.parameters():  # the penalty does not reach the last bias
        parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    found = {
        "generator, training mode": images(fake),
        "running statistics after it": bridge.trees((generator, critic), setting, state)["batch_stats"],
        "generator, evaluation mode": images(evaluated),
        "critic": critic(draw.real, draw.label),
        "mean score of real images": real_score,
        "mean score of fakes": fake_score,
        "critic loss": loss,
        "generator loss": -fake_score,
        "gradient with respect to the image": images(input_gradient),
        "its norm": norm,
        "penalty": penalty,
        "gradient of the penalty alone": bridge.gradients(critic, setting, state.players["critic"].params),
    }
    return {k: v.numpy(force=True) if isinstance(v, torch.Tensor) else v for k, v in found.items()}


def warmed(state):
    """Running statistics off their special values 0 and 1."""
    stats = jax.tree.map(lambda x: x + 0.3 + 0.5 * x**2, state.players["generator"].stats)
    return with_player(state, "generator", stats=stats)


def images(tensor):
    """NCHW -> NHWC."""
    return np.moveaxis(tensor.numpy(force=True), 1, -1)


def one_step(setting, state, batch, n=0):
    """One step with K = 1 and the draws of step n: losses, every gradient, one Adam update of each network.

    Our gradients are those that `train_step` itself used: after the first update Adam's first moment is
    (1 - beta1) times the gradient.
    """
    cfg = setting.config
    assert cfg.objective.critic_updates == 1
    pair = bridge.carried(setting, state)
    draws = bridge.draws(setting, n, batch)
    gradients = {"critic": critic_gradient(setting, state, draws[0])}
    weight = cfg.objective.penalties.interpolates.weight
    lost = training.train_step(*pair, *bridge.adams(cfg, pair), draws, weight, updates=1)
    gradients["generator"] = bridge.gradients(pair[0], setting, state.players["generator"].params)
    after = bridge.trees(pair, setting, state)

    state = state._replace(step=jnp.asarray(n, jnp.int32))
    new, metrics = take(setting, state, batch)
    found = {name: difference(metrics[name], getattr(lost, name)) for name in LOSSES}
    for name, gradient in gradients.items():
        moment = new.players[name].optimizer[0].mu
        ours = jax.tree.map(lambda m: m / (1 - cfg.optimizer.beta1), moment)
        found[f"gradient of the {name}"] = worst_leaf(ours, gradient, dead=dead_biases(gradient))
        (start, _), (value, _), (target, _) = map(
            split, (state.players[name].params, new.players[name].params, after[name])
        )
        found[f"{name} after one Adam update"] = worst_leaf(value, target)
        changes = ({path: end[path] - start[path] for path in start} for end in (value, target))
        found[f"the update of the {name} itself"] = tree_difference(*changes)
    found["running statistics"] = worst_leaf(new.players["generator"].stats, after["batch_stats"])
    return found


def critic_gradient(setting, state, draw):
    """Alone, since the generator's backward pass in a step adds to the critic's gradients."""
    generator, critic = bridge.carried(setting, state)
    fake = generator(draw.latent, draw.fake_label).detach()
    weight = setting.config.objective.penalties.interpolates.weight
    training.critic_terms(critic, draw, fake, weight)[0].backward()
    return bridge.gradients(critic, setting, state.players["critic"].params)


def trajectory(setting, state, batches):
    """Many steps from n = 0: two pairs, ours and theirs, of loss curves {loss: f[steps]} and final trees."""
    cfg, pair, template = setting.config, bridge.carried(setting, state), state
    adams, ours, theirs = bridge.adams(cfg, pair), [], []
    updates, weight = cfg.objective.critic_updates, cfg.objective.penalties.interpolates.weight
    for n, batch in enumerate(batches):
        draws = bridge.draws(setting, n, batch)
        theirs.append(training.train_step(*pair, *adams, draws, weight, updates=updates)._asdict())
        state, metrics = take(setting, state, batch)
        ours.append(metrics)
    return (curves(ours), curves(theirs)), (trees(state), bridge.trees(pair, setting, template))


def curves(steps):
    return {name: np.array([float(metrics[name]) for metrics in steps]) for name in LOSSES}
