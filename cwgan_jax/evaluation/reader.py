"""The reader: reads the condition in an example of any kind, as the judge reads the class of an image.

One network for all parts of a condition: classes, labels, words, numbers. It is trained on real training
examples only, once per data set, and cached by their fingerprint. Its last hidden layer gives the features by
which sets of examples are compared. In float32, whatever the generator is.
"""

import functools
from pathlib import Path
from typing import Any, NamedTuple, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax

from cwgan_jax import data
from cwgan_jax.data import conditions
from cwgan_jax.data.codec import Codec
from cwgan_jax.data.conditions import Schema
from cwgan_jax.evaluation import fitting
from cwgan_jax.evaluation.fitting import FEATURES, OnStep
from cwgan_jax.networks.layers.affine import Conv, Linear
from cwgan_jax.networks.layers.norms import BatchNorm

_VERSION = "reader 1"  # raise it when the network or its training changes
WIDTH = 32
_SHORT = 5  # length up to which an axis is not halved any more
_DROPOUT = 0.1  # more of it costs numbers more than it gains classes
_NOISE = 0.05  # of the examples, so that what is read does not hang on single values
_HIDDEN = 256  # of each of two layers, of rows
_LEAST_STEPS = 1000
_CHUNK = 250  # examples read in one call


class Network(nn.Module):
    """Reads examples on a grid of any number of axes, or rows of numbers.

    Each convolution, of 4 taps and stride 2, halves the axes that are still longer than 5; rows go through
    two linear layers. Batch norm throughout, and two linear layers at the end.

    Attributes:
      outputs: C, the width of the conditions.
      width: channels of the first layer; each further one has twice as many, up to eight times.
    """

    outputs: int
    width: int = WIDTH

    @nn.compact
    def __call__(
        self, example: jax.Array, *, train: bool, keep: jax.Array | None = None
    ) -> tuple[jax.Array, jax.Array]:
        """Reads examples f[B, ...]; `keep` as in `fitting.Task`; features f[B, 128] and outputs f[B, C]."""
        x, i = example, 0
        while long := [axis for axis in range(1, x.ndim - 1) if x.shape[axis] > _SHORT]:
            places = tuple(range(x.ndim - 1 - len(long), x.ndim - 1))  # the others are free, as the batch is
            layer = Conv(self.width * 2 ** min(i, 3), (4,) * len(long), dead_bias=True, name=f"conv_{i}")
            x = jnp.moveaxis(layer(jnp.moveaxis(x, long, places)), places, long)
            x = nn.relu(BatchNorm(name=f"norm_{i}")(x, train=train))
            i += 1
        x = x.reshape(len(x), -1)
        for k in range(2 if example.ndim == 2 else 0):
            x = Linear(_HIDDEN, dead_bias=True, name=f"linear_{k}")(x)
            x = nn.relu(BatchNorm(name=f"norm_linear_{k}")(x, train=train))
        x = Linear(FEATURES, dead_bias=True, name="features")(x)
        features = nn.relu(BatchNorm(name="norm_features")(x, train=train))
        kept = features if keep is None else features * keep
        return features, Linear(self.outputs, name="outputs")(kept)


class Reading(NamedTuple):
    """What a reader reads in N examples.

    Attributes:
      features: f32[N, 128], the last hidden layer.
      condition: f32[N, C]; of classes, labels and words the probabilities, of numbers as they are encoded.
    """

    features: np.ndarray
    condition: np.ndarray


class Reader(NamedTuple):
    """A trained network that reads conditions.

    Attributes:
      module: the network.
      variables: its parameters and running statistics.
      schema: what it reads.
      codec: how stored examples become what it takes.
    """

    module: Network
    variables: Any
    schema: Schema
    codec: Codec

    @property
    def name(self) -> str:
        """See `fitting.name`."""
        return fitting.name(self.variables)

    @jax.enable_x64(False)
    def read(self, example: np.ndarray | data.Images, index: np.ndarray | None = None) -> Reading:
        """Reads stored examples [N, ...] of the shape it was trained on, all or those of `index`; any N."""
        variables = jax.device_put(self.variables)
        read = functools.partial(_read, self.module, self.schema, self.codec, variables)
        return Reading(*fitting.in_chunks(read, example, index, _CHUNK))


class _Output(NamedTuple):
    """How parts are read for which a network ends in one way.

    Attributes:
      loss: (outputs f[B, width], target f[B, width]) -> f[B].
      read: outputs f[B, width] -> what is read, f[B, width].
    """

    loss: Any
    read: Any


def _several(outputs: jax.Array, target: jax.Array) -> jax.Array:
    return optax.sigmoid_binary_cross_entropy(outputs, target).mean(-1)


def _near(outputs: jax.Array, target: jax.Array) -> jax.Array:
    """Huber's loss, in standard deviations: examples of rare, large values do not outweigh all others."""
    return optax.huber_loss(outputs, target).sum(-1)


OUTPUTS: dict[str, _Output] = {
    "softmax": _Output(optax.softmax_cross_entropy, jax.nn.softmax),
    "sigmoid": _Output(_several, jax.nn.sigmoid),
    "linear": _Output(_near, lambda x: x),
}
"""By the `output` of the parts of `data.conditions`."""


class _Task(NamedTuple):
    """See `fitting.Task`: examples with a little noise, and their conditions.

    Attributes:
      module: the network.
      schema: what is read.
      codec: of the examples.
      dropout: share of the features left out.
    """

    module: Network
    schema: Schema
    codec: Codec
    dropout: float = _DROPOUT

    def inputs(self, example: jax.Array, key: jax.Array) -> jax.Array:
        """Stored examples [B, ...] -> f32[B, ...]."""
        x = self.codec.encode(example, jnp.dtype(jnp.float32))
        return x + _NOISE * jax.random.normal(key, x.shape)

    def loss(self, outputs: jax.Array, target: jax.Array) -> jax.Array:
        """The sum over the parts of outputs f[B, C] and conditions f[B, C], the mean over the examples."""
        where = conditions.spans(self.schema)
        parts = ((OUTPUTS[part.output].loss, where[part.name]) for part in self.schema)
        total = sum(loss(outputs[:, span], target[:, span]) for loss, span in parts)
        return cast(jax.Array, total).mean()


def reader(dataset: data.Dataset, codec: Codec, progress: OnStep = fitting.silent) -> Reader:
    """The reader of a training split: from the cache, or trained now and put there.

    Args:
      dataset: the training split; its conditions have at least one part.
      codec: of its kind.
      progress: called with (steps done, steps in all) while it is trained.
    """
    module, path = Network(conditions.width(dataset.schema)), cached(dataset)
    if path is None:
        return train(dataset, codec, progress)
    kept = fitting.kept(path, lambda: jax.eval_shape(lambda: fitting.start(module, dataset.shape)))
    if kept is not None:
        return Reader(module, kept, dataset.schema, codec)
    trained = train(dataset, codec, progress)
    fitting.keep(path, trained.variables)
    return trained


def cached(dataset: data.Dataset) -> Path | None:
    """The file in which the reader of a training split is kept, there or not; None: no place for it."""
    return fitting.place(dataset, _VERSION)


def train(
    dataset: data.Dataset,
    codec: Codec,
    progress: OnStep = fitting.silent,
    *,
    seed: int = 0,
    epochs: float = fitting.EPOCHS,
    least: int = _LEAST_STEPS,
    width: int = WIDTH,
) -> Reader:
    """Trains a reader, see `fitting.fit`.

    Args:
      dataset: examples with their conditions, real ones for a reader; generated ones to see what they are
        worth.
      codec: of their kind.
      progress: called with (steps done, steps in all).
      seed: of weights and draws.
      epochs: passes over the examples, as far as 10,000 steps go.
      least: steps of 128 examples at the least.
      width: of the network.
    """
    module = Network(conditions.width(dataset.schema), width)
    task, target = _Task(module, dataset.schema, codec), conditions.vectors(dataset.schema, dataset.condition)
    how = {"epochs": epochs, "least": least}
    variables = fitting.fit(task, dataset.example, target, progress, seed=seed, **how)
    return Reader(module, variables, dataset.schema, codec)


@functools.partial(jax.jit, static_argnums=(0, 1, 2))
def _read(
    module: Network, schema: Schema, codec: Codec, variables: Any, example: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x = codec.encode(example, jnp.dtype(jnp.float32))
    features, outputs = cast(Any, module.apply(variables, x, train=False))
    where = conditions.spans(schema)
    parts = [OUTPUTS[part.output].read(outputs[:, where[part.name]]) for part in schema]
    return features, jnp.concatenate(parts, -1)
