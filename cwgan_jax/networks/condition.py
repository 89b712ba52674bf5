"""Conditions as vectors, and the layers through which a network takes them.

A condition reaches the networks as a vector f[..., C]. A class is one-hot, and its product with a table is
the lookup of a row; a mixture of classes is a mixture of their vectors. Numbers, labels and texts are vectors
from the start (`data.conditions`). With C = 0 there is no condition, and the network is unconditional.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cwgan_jax import random
from cwgan_jax.networks.architecture import Block
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.kernels.products import lookup
from cwgan_jax.networks.layers.affine import HE, Linear, uniform_fan_in

_SLOPE = 0.2  # of the leaky ReLUs of the embedding network
_TINY = 1e-8


class Condition(NamedTuple):
    """How the conditions that a data set stores become vectors.

    Attributes:
      width: C, the length of the vectors; 0: there is no condition.
      encode: (stored conditions, dtype) -> f[..., C].
      draw: (key, slots i32[b]) -> stored conditions as they are in the data, one for each slot; None: there
        is no telling which ones are possible, as with captions.
      blocks: what the numbers of a vector are, for those who read them in examples.
    """

    width: int
    encode: Callable[[Any, jax.typing.DTypeLike], jax.Array]
    draw: Callable[[jax.Array, jax.Array], jax.Array] | None
    blocks: tuple[Block, ...]


def classes(count: int) -> Condition:
    """Class numbers i32[...] in [0, count) as one-hot vectors; drawn uniformly. 0 classes: no condition."""
    return Condition(
        count,
        lambda label, dtype: jax.nn.one_hot(label, count, dtype=dtype),
        lambda key, slot: random.labels(key, slot, max(count, 1)),
        (Block("softmax", count),) if count else (),
    )


class Range(NamedTuple):
    """The conditions from which one part of the vectors is drawn: one-hot vectors, or numbers.

    Attributes:
      width: numbers in the vector.
      bounds: of the numbers; None: one-hot vectors, with equal probability.
    """

    width: int
    bounds: tuple[float, float] | None = None


def vectors(blocks: Sequence[Block], ranges: Sequence[Range] | None) -> Condition:
    """Conditions that are stored as vectors f[..., C].

    Args:
      blocks: of their numbers, whose widths add up to C.
      ranges: of their parts, in order, from which each is drawn uniformly; None: they cannot be drawn.
    """

    def one(key: jax.Array, each: Range) -> jax.Array:
        if each.bounds is None:
            return jax.nn.one_hot(jax.random.randint(key, (), 0, each.width), each.width)
        low, high = each.bounds
        return jax.random.uniform(key, (each.width,), minval=low, maxval=high)

    def draw(key: jax.Array, slot: jax.Array) -> jax.Array:
        def row(slot: jax.Array) -> jax.Array:
            keys = jax.random.split(jax.random.fold_in(key, slot), len(ranges or ()))
            return jnp.concatenate([one(k, x) for k, x in zip(keys, ranges or (), strict=True)])

        return jax.vmap(row)(slot)

    width = sum(block.width for block in blocks)
    drawn = None if ranges is None else draw
    return Condition(width, lambda stored, dtype: stored.astype(dtype), drawn, tuple(blocks))


class Embedding(nn.Module):
    """A learnt vector for each class, drawn from N(0, 1).

    Attributes:
      size: length of the vectors.
    """

    size: int

    @nn.compact
    def __call__(self, condition: jax.Array) -> jax.Array:
        """f[..., C] -> f[..., size]."""
        shape = (condition.shape[-1], self.size)
        table = self.param("embedding", nn.initializers.normal(1.0), shape, jnp.float32)
        return lookup(condition, table.astype(condition.dtype))


def embedded(condition: jax.Array, size: int) -> jax.Array:
    """The condition's embedding, f[..., C] -> f[..., size]; to be called in a compact `__call__`."""
    return Embedding(size, name="label_embed")(condition)


def beside(x: jax.Array, condition: jax.Array, size: int) -> jax.Array:
    """Features with the embedding appended, f[..., F] -> f[..., F + size]; unchanged without a condition."""
    if not condition.shape[-1]:
        return x
    return jnp.concatenate([x, embedded(condition, size)], -1)


class Projection(nn.Module):
    """The condition's part of a projection critic (Miyato and Koyama 2018, arXiv:1802.05637, Eq. 5)."""

    @nn.compact
    def __call__(self, features: jax.Array, condition: jax.Array) -> jax.Array:
        """Inner product of the features f[..., F] with the row of the condition f[..., C] -> f[...]."""
        init = uniform_fan_in(features.shape[-1])  # as a linear layer of these features would have
        table = self.param("kernel", init, (condition.shape[-1], features.shape[-1]))
        return (features * lookup(condition, table)).sum(-1)


class Unseen(nn.Module):
    """A critic that does not see the condition; what it reads of it is left to its auxiliary classifier.

    Attributes:
      module: the critic, with its own names of parameters.
    """

    module: nn.Module

    def setup(self) -> None:
        """In the scope of the inner network."""
        nn.share_scope(self, self.module)

    def __call__(self, x: jax.Array, condition: jax.Array, **options: Any) -> Any:
        """As the inner network without a condition."""
        return self.module(x, condition[..., :0], **options)


class Prepared(nn.Module):
    """A generator or critic whose condition first passes through an embedding network.

    A table holds one vector for each class, and of a number it makes a multiple of one vector. Hidden layers
    make any curve of it, as in CcGAN (Ding et al. 2021, arXiv:2011.07466; there the network is trained
    beforehand, by regression, and kept fixed; here it is trained with the rest).

    The result has a length of 1 but for its last number, which makes its sum 1, as that of a one-hot vector
    is. So the tables behind it start as they do for classes: above all, conditional batch norm with a scale
    of 1. Parameters of the inner network keep their names; those of the layers are `condition_0`, ...

    Attributes:
      module: the generator or critic; its second argument is the condition.
      layers: hidden layers, at least one.
      width: their units, and the length of the result less one.
      frequencies: F, as many sines and cosines of each number x, of pi / 4 x, pi / 2 x, pi x, ..., are
        appended first (Tancik et al. 2020, arXiv:2006.10739).
      method: see `kernels.convolutions`; only its precision matters here.
    """

    module: nn.Module
    layers: int
    width: int
    frequencies: int = 0
    method: Method = AUTO

    def setup(self) -> None:
        """The layers, in the scope of the inner network."""
        nn.share_scope(self, self.module)
        self.condition = [
            Linear(self.width, spread=HE if i else None, method=self.method)  # biases first: numbers bend
            for i in range(self.layers + 1)
        ]

    def __call__(self, x: jax.Array, condition: jax.Array, **options: Any) -> Any:
        """As the inner network; a condition f[..., 0] stays as it is."""
        return self.module(x, self.prepare(condition) if condition.shape[-1] else condition, **options)

    def prepare(self, condition: jax.Array) -> jax.Array:
        """f[..., C] -> f[..., width + 1]."""
        x = condition
        if self.frequencies:
            phase = jnp.concatenate([np.pi / 4 * 2**k * x for k in range(self.frequencies)], -1)
            x = jnp.concatenate([x, jnp.sin(phase), jnp.cos(phase)], -1)
        for layer in self.condition[:-1]:
            x = nn.leaky_relu(layer(x), _SLOPE)
        x = self.condition[-1](x)
        x = x * lax.rsqrt(jnp.square(x).sum(-1, keepdims=True) + _TINY)
        return jnp.concatenate([x, 1 - x.sum(-1, keepdims=True)], -1)
