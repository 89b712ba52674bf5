"""The fully connected pair: reference system R2 at 28x28 and f = 128, for images of any size.

Generator f, 2f, 4f, 8f with batch norm but in the first layer; critic 4f, 2f without norms. Labels, where
there are classes, are embedded and stand behind the latent and behind the pixels.
"""

import math

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.networks.condition import Projection, beside
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Linear
from cwgan_jax.networks.layers.norms import EPSILON, SINGLE, BatchNorm, Reduce

SLOPE = 0.2


class Generator(nn.Module):
    """Latents and labels to images.

    Attributes:
      image_shape: (H, W, D).
      features: f.
      embedding: length of the label embedding; 0: the labels choose the scales and biases of the batch norms.
      method: see `convolutions`; its precision counts here.
      epsilon: of the batch norms (R2: 0.8).
    """

    image_shape: tuple[int, int, int]
    features: int
    embedding: int
    method: Method = AUTO
    epsilon: float = EPSILON

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """Generates images; arguments and result as in `conv.Generator`."""
        x = beside(latent, condition, self.embedding) if self.embedding else latent
        chooses = condition if condition.shape[-1] and not self.embedding else None
        for i in range(4):
            x = Linear(self.features * 2**i, dead_bias=i > 0, method=self.method, name=f"linear_{i}")(x)
            if i > 0:
                norm = BatchNorm(epsilon=self.epsilon, name=f"norm_{i}")
                x = norm(x, chooses, train=train, reduce=reduce)
            x = nn.leaky_relu(x, SLOPE)
        x = Linear(math.prod(self.image_shape), method=self.method, name="image")(x)
        return jnp.tanh(x.reshape(*x.shape[:-1], *self.image_shape))


class Critic(nn.Module):
    """Images and labels to scores; attributes as in `Generator`, but with `embedding` 0 a projection."""

    image_shape: tuple[int, int, int]
    features: int
    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE) -> jax.Array:
        """Scores images: f[..., H, W, D] in [-1, 1] and f[..., C] -> f[...]."""
        x = image.reshape(*image.shape[:-3], math.prod(self.image_shape))
        if self.embedding:
            x = beside(x, condition, self.embedding)
        for i, width in enumerate((4 * self.features, 2 * self.features)):
            x = nn.leaky_relu(Linear(width, method=self.method, name=f"linear_{i}")(x), SLOPE)
        score = Linear(1, method=self.method, name="score")(x)[..., 0]
        if condition.shape[-1] and not self.embedding:
            score += Projection(name="projection")(x, condition)
        return score
