"""The convolutional pair `conv`, for images whose height is a multiple of 4 from 16 to 256 pixels.

The critic halves the image until its maps are 4 to 7 pixels high; the generator turns one pixel into such a
map, and from there each layer doubles the size (`maps`). At 32x32 this is the reference system
`cwgan_gp_conv` layer for layer: generator 8f, 4f, 2f; critic f, 2f, 4f.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.common import options
from cwgan_jax.common.options import Conflict
from cwgan_jax.networks import architecture
from cwgan_jax.networks.architecture import Architecture, Form, Networks
from cwgan_jax.networks.condition import Projection, beside, embedded
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Conv, ConvTranspose
from cwgan_jax.networks.layers.attention import SelfAttention
from cwgan_jax.networks.layers.norms import EPSILON, SINGLE, BatchNorm, Reduce, instance_norm
from cwgan_jax.networks.maps import SIZES, critic_widths, generator_widths, kernel_between, map_heights

GENERATOR_SLOPE = 1e-4  # as in cwgan_gp_conv
CRITIC_SLOPE = 0.2


@dataclasses.dataclass(frozen=True)
class CriticOptions(architecture.Options):
    """The options of any pair with the convolutional critic.

    Attributes:
      critic_labels: how the critic sees the labels: `concatenated` (constant planes behind the image) or
        `projection` (an inner product with its last features).
      critic_norm: between the critic's layers: `auto` (the architecture's own: instance norm, but batch norm
        in dcgan), `instance`, `batch` or `off`.
    """

    critic_labels: str = options.choice("concatenated", "concatenated", "projection")
    critic_norm: str = options.choice("auto", "auto", "instance", "batch", "off")

    @property
    def norm(self) -> str:
        """The critic's norm, `auto` resolved."""
        return "instance" if self.critic_norm == "auto" else self.critic_norm

    def conflicts(self, config: Any) -> Iterator[Conflict]:
        """See `Model`."""
        yield from super().conflicts(config)
        if self.norm != "batch":
            return
        instead = "config.model.critic_norm=instance or off"
        for name, penalty in dataclasses.asdict(config.objective.penalties).items():
            if penalty["weight"] > 0:
                yield Conflict(
                    (f"objective.penalties.{name}.weight", "model.critic_norm"),
                    "the critic has batch norm, so its score is not a function of one example; set the weight"
                    f" to 0, or {instead}",
                )
        if config.train.parts != 1:
            why = f"the critic's batch norm needs the whole batch; set it to 1, or {instead}"
            yield Conflict(("train.parts", "model.critic_norm"), why)


@dataclasses.dataclass(frozen=True)
class Options(CriticOptions):
    """The options of `conv`.

    Attributes:
      generator_labels: how the generator sees the labels: `concatenated` (an embedding behind the latent) or
        `batch_norm` (a scale and a bias for each class: conditional batch norm).
      attention: height of the feature maps on which both networks have self-attention; none: nowhere.
      batch_norm_epsilon: added to the variance in the generator's batch norms.
    """

    architecture: str = "conv"
    generator_labels: str = options.choice("concatenated", "concatenated", "batch_norm")
    attention: int | None = options.count(None, low=4, high=128)
    batch_norm_epsilon: float = options.real(1e-5, "a number > 0", lambda v: v > 0)

    def conflicts(self, config: Any) -> Iterator[Conflict]:
        """See `Model`."""
        yield from super().conflicts(config)
        heights = map_heights(config.data.size)
        if self.attention is not None and config.data.size in SIZES and self.attention not in heights:
            allowed = ", ".join(map(str, reversed(heights)))
            why = f"there are no such feature maps; one of: {allowed}"
            yield Conflict(("model.attention", "data.size"), why)


class Generator(nn.Module):
    """Latents and labels to images.

    Attributes:
      image_shape: (H, W, D); H = W.
      widths: features of the hidden layers, from the smallest maps to the largest.
      embedding: length of the label embedding; 0: the labels select the scales and biases of the batch
        norms.
      slope: of the leaky ReLU.
      biases: whether the convolutions have any.
      attention: height of the maps with self-attention, or None.
      method: see `kernels.convolutions`.
      epsilon: of the batch norms.
    """

    image_shape: tuple[int, ...]
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
      method: see `kernels.convolutions`.
    """

    image_shape: tuple[int, ...]
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


def build(model: Options, form: Form) -> Networks:
    """The pair `conv`; see `networks.build`."""
    generator = Generator(
        image_shape=form.shape,
        widths=generator_widths(form.shape[0], model.features),
        embedding=model.embeddings[0],
        attention=model.attention,
        method=model.method,
        epsilon=model.batch_norm_epsilon,
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
        widths=critic_widths(form.shape[0], model.features),
        embedding=model.embeddings[1],
        norm=model.norm,
        biases=biases,
        attention=attention,
        method=model.method,
    )


ARCHITECTURE = Architecture(Options, build, sizes=SIZES)
