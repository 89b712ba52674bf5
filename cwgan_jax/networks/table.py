"""The pair `table`, for the rows of a table."""

import dataclasses
from collections.abc import Iterator

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.common import options
from cwgan_jax.networks import architecture
from cwgan_jax.networks.architecture import Architecture, Block, Form, Networks
from cwgan_jax.networks.condition import Projection, beside
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Linear
from cwgan_jax.networks.layers.norms import SINGLE, BatchNorm, Reduce

SLOPE = 0.2


@dataclasses.dataclass(frozen=True)
class Options(architecture.Options):
    architecture: str = "table"
    depth: int = options.count(2)
    critic_depth: int = options.count(2)
    critic_features: int = options.count(256)
    choices: str = options.choice("softmax", "softmax", "gumbel", "hard")
    temperature: float = options.real(0.2, "a number > 0", lambda v: v > 0)
    norm: str = options.choice("batch", "batch", "off")
    generator_labels: str = options.choice("concatenated", "concatenated", "batch_norm")
    critic_labels: str = options.choice("concatenated", "concatenated", "projection")


class Generator(nn.Module):
    layout: tuple
    features: int
    depth: int
    embedding: int
    choices: str
    temperature: float
    norm: str = "batch"
    method: Method = AUTO

    @nn.compact
    def __call__(self, latent, condition, *, train, reduce=SINGLE):
        x = beside(latent, condition, self.embedding) if self.embedding else latent
        chooses = condition if condition.shape[-1] and not self.embedding else None
        for i in range(self.depth):
            y = Linear(self.features, dead_bias=self.norm == "batch", method=self.method, name=f"linear_{i}")(x)
            if self.norm == "batch":
                y = BatchNorm(name=f"norm_{i}")(y, chooses, train=train, reduce=reduce)
            x = jnp.concatenate([nn.relu(y), x], -1)
        width = sum(w for _, w in self.layout)
        x = Linear(width, method=self.method, name="row")(x)
        parts, place, j = [], 0, 0
        for kind, w in self.layout:
            part = x[..., place : place + w]
            if kind == "tanh":
                parts.append(jnp.tanh(part))
            elif self.choices == "gumbel":
                u = jax.scipy.special.log_ndtr(latent[..., -j - w : latent.shape[-1] - j])
                parts.append(nn.softmax((part - jnp.log(-u)) / self.temperature))
                j += w
            elif self.choices == "hard":
                s = nn.softmax(part)
                h = jax.nn.one_hot(jnp.argmax(part, -1), w, dtype=s.dtype)
                parts.append(s + jax.lax.stop_gradient(h - s))
            else:
                parts.append(nn.softmax(part))
            place += w
        return jnp.concatenate(parts, -1)


class Critic(nn.Module):
    features: int
    depth: int
    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, row, condition, *, reduce=SINGLE):
        x = beside(row, condition, self.embedding) if self.embedding else row
        for i in range(self.depth):
            x = nn.leaky_relu(Linear(self.features, method=self.method, name=f"linear_{i}")(x), SLOPE)
        score = Linear(1, method=self.method, name="score")(x)[..., 0]
        if condition.shape[-1] and not self.embedding:
            score += Projection(name="projection")(x, condition)
        return score


def build(model, form):
    g, c = model.embeddings
    return Networks(
        Generator(form.layout, model.features, model.depth, g, model.choices, model.temperature, model.norm, model.method),
        Critic(model.critic_features, model.critic_depth, c, model.method),
    )


ARCHITECTURE = Architecture(Options, build, kinds=("tables", "points"))
