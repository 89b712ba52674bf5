"""An algorithm from outside the package: two generators that translate, two critics, a cycle between them.

A small CycleGAN (Zhu et al. 2017, arXiv:1703.10593) with linear networks and least-squares losses.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from cwgan_jax import random
from cwgan_jax.algorithms import Algorithm, State, player
from cwgan_jax.common.metric import Metric
from cwgan_jax.networks.layers.norms import SINGLE

WAYS = {"ab": ("a", "b"), "ba": ("b", "a")}  # of a generator and its critic: from which stream to which


class Linear(nn.Module):
    scores: bool

    @nn.compact
    def __call__(self, x):
        flat = x.reshape(len(x), -1)
        y = nn.Dense(1 if self.scores else flat.shape[-1])(flat)
        return y[:, 0] if self.scores else jnp.tanh(y).reshape(x.shape)


NETWORKS = {"generator": Linear(scores=False), "critic": Linear(scores=True)}


def apply(kind, params, way, x):
    return NETWORKS[kind].apply({"params": params[f"{kind}_{way}"]}, x)


def make(config, spec):
    rule = player.Rule(lambda n: optax.adam(1e-3, b1=0.5), average=player.averaging(config))

    def init(seed):
        names = [(kind, way) for kind in NETWORKS for way in WAYS]
        players = {}
        for i, (kind, way) in enumerate(names):
            key = random.key(seed, random.Stream.GENERATOR_INIT, i)
            params = NETWORKS[kind].init(key, jnp.zeros((1, *spec.form.shape)))["params"]
            players[f"{kind}_{way}"] = player.start(rule, params, {}, lambda key=key: key)
        return State(jnp.asarray(seed, jnp.uint32), jnp.zeros((), jnp.int32), players, {})

    def losses(own, params, real):
        """Each critic sees fixed generators, each generator fixed critics."""
        fixed, total, metrics = params, 0.0, {"cycle": 0.0}
        for way, (source, target) in WAYS.items():
            fake = apply("generator", own, way, real[source])
            metrics[f"loss_{way}"] = jnp.square(apply("critic", fixed, way, fake) - 1).mean()
            metrics["cycle"] += jnp.abs(apply("generator", own, way[::-1], fake) - real[source]).mean()
            of_real = apply("critic", own, way, real[target])
            of_fake = apply("critic", own, way, apply("generator", fixed, way, real[source]))
            total += metrics[f"loss_{way}"] + jnp.square(of_real - 1).mean() + jnp.square(of_fake).mean()
        return total + 10 * metrics["cycle"], metrics

    def step(state, batch, reduce=SINGLE):
        real = {name: spec.encode(x.example[0], jnp.float32) for name, x in batch.streams.items()}
        params = {name: each.params for name, each in state.players.items()}
        gradients, metrics = reduce.mean(jax.grad(losses, has_aux=True)(params, params, real))
        players = {
            name: player.update(each, gradients[name], state.step, rule)
            for name, each in state.players.items()
        }
        return state._replace(step=state.step + 1, players=players), metrics

    def sample(state, request):
        source = spec.encode(jnp.asarray(request.source), jnp.float32)
        return NETWORKS["generator"].apply(player.variables(state.players["generator_ab"]), source)

    metrics = [Metric(name, name, "losses", short=name) for name in ("loss_ab", "loss_ba", "cycle")]
    return Algorithm(init, step, {"a": 1, "b": 1}, sample, tuple(metrics), translates=True)
