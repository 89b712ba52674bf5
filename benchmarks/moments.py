"""A start for translators: the linear map from the means, deviations and skewness of one set to another's.

Along each of the first directions of largest deviation the pictures of A are moved and scaled to the mean and
deviation of B; which way round a direction lies, the sign of its skewness says. That needs no pairs and no
labels, and is right where B is A turned, at least where both sets show the same. Translators learn this map
in a few hundred steps, before their own training.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.stats import skew

from cwgan_jax.algorithms import player as player_
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.networks import build
from cwgan_jax.networks.architecture import Form
from cwgan_jax.training.start import Start

DIRECTIONS, STEPS, BATCH, RATE = 16, 300, 32, 1e-3


def start():
    """How a run starts from this map."""
    return Start(("moments",), fill)


def fill(plan, state):
    """The state with translators that have learnt the map, each of its direction."""
    networks = build(plan.config.model, Form(plan.dataset.shape))
    sets = {name: np.asarray(PIXELS.encode(each.image, np.float32)) for name, each in plan.streams.items()}
    players = dict(state.players)
    for way, (source, target) in {"AtoB": "AB", "BtoA": "BA"}.items():
        wanted = linear(sets[source], sets[target])
        params = learnt(networks.generator, players[way].params, sets[source], wanted)
        players[way] = player_.with_weights(players[way], params, {})
    return jax.device_get(state._replace(players=players)), {"directions": DIRECTIONS}


def linear(source, target):
    """The map of `source` f[N, H, W, D] into the set of `target`, in [-1, 1]."""
    parts = [directions(x.reshape(len(x), -1)) for x in (source, target)]
    (mean, axes, scale, sign), (its_mean, its_axes, its_scale, its_sign) = parts
    flat = (source.reshape(len(source), -1) - mean) @ axes.T / scale * sign * its_sign * its_scale
    return np.clip(flat @ its_axes + its_mean, -1, 1).reshape(source.shape).astype(np.float32)


def directions(flat):
    """Mean, the first directions, deviations along them, and the signs of the skewness."""
    mean = flat.mean(0)
    _, values, axes = np.linalg.svd(flat - mean, full_matrices=False)
    axes = axes[:DIRECTIONS]
    sign = np.sign(skew((flat - mean) @ axes.T))
    return mean, axes, values[:DIRECTIONS] / len(flat) ** 0.5, sign


def learnt(module, params, image, wanted):
    """The parameters after some steps towards the map, by the mean absolute difference."""
    optimizer = optax.adam(RATE)

    @jax.jit
    def step(params, moments, image, wanted):
        loss = lambda params: jnp.abs(module.apply({"params": params}, image) - wanted).mean()  # noqa: E731
        change, moments = optimizer.update(jax.grad(loss)(params), moments)
        return optax.apply_updates(params, change), moments

    kept, draw = optimizer.init(params), np.random.default_rng(0)
    for _ in range(STEPS):
        chosen = draw.integers(0, len(image), BATCH)
        params, kept = step(params, kept, image[chosen], wanted[chosen])
    return params
