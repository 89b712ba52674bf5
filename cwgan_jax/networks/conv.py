"""The convolutional pair `conv`, for images, fields and volumes; their axes have 16 to 256 places, in fours.

The critic halves the example until the shortest axis of its maps has 4 to 7 places; the generator turns one
place into such a map, and from there each layer doubles the size (`maps`). At 32x32 this is the reference
system `cwgan_gp_conv` layer for layer: generator 8f, 4f, 2f; critic f, 2f, 4f. The modules take any number of
spatial axes.
"""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.networks.architecture import Architecture, Form, Networks, Scored
from cwgan_jax.networks.condition import Projection, beside, embedded
from cwgan_jax.networks.conv_options import CriticOptions, Options
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Conv, ConvTranspose
from cwgan_jax.networks.layers.attention import SelfAttention
from cwgan_jax.networks.layers.norms import EPSILON, SINGLE, BatchNorm, Reduce, critic_norm
from cwgan_jax.networks.maps import (
    SIZES,
    critic_widths,
    generator_widths,
    kernel_between,
    map_shapes,
)

GENERATOR_SLOPE = 1e-4  # as in cwgan_gp_conv
CRITIC_SLOPE = 0.2


class Generator(nn.Module):
    """Latents and labels to examples.

    Attributes:
      image_shape: of an example, (H, W, D) or with other spatial axes.
      widths: features of the hidden layers, from the smallest maps to the largest.
      embedding: length of the label embedding; 0: the labels select the scales and biases of the batch
        norms.
      slope: of the leaky ReLU.
      biases: whether the convolutions have any.
      attention: height of the maps with self-attention, or None.
      method: see `kernels.convolutions`.
      epsilon: of the batch norms.
      bounded: whether a tanh brings the examples to [-1, 1].
      kernel: size of the kernels that double, along an even axis.
      smooth: whether the last maps are `smoothed`.
      full: features of a further hidden layer, with maps as large as the examples; 0: there is none.
    """

    image_shape: tuple[int, ...]
    widths: tuple[int, ...]
    embedding: int
    slope: float = GENERATOR_SLOPE
    biases: bool = True
    attention: int | None = None
    method: Method = AUTO
    epsilon: float = EPSILON
    bounded: bool = True
    kernel: int = 4
    smooth: bool = False
    full: int = 0

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """Generates examples.

        Args:
          latent: f[B, Z], standard normal.
          condition: f[B, C]; C = 0: unconditional.
          train: normalise with the batch's statistics and update the running ones, else use those.
          reduce: averages the statistics over the replicas.

        Returns:
          f[B, *image_shape], in [-1, 1] if `bounded`.
        """
        if self.embedding:
            latent = beside(latent, condition, self.embedding)
        chooses = condition if condition.shape[-1] and not self.embedding else None
        *lengths, channels = self.image_shape
        axes = len(lengths)
        x = latent[(slice(None), *[None] * axes, slice(None))]
        shared: dict[str, Any] = {"use_bias": self.biases, "method": self.method}
        doubles: dict[str, Any] = {"stride": 2, "padding": self.kernel // 2 - 1}
        shapes, widths = map_shapes(tuple(lengths))[::-1], self.widths
        if self.full:
            shapes, widths = (*shapes, tuple(lengths)), (*widths, self.full)
        for i, (width, shape) in enumerate(zip(widths, shapes, strict=True)):
            kernel = kernel_between(shape, self.kernel) if i > 0 else shape
            steps = shared | (doubles if i > 0 else {"stride": 1, "padding": 0})
            x = ConvTranspose(width, kernel, dead_bias=True, **steps, name=f"conv_{i}")(x)
            norm = BatchNorm(epsilon=self.epsilon, name=f"norm_{i}")
            x = nn.leaky_relu(norm(x, chooses, train=train, reduce=reduce), self.slope)
            if shape[0] == self.attention:
                x = SelfAttention(axes, self.method, name="attention")(x)
        size = 3 if self.full else self.kernel
        steps = shared | ({"stride": 1, "padding": 1} if self.full else doubles)
        x = ConvTranspose(channels, (size,) * axes, **steps, name="image")(x)
        x = smoothed(x, axes) if self.smooth else x
        return jnp.tanh(x) if self.bounded else x


def smoothed(x: jax.Array, axes: int) -> jax.Array:
    """Convolves f[..., *lengths, C] along each of so many axes with [1, 2, 1] / 4; the border is repeated."""
    for axis in range(-1 - axes, -1):
        cut, length = functools.partial(lax.slice_in_dim, x, axis=axis), x.shape[axis]
        before = jnp.concatenate([cut(0, 1), cut(0, length - 1)], axis)
        behind = jnp.concatenate([cut(1, length), cut(length - 1, length)], axis)
        x = (before + behind) / 4 + x / 2
    return x


class Critic(nn.Module):
    """Examples and labels to scores.

    Attributes:
      image_shape: of an example, (H, W, D) or with other spatial axes.
      widths: features of the hidden layers, from the largest maps to the smallest.
      embedding: length of the label embedding, constant planes behind the example; 0: projection.
      norm: `instance`, `layer`, `batch` or `off`, on all hidden layers but the first.
      biases: whether the convolutions have any.
      attention: height of the maps with self-attention, or None.
      method: see `kernels.convolutions`.
      kernel: size of the kernels that halve, along an even axis.
      view: (example, the last maps) -> f[..., *lengths, F], features from another view of the example, which
        are added to these maps; None: there is none.
    """

    image_shape: tuple[int, ...]
    widths: tuple[int, ...]
    embedding: int
    norm: str = "instance"
    biases: bool = True
    attention: int | None = None
    method: Method = AUTO
    kernel: int = 4
    view: nn.Module | None = None

    @nn.compact
    def __call__(
        self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE, reads: int = 0
    ) -> Scored:
        """Scores examples: f[..., *image_shape] and f[..., C] -> f[...], see `architecture.Scored`.

        Without batch norm no layer mixes examples, so that the penalised function of one example is the
        scored one.
        """
        planes = None
        if condition.shape[-1] and self.embedding:
            planes = embedded(condition, self.embedding)
        shared: dict[str, Any] = {"use_bias": self.biases, "method": self.method}
        x, axes = image, len(self.image_shape) - 1
        halves: dict[str, Any] = {"stride": 2, "padding": self.kernel // 2 - 1}
        for i, (width, shape) in enumerate(zip(self.widths, map_shapes(self.image_shape[:-1]), strict=True)):
            # No norm on the first layer: it would erase the constant label planes before any non-linearity.
            normed = i > 0 and self.norm != "off"
            kernel = kernel_between(x.shape[-1 - axes : -1], self.kernel)
            dead = normed and self.norm != "layer"
            layer = Conv(width, kernel, **halves, dead_bias=dead, **shared, name=f"conv_{i}")
            x = layer(x, planes if i == 0 else None)
            if normed:
                x = critic_norm(x, self.norm, axes=axes, name=f"norm_{i}", reduce=reduce)
            x = nn.leaky_relu(x, CRITIC_SLOPE)
            if shape[0] == self.attention:
                x = SelfAttention(axes, self.method, name="attention")(x)
        if self.view is not None:
            x += self.view(image, x)
        whole: dict[str, Any] = {"stride": 1, "padding": 0, **shared}
        lengths = x.shape[-1 - axes : -1]
        score = Conv(1, lengths, **whole, name="score")(x)[(..., *[0] * axes, 0)]
        if condition.shape[-1] and not self.embedding:
            score += Projection(name="projection")(x.sum(tuple(range(-1 - axes, -1))), condition)
        if not reads:
            return score
        return score, Conv(reads, lengths, **whole, name="auxiliary")(x)[(..., *[0] * axes, slice(None))]


def attention(model: Options, form: Form) -> int | None:
    """The option `attention`; ConfigError if the networks have no such maps."""
    heights = [shape[0] for shape in map_shapes(form.shape[:-1])]
    if model.attention is not None and model.attention not in heights:
        raise ConfigError(
            f"config.model.attention={model.attention}: there are no such feature maps of the data,"
            f" {'x'.join(map(str, form.shape))}; one of: {', '.join(map(str, reversed(heights)))}"
        )
    return model.attention


def build(model: Options, form: Form) -> Networks:
    """The pair `conv`; see `networks.build`."""
    generator = Generator(
        image_shape=form.shape,
        widths=generator_widths(form.shape[:-1], model.features),
        embedding=model.embeddings[0],
        attention=attention(model, form),
        method=model.method,
        epsilon=model.batch_norm_epsilon,
        bounded=form.bounded,
        smooth=model.smooth,
        full=model.full_features,
    )
    return Networks(generator, critic(model, form, attention=model.attention), model.norm == "batch")


def critic(model: CriticOptions, form: Form, *, attention: int | None = None, biases: bool = True) -> Critic:
    """The critic of a pair.

    Args:
      model: the options of the pair.
      form: of the examples.
      attention: see `Critic`.
      biases: see `Critic`.
    """
    return Critic(
        image_shape=form.shape,
        widths=critic_widths(form.shape[:-1], model.features),
        embedding=model.embeddings[1],
        norm=model.norm,
        biases=biases,
        attention=attention,
        method=model.method,
    )


ARCHITECTURE = Architecture(
    Options, build, kinds=("images", "fields", "volumes"), sizes=SIZES, axes=(2, 3), square=False, reads=True
)
