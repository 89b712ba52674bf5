"""The convolutional pairs: reference system R1 and the DCGAN, for multiples of 4 from 16 to 256 pixels.

The critic halves the image until its maps are 4 to 7 pixels high (`config.rules.map_heights`); in the
generator one pixel becomes such a map, and from there each layer doubles the size. Kernels are 4x4; those
between maps of h and 2h + 1 pixels, as 12 and 25 in an image of 100, are 5x5, which fits exactly.

`conv`: the critic's features double from f at half the image's size down to the smallest maps, at most 8f;
the generator has twice the critic's at the same resolution, at most 8f. At 32x32 that is R1 layer for layer:
generator 8f, 4f, 2f; critic f, 2f, 4f. `dcgan`: the same widths in both, as R4 has them: 8f, 4f, 2f, f at
64x64 and 2f, f at 28x28.
"""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.config.rules import map_heights
from cwgan_jax.networks.condition import Projection, beside, embedded
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Conv, ConvTranspose
from cwgan_jax.networks.layers.attention import SelfAttention
from cwgan_jax.networks.layers.norms import EPSILON, SINGLE, BatchNorm, Reduce, instance_norm

GENERATOR_SLOPE = 1e-4  # R1's
CRITIC_SLOPE = 0.2


def kernel_between(height: int) -> int:
    """Size of the kernel that halves maps of this height, or doubles to it."""
    return 4 + height % 2


def critic_widths(size: int, features: int) -> tuple[int, ...]:
    """Features of the critic's hidden layers, from the largest maps to the smallest."""
    return tuple(features * min(8, 2**i) for i in range(len(map_heights(size))))


def generator_widths(size: int, features: int) -> tuple[int, ...]:
    """Features of the generator's hidden layers, from the smallest maps to the largest."""
    return tuple(min(8 * features, 2 * width) for width in reversed(critic_widths(size, features)))


class Generator(nn.Module):
    """Latents and labels to images.

    Attributes:
      image_shape: (H, W, D); H = W.
      widths: features of the hidden layers, from the smallest maps to the largest.
      embedding: length of the label embedding; 0: the labels choose the scales and biases of the batch norms.
      slope: of the leaky ReLU.
      biases: whether the convolutions have any.
      attention: height of the maps with self-attention, or None.
      method: see `convolutions`.
      epsilon: of the batch norms.
    """

    image_shape: tuple[int, int, int]
    widths: tuple[int, ...]
    embedding: int
    slope: float = GENERATOR_SLOPE
    biases: bool = True
    attention: int | None = None
    method: Method = AUTO
    epsilon: float = EPSILON

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """Generates images.

        Args:
          latent: f[B, Z], standard normal.
          condition: f[B, C]; C = 0: unconditional.
          train: normalise with the batch's statistics and update the running ones, else use those.
          reduce: averages the statistics over the replicas.

        Returns:
          f[B, H, W, D] in [-1, 1].
        """
        if self.embedding:
            latent = beside(latent, condition, self.embedding)
        chooses = condition if condition.shape[-1] and not self.embedding else None
        x = latent[:, None, None, :]
        shared: dict[str, Any] = {"use_bias": self.biases, "method": self.method}
        heights = map_heights(self.image_shape[0])[::-1]
        stride, padding, kernel = 1, 0, heights[0]
        for i, (width, height) in enumerate(zip(self.widths, heights, strict=True)):
            if i > 0:
                stride, padding, kernel = 2, 1, kernel_between(height)
            steps: dict[str, Any] = {"kernel_size": kernel, "stride": stride, "padding": padding}
            x = ConvTranspose(width, **steps, dead_bias=True, **shared, name=f"conv_{i}")(x)
            norm = BatchNorm(epsilon=self.epsilon, name=f"norm_{i}")
            x = nn.leaky_relu(norm(x, chooses, train=train, reduce=reduce), self.slope)
            if x.shape[-3] == self.attention:
                x = SelfAttention(self.method, name="attention")(x)
        x = ConvTranspose(self.image_shape[2], **shared, name="image")(x)
        return jnp.tanh(x)


class Critic(nn.Module):
    """Images and labels to scores.

    Attributes:
      image_shape: (H, W, D).
      widths: features of the hidden layers, from the largest maps to the smallest.
      embedding: length of the label embedding, constant planes behind the image; 0: projection.
      norm: `instance`, `batch` or `off`, on all hidden layers but the first.
      biases: whether the convolutions have any.
      attention: height of the maps with self-attention, or None.
      method: see `convolutions`.
    """

    image_shape: tuple[int, int, int]
    widths: tuple[int, ...]
    embedding: int
    norm: str = "instance"
    biases: bool = True
    attention: int | None = None
    method: Method = AUTO

    @nn.compact
    def __call__(self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE) -> jax.Array:
        """Scores images: f[..., H, W, D] in [-1, 1] and f[..., C] -> f[...].

        Without batch norm no layer mixes examples, so that the penalised function of one image is the scored
        one.
        """
        planes = None
        if condition.shape[-1] and self.embedding:
            planes = embedded(condition, self.embedding)
        shared: dict[str, Any] = {"use_bias": self.biases, "method": self.method}
        x = image
        for i, width in enumerate(self.widths):
            # No norm on the first layer: it would erase the constant label planes before any non-linearity.
            normed = i > 0 and self.norm != "off"
            kernel = kernel_between(x.shape[-3])
            layer = Conv(width, kernel, dead_bias=normed, **shared, name=f"conv_{i}")
            x = layer(x, planes if i == 0 else None)
            if normed and self.norm == "batch":
                x = BatchNorm(running=False, name=f"norm_{i}")(x, train=True, reduce=reduce)
            x = nn.leaky_relu(instance_norm(x) if normed and self.norm == "instance" else x, CRITIC_SLOPE)
            if x.shape[-3] == self.attention:
                x = SelfAttention(self.method, name="attention")(x)
        last = Conv(1, kernel_size=x.shape[-3], stride=1, padding=0, **shared, name="score")
        score = last(x)[..., 0, 0, 0]
        if condition.shape[-1] and not self.embedding:
            score += Projection(name="projection")(x.sum((-3, -2)), condition)
        return score
