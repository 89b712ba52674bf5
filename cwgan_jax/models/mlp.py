"""The fully connected pair: reference system R2 at 28x28 and f = 128, for images of any size.

Generator f, 2f, 4f, 8f with batch norm but in the first layer; critic 4f, 2f without norms. Labels, where
there are classes, are embedded and stand behind the latent and behind the pixels.
"""

import math

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.models.convolutions import AUTO, Method
from cwgan_jax.models.layers import uniform_fan_in
from cwgan_jax.models.norms import EPSILON, SINGLE, BatchNorm, Reduce
from cwgan_jax.models.products import matmul

SLOPE = 0.2


class Linear(nn.Module):
    """Affine map with PyTorch's initial distributions.

    Attributes:
      features: F.
      dead_bias: as in `layers.Conv`.
      method: see `convolutions`; its precision counts here.
    """

    features: int
    dead_bias: bool = False
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., C] -> f[..., F]."""
        init = uniform_fan_in(x.shape[-1])
        kernel = self.param("kernel", init, (x.shape[-1], self.features))
        bias = self.param("bias", init, (self.features,))
        y = matmul(x, kernel, precision=self.method.precision)
        return y + jnp.broadcast_to(lax.stop_gradient(bias) if self.dead_bias else bias, y.shape)


class Generator(nn.Module):
    """Latents and labels to images.

    Attributes:
      image_shape: (H, W, D).
      classes: C; 0: unconditional, the labels are ignored.
      features: f.
      embedding: length of the label embedding.
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
        x = _with_label(latent, label, self.classes, self.embedding)
        for i in range(4):
            x = Linear(self.features * 2**i, dead_bias=i > 0, method=self.method, name=f"linear_{i}")(x)
            if i > 0:
                x = BatchNorm(epsilon=self.epsilon, name=f"norm_{i}")(x, train=train, reduce=reduce)
            x = nn.leaky_relu(x, SLOPE)
        x = Linear(math.prod(self.image_shape), method=self.method, name="image")(x)
        return jnp.tanh(x.reshape(*x.shape[:-1], *self.image_shape))


class Critic(nn.Module):
    """Images and labels to scores; attributes as in `Generator`."""

    image_shape: tuple[int, int, int]
    classes: int
    features: int
    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, image: jax.Array, label: jax.Array) -> jax.Array:
        """Scores images: f[..., H, W, D] in [-1, 1] and i32[...] in [0, C) -> f[...]."""
        x = image.reshape(*image.shape[:-3], math.prod(self.image_shape))
        x = _with_label(x, label, self.classes, self.embedding)
        for i, width in enumerate((4 * self.features, 2 * self.features)):
            x = nn.leaky_relu(Linear(width, method=self.method, name=f"linear_{i}")(x), SLOPE)
        return Linear(1, method=self.method, name="score")(x)[..., 0]


def _with_label(x: jax.Array, label: jax.Array, classes: int, embedding: int) -> jax.Array:
    """f[..., C] and the label's embedding behind it; to be called inside a compact `__call__`."""
    if not classes:
        return x
    table = nn.Embed(classes, embedding, embedding_init=nn.initializers.normal(1.0), name="label_embed")
    return jnp.concatenate([x, table(label).astype(x.dtype)], -1)
