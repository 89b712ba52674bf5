"""Do generated images look augmented? A classifier of plain and augmented images, real and generated ones.

It learns from real training images and from those that runs without augmentation drew, half of all augmented
at the ceiling of p. What else is wrong with generated images is on both sides; only the augmentation tells.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from cwgan_jax.data.codec import PIXELS
from cwgan_jax.evaluation import fitting, judge
from cwgan_jax.objectives import augment

CEILING = 0.8
PIPELINE = "bgc"


class Leak(NamedTuple):
    """See `fitting.Task`: plain images are 0, augmented ones 1; what is stored is what is read."""

    module: judge.Classifier
    dropout: float = 0.3

    def inputs(self, image, key):
        """Stored images u8[B, H, W, D] -> f32[B, H, W, D]."""
        return PIXELS.encode(image, jnp.dtype(jnp.float32))

    def loss(self, logits, target):
        """The mean cross-entropy."""
        return optax.softmax_cross_entropy_with_integer_labels(logits, target).mean()


@jax.jit
def _augmented(image, keys):
    pipeline = augment.PIPELINES[PIPELINE]

    def one(key, x):
        drawn = augment.draw(pipeline, augment.numbers(pipeline, key, jnp.float32), CEILING, x.shape)
        return augment.apply(pipeline, drawn, x), jnp.stack([each.active for each in drawn]).any()

    found, active = jax.vmap(one)(keys, PIXELS.encode(image, jnp.dtype(jnp.float32)))
    return PIXELS.decode(found), active


def augmented(image, seed):
    """Images u8[N, H, W, D] as the discriminator may see them, without those that stay as they are."""
    keys, parts = jax.random.split(jax.random.key(seed), len(image)), []
    for first in range(0, len(image), 1000):
        part = slice(first, first + 1000)
        found, active = map(np.asarray, _augmented(image[part], keys[part]))
        parts.append(found[active])
    return np.concatenate(parts)


def classifier(sets, steps):
    """A judge of two classes, plain and augmented, that learns from these sets of plain images alike."""
    plain, other = [], []
    for number, image in enumerate(sets):
        order = np.random.default_rng(number).permutation(len(image))
        plain.append(image[order[::2]])
        other.append(augmented(image[order[1::2]], number))
    image = np.concatenate(plain + other)
    target = np.repeat(np.int32([0, 1]), [sum(map(len, plain)), sum(map(len, other))])
    module = judge.Classifier(2)
    variables = fitting.fit(Leak(module), image, target, epochs=steps * fitting.BATCH / len(image), least=20)
    return judge.Judge(module, variables)


def called_augmented(judge, image):
    """The share of images that it takes for augmented ones."""
    return float((judge.read(image).label == 1).mean())


def displaced(image):
    """The share of images whose centre of mass is more than a pixel from the mean one; MNIST has none."""
    value = image[..., 0].astype(float)
    place = np.indices(value.shape[1:])
    centre = np.einsum("nhw,ahw->an", value, place) / (value.sum((1, 2)) + 1e-9)
    return float((np.hypot(*(centre - centre.mean(1, keepdims=True))) > 1).mean())


def inverted(image):
    """The share of images with a bright edge, a mean above 64 of 255; MNIST has none."""
    value = image[..., 0].astype(float)
    edge = np.concatenate([value[:, 0], value[:, -1], value[:, :, 0], value[:, :, -1]], 1)
    return float((edge.mean(1) > 64).mean())


def signs(judge, image):
    """Each sign of a leak by name."""
    return {
        "called_augmented": called_augmented(judge, image),
        "displaced": displaced(image),
        "inverted": inverted(image),
    }
