"""The judge: a small classifier of real images, whose features and readings all the metrics use.

It never sees a generated image before it judges one. Trained once per data set (three minutes for MNIST on
two CPU cores) and cached by the fingerprint of its training images. In float32, whatever the generator is.
"""

import contextlib
import functools
import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import flax.linen as nn
import flax.serialization
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from cwgan_jax import data, random
from cwgan_jax.common.files import cache_folder, write_whole
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.networks.layers.affine import Conv, Linear
from cwgan_jax.networks.layers.norms import BatchNorm

FEATURES = 128
_VERSION = 1  # part of a cached judge's file name; raise it when the training below changes
WIDTH = 32
BATCH, _EPOCHS = 128, 8
_LEAST_STEPS, _MOST_STEPS = 400, 10_000
_RATE = 2e-3
_WEIGHT_DECAY, _DROPOUT = 1e-2, 0.3
_ADAM = optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(_WEIGHT_DECAY))  # AdamW but its rate
_CHUNK, _PER_CALL = 250, 20  # images read, and steps trained, in one call

OnStep = Callable[[int, int], None]
_silent: OnStep = lambda done, total: None  # noqa: E731


class Classifier(nn.Module):
    """4x4 convolutions of stride 2 down to 4 pixels or less, each with batch norm; then two linear layers.

    Attributes:
      classes: C.
      width: channels of the first layer; each further one has twice as many, up to eight times.
    """

    classes: int
    width: int = WIDTH

    @nn.compact
    def __call__(
        self, image: jax.Array, *, train: bool, keep: jax.Array | None = None
    ) -> tuple[jax.Array, jax.Array]:
        """Reads images.

        Args:
          image: f[B, H, W, D] in [-1, 1].
          train: normalise with the batch's statistics.
          keep: f[B, 128], the dropout's mask times 1 / (1 - rate); None: no dropout.

        Returns:
          features f[B, 128] and logits f[B, C].
        """
        x, i = image, 0
        while i == 0 or x.shape[1] > 5:
            x = Conv(self.width * 2 ** min(i, 3), dead_bias=True, name=f"conv_{i}")(x)
            x = nn.relu(BatchNorm(name=f"norm_{i}")(x, train=train))
            i += 1
        x = Linear(FEATURES, dead_bias=True, name="features")(x.reshape(len(x), -1))
        features = nn.relu(BatchNorm(name="norm_features")(x, train=train))
        kept = features if keep is None else features * keep
        return features, Linear(self.classes, name="logits")(kept)


class Reading(NamedTuple):
    """What a judge reads in N images.

    Attributes:
      features: f32[N, 128], the last hidden layer.
      probability: f32[N, C].
    """

    features: np.ndarray
    probability: np.ndarray

    @property
    def label(self) -> np.ndarray:
        """i64[N], the likeliest class."""
        return self.probability.argmax(-1)


class Judge(NamedTuple):
    """A trained classifier.

    Attributes:
      module: the classifier.
      variables: its parameters and running statistics.
    """

    module: Classifier
    variables: Any

    @property
    def classes(self) -> int:
        """C."""
        return self.module.classes

    @property
    def name(self) -> str:
        """Tells judges apart: trained on another machine, the same images give another one."""
        return hashlib.sha256(flax.serialization.to_bytes(self.variables)).hexdigest()[:8]

    @jax.enable_x64(False)
    def read(self, image: np.ndarray | data.Images, index: np.ndarray | None = None) -> Reading:
        """Reads images u8[N, H, W, D] of the size it was trained on, all or those of `index`; any N."""
        index = np.arange(image.shape[0]) if index is None else index
        variables, parts = jax.device_put(self.variables), []
        for first in range(0, len(index), _CHUNK):
            part = image[index[first : first + _CHUNK]]
            filled = np.resize(part, (_CHUNK, *part.shape[1:]))  # every call has one shape
            parts.append([np.asarray(x)[: len(part)] for x in _read(self.module, variables, filled)])
        features, probability = (np.concatenate(x) for x in zip(*parts, strict=True))
        return Reading(features, probability)


def judge(dataset: data.Dataset, progress: OnStep = _silent) -> Judge:
    """The judge of a training split: from the cache, or trained now and put there.

    Args:
      dataset: the training split; at least two classes.
      progress: called with (steps done, steps in all) while it is trained.
    """
    module, path = Classifier(len(dataset.class_names)), cached(dataset)
    if path is None:
        return train(dataset, progress)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or damaged
        content = path.read_bytes()
        if hashlib.sha256(content[32:]).digest() == content[:32]:
            template = _variables(module, dataset.image.shape[1:])
            return Judge(module, flax.serialization.from_bytes(template, content[32:]))
    trained = train(dataset, progress)
    content = flax.serialization.to_bytes(trained.variables)
    try:
        write_whole(path, hashlib.sha256(content).digest() + content)
    except OSError as error:
        print(f"warning: {path}: {error.strerror}; the judge is not kept for the next time", flush=True)
    return trained


def cached(dataset: data.Dataset) -> Path | None:
    """The file in which the judge of a training split is kept, there or not; None: no place for it."""
    prints = data.fingerprint(dataset)
    name = hashlib.sha256(f"{_VERSION} {prints.whole or prints.sample}".encode()).hexdigest()[:32]
    folder = cache_folder("judges")
    return folder and folder / f"{name}.msgpack"


@jax.enable_x64(False)
def train(
    dataset: data.Dataset,
    progress: OnStep = _silent,
    *,
    seed: int = 0,
    epochs: float = _EPOCHS,
    least: int = _LEAST_STEPS,
    width: int = WIDTH,
) -> Judge:
    """Trains a classifier: AdamW with a one-cycle learning rate, images shifted by up to a tenth, dropout.

    Args:
      dataset: labelled images, real ones for a judge; generated ones to see what they are worth.
      progress: called with (steps done, steps in all).
      seed: of weights and draws.
      epochs: passes over the images, as far as 10,000 steps go.
      least: steps of 128 images at the least, for small sets.
      width: of the classifier.
    """
    module, count = Classifier(len(dataset.class_names), width), len(dataset.label)
    total = max(least, min(_MOST_STEPS, math.ceil(epochs * count / BATCH)))
    total = -(-total // _PER_CALL) * _PER_CALL
    rate = np.asarray(jax.vmap(optax.cosine_onecycle_schedule(total, _RATE))(jnp.arange(total)))
    variables = _variables(module, dataset.image.shape[1:], seed)
    state = (variables, _ADAM.init(variables["params"]))
    for n in range(0, total, _PER_CALL):
        # Gathered here, so that one compiled call serves every number of images.
        which = data.indices(seed + 1, n, _PER_CALL, count, BATCH)
        image = dataset.image[which.ravel()].reshape(*which.shape, *dataset.image.shape[1:])
        state = _steps(module, image, dataset.label[which], state, rate[n : n + _PER_CALL], n, seed)
        progress(n + _PER_CALL, total)
    return Judge(module, jax.device_get(state[0]))


@jax.enable_x64(False)
def _variables(module: Classifier, shape: tuple[int, ...], seed: int = 0) -> Any:
    start = functools.partial(module.init, train=True)
    return jax.jit(start)(random.start(seed), jnp.zeros((1, *shape)))


@functools.partial(jax.jit, static_argnums=0, donate_argnums=3)
def _steps(
    module: Classifier,
    image: jax.Array,
    label: jax.Array,
    state: Any,
    rate: jax.Array,
    first: jax.Array,
    seed: jax.Array,
) -> Any:
    """T steps from `first` on: images u8[T, B, H, W, D], labels i32[T, B], learning rates f32[T]."""

    def one(state: Any, inputs: tuple[jax.Array, ...]) -> tuple[Any, None]:
        variables, moments = state
        image, label, rate, n = inputs
        shift, drop = jax.random.split(jax.random.fold_in(random.start(seed), n))
        x = _shifted(PIXELS.encode(image, jnp.dtype(jnp.float32)), shift)
        keep = jax.random.bernoulli(drop, 1 - _DROPOUT, (len(label), FEATURES)) / (1 - _DROPOUT)

        def loss(params: Any) -> tuple[jax.Array, Any]:
            (_, logits), changed = module.apply(
                {**variables, "params": params}, x, train=True, keep=keep, mutable=["batch_stats"]
            )
            return optax.softmax_cross_entropy_with_integer_labels(logits, label).mean(), changed

        gradient, changed = jax.grad(loss, has_aux=True)(variables["params"])
        change, moments = _ADAM.update(gradient, moments, variables["params"])
        change = jax.tree.map(lambda x: -rate * x, change)
        params = optax.apply_updates(variables["params"], change)
        return ({"params": params, **changed}, moments), None

    return lax.scan(one, state, (image, label, rate, first + jnp.arange(len(rate))))[0]


def _shifted(image: jax.Array, key: jax.Array) -> jax.Array:
    """Moves each image by up to a tenth of its size, the same everywhere in it; edges are repeated."""
    most = max(1, image.shape[1] // 10)
    wide = jnp.pad(image, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    start = jax.random.randint(key, (len(image), 2), 0, 2 * most + 1)
    cut = lambda x, s: lax.dynamic_slice(x, (s[0], s[1], 0), image.shape[1:])  # noqa: E731
    return jax.vmap(cut)(wide, start)


@functools.partial(jax.jit, static_argnums=0)
def _read(module: Classifier, variables: Any, image: jax.Array) -> tuple[jax.Array, jax.Array]:
    x = PIXELS.encode(image, jnp.dtype(jnp.float32))
    features, logits = cast(Any, module.apply(variables, x, train=False))
    return features, jax.nn.softmax(logits)
