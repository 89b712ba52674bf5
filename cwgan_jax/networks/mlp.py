"""The fully connected pair: reference system R2 at 28x28 and f = 128, for images of any size.

Generator f, 2f, 4f, 8f with batch norm but in the first layer; critic 4f, 2f without norms. Labels, where
there are classes, are embedded and stand behind the latent and behind the pixels.
"""

import math

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Linear, Projection, embedded
from cwgan_jax.networks.layers.norms import EPSILON, SINGLE, BatchNorm, Reduce

SLOPE = 0.2


class Generator(nn.Module):
    """Latents and labels to images.

    Attributes:
      image_shape: (H, W, D).
      classes: C; 0: unconditional, the labels are ignored.
      features: f.
      embedding: length of the label embedding; 0: the labels choose the scales and biases of the batch norms.
      method: see `convolutions`; its precision counts here.
      epsilon: of the batch norms (R2: 0.8).
    """

    image_shape: tuple[int, int, int]
    classes: int
    features: int
    embedding: int
    method: Method = AUTO
    epsilon: float = EPSILON

    @nn.compact
    def __call__(
        self, latent: jax.Array, label: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """Generates images; arguments and result as in `conv.Generator`."""
        x = latent
        if self.classes and self.embedding:
            x = jnp.concatenate([x, embedded(label, self.classes, self.embedding, x)], -1)
        for i in range(4):
            x = Linear(self.features * 2**i, dead_bias=i > 0, method=self.method, name=f"linear_{i}")(x)
            if i > 0:
                norm = BatchNorm(
                    epsilon=self.epsilon, classes=0 if self.embedding else self.classes, name=f"norm_{i}"
                )
                x = norm(x, label, train=train, reduce=reduce)
            x = nn.leaky_relu(x, SLOPE)
        x = Linear(math.prod(self.image_shape), method=self.method, name="image")(x)
        return jnp.tanh(x.reshape(*x.shape[:-1], *self.image_shape))


class Critic(nn.Module):
    """Images and labels to scores; attributes as in `Generator`, but with `embedding` 0 a projection."""

    image_shape: tuple[int, int, int]
    classes: int
    features: int
    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, image: jax.Array, label: jax.Array, *, reduce: Reduce = SINGLE) -> jax.Array:
        """Scores images: f[..., H, W, D] in [-1, 1] and i32[...] in [0, C) -> f[...]."""
        x = image.reshape(*image.shape[:-3], math.prod(self.image_shape))
        if self.classes and self.embedding:
            x = jnp.concatenate([x, embedded(label, self.classes, self.embedding, x)], -1)
        for i, width in enumerate((4 * self.features, 2 * self.features)):
            x = nn.leaky_relu(Linear(width, method=self.method, name=f"linear_{i}")(x), SLOPE)
        score = Linear(1, method=self.method, name="score")(x)[..., 0]
        if self.classes and not self.embedding:
            score += Projection(self.classes, name="projection")(x, label)
        return score
