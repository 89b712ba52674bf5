"""The judge: a small classifier of real images, whose features and readings all the metrics use.

It never sees a generated image before it judges one. Trained once per data set (three minutes for MNIST on
two CPU cores) and cached by the fingerprint of its training images. In float32, whatever the generator is.
"""

import functools
from pathlib import Path
from typing import Any, NamedTuple, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from cwgan_jax import data
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation import fitting
from cwgan_jax.evaluation.fitting import BATCH, FEATURES, OnStep
from cwgan_jax.networks.layers.affine import Conv, Linear
from cwgan_jax.networks.layers.norms import BatchNorm

__all__ = ["BATCH", "FEATURES", "Classifier", "Judge", "OnStep", "Reading", "judge", "train"]

_VERSION = "1"  # part of a cached judge's file name; raise it when the training below changes
WIDTH = 32
_DROPOUT = 0.3
_CHUNK = 250  # images read in one call


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
        return fitting.name(self.variables)

    @jax.enable_x64(False)
    def read(self, image: np.ndarray | data.Images, index: np.ndarray | None = None) -> Reading:
        """Reads images u8[N, H, W, D] of the size it was trained on, all or those of `index`; any N."""
        variables = jax.device_put(self.variables)
        read = functools.partial(_read, self.module, variables)
        return Reading(*fitting.in_chunks(read, image, index, _CHUNK))


class _Task(NamedTuple):
    """See `fitting.Task`: images shifted by up to a tenth, and their classes.

    Attributes:
      module: the classifier.
      dropout: share of the features left out.
    """

    module: Classifier
    dropout: float = _DROPOUT

    def inputs(self, image: jax.Array, key: jax.Array) -> jax.Array:
        """Stored images u8[B, H, W, D] -> f32[B, H, W, D]."""
        return _shifted(PIXELS.encode(image, jnp.dtype(jnp.float32)), key)

    def loss(self, logits: jax.Array, label: jax.Array) -> jax.Array:
        """The mean cross-entropy of logits f[B, C] and classes i32[B]."""
        return optax.softmax_cross_entropy_with_integer_labels(logits, label).mean()


def judge(dataset: data.Dataset, progress: OnStep = fitting.silent) -> Judge:
    """The judge of a training split: from the cache, or trained now and put there.

    Args:
      dataset: the training split; at least two classes.
      progress: called with (steps done, steps in all) while it is trained.
    """
    module, path = Classifier(len(dataset.class_names)), cached(dataset)
    if path is None:
        return train(dataset, progress)
    kept = fitting.kept(path, lambda: jax.eval_shape(lambda: fitting.start(module, dataset.shape)))
    if kept is not None:
        return Judge(module, kept)
    trained = train(dataset, progress)
    fitting.keep(path, trained.variables)
    return trained


def cached(dataset: data.Dataset) -> Path | None:
    """The file in which the judge of a training split is kept, there or not; None: no place for it."""
    return fitting.place(dataset, _VERSION)


def train(
    dataset: data.Dataset,
    progress: OnStep = fitting.silent,
    *,
    seed: int = 0,
    epochs: float = fitting.EPOCHS,
    least: int = fitting.LEAST_STEPS,
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
    module = Classifier(len(dataset.class_names), width)
    task, how = _Task(module), {"epochs": epochs, "least": least}
    variables = fitting.fit(task, dataset.image, dataset.label, progress, seed=seed, **how)
    return Judge(module, variables)


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
