"""The convolutional pair: reference system R1 at 32x32, the same pattern at 16, 64 and 128.

The critic's features double from f at half the image's size down to 4x4, at most 8f; the generator has
twice the critic's at the same resolution, at most 8f. At 32x32 that is R1 layer for layer: generator 8f, 4f,
2f; critic f, 2f, 4f.
"""

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.models.convolutions import AUTO, Method
from cwgan_jax.models.layers import Conv, ConvTranspose
from cwgan_jax.models.norms import EPSILON, SINGLE, BatchNorm, Reduce, instance_norm

GENERATOR_SLOPE = 1e-4
CRITIC_SLOPE = 0.2


def critic_widths(size: int, features: int) -> tuple[int, ...]:
    """Features of the critic's hidden layers, at size/2, size/4, ..., 4 pixels."""
    return tuple(features * min(8, 2**i) for i in range((size // 4).bit_length() - 1))


def generator_widths(size: int, features: int) -> tuple[int, ...]:
    """Features of the generator's hidden layers, at 4, 8, ..., size/2 pixels."""
    return tuple(min(8 * features, 2 * width) for width in reversed(critic_widths(size, features)))


class Generator(nn.Module):
    """Latents and labels to images.

    Attributes:
      image_shape: (H, W, D); H = W a power of two, at least 8.
      classes: C; 0: unconditional, the labels are ignored.
      features: f.
      embedding: length of the label embedding.
      method: see `convolutions`.
      epsilon: of the batch norms.
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
        """Generates images.

        Args:
          latent: f[B, Z], standard normal.
          label: i32[B] in [0, C).
          train: normalise with the batch's statistics and update the running ones, else use those.
          reduce: averages the statistics over the replicas.

        Returns:
          f[B, H, W, D] in [-1, 1].
        """
        if self.classes:
            embedded = nn.Embed(
                self.classes, self.embedding, embedding_init=nn.initializers.normal(1.0), name="label_embed"
            )(label)
            latent = jnp.concatenate([latent, embedded.astype(latent.dtype)], -1)
        x = latent[:, None, None, :]
        stride, padding = 1, 0  # one pixel to 4x4; from there each layer doubles the size
        for i, width in enumerate(generator_widths(self.image_shape[0], self.features)):
            x = ConvTranspose(
                width,
                stride=stride,
                padding=padding,
                dead_bias=True,
                method=self.method,
                name=f"conv_{i}",
            )(x)
            x = BatchNorm(epsilon=self.epsilon, name=f"norm_{i}")(x, train=train, reduce=reduce)
            x = nn.leaky_relu(x, GENERATOR_SLOPE)
            stride, padding = 2, 1
        x = ConvTranspose(self.image_shape[2], method=self.method, name="image")(x)
        return jnp.tanh(x)


class Critic(nn.Module):
    """Images and labels to scores; attributes as in `Generator`."""

    image_shape: tuple[int, int, int]
    classes: int
    features: int
    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, image: jax.Array, label: jax.Array) -> jax.Array:
        """Scores images: f[..., H, W, D] in [-1, 1] and i32[...] in [0, C) -> f[...].

        No layer mixes examples, so that the penalised function of one image is the scored one.
        """
        planes = None
        if self.classes:
            planes = nn.Embed(
                self.classes, self.embedding, embedding_init=nn.initializers.normal(1.0), name="label_embed"
            )(label).astype(image.dtype)
        x = image
        for i, width in enumerate(critic_widths(self.image_shape[0], self.features)):
            # No norm on the first layer: it would erase the constant label planes before any non-linearity.
            layer = Conv(width, dead_bias=i > 0, method=self.method, name=f"conv_{i}")
            x = layer(x, planes if i == 0 else None)
            x = nn.leaky_relu(instance_norm(x) if i > 0 else x, CRITIC_SLOPE)
        score = Conv(1, stride=1, padding=0, method=self.method, name="score")(x)
        return score[..., 0, 0, 0]
