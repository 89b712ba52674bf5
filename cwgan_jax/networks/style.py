"""The style generator (Karras et al. 2019, arXiv:1812.04948), with the critic of `conv`.

A mapping network turns the latent into a style w. The synthesis starts from a learnt constant of 4x4 to 7x7
pixels, and each of its layers takes its own w: adaptive instance norm, 3x3 convolution, ReLU. There are two
layers for each resolution, then bilinear upsampling. The layers are those of the GAN family's generator.
"""

import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks import conv
from cwgan_jax.networks.architecture import Architecture, Form, Networks
from cwgan_jax.networks.condition import beside
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import HE, Conv, Linear
from cwgan_jax.networks.layers.norms import SINGLE, STYLE_MOMENTUM, Reduce, instance_norm
from cwgan_jax.networks.maps import SIZES, generator_widths, map_heights

DEPTH = 8  # layers of the mapping network
SLOPE = 0.2
_TINY = 1e-8


@dataclasses.dataclass(frozen=True)
class Options(conv.CriticOptions):
    """The options of `style`: its generator always embeds the labels."""

    architecture: str = "style"


class Mapping(nn.Module):
    """Latents and labels to styles.

    Attributes:
      embedding: length of the label embedding.
      method: see `kernels.convolutions`; only its precision matters here.
    """

    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, latent: jax.Array, condition: jax.Array) -> jax.Array:
        """f[B, Z] and f[B, C] -> w f[B, Z]; the latent is brought to length sqrt(Z) first."""
        size = latent.shape[-1]
        x = latent * lax.rsqrt(jnp.square(latent).mean(-1, keepdims=True) + _TINY)
        x = beside(x, condition, self.embedding)
        for i in range(DEPTH):
            x = nn.leaky_relu(Linear(size, spread=HE, method=self.method, name=f"linear_{i}")(x), SLOPE)
        return x


def adaptive_instance_norm(x: jax.Array, style: jax.Array) -> jax.Array:
    """AdaIN (Huang and Belongie 2017, arXiv:1703.06868, Eq. 8): each channel gets the style's scale and bias.

    Args:
      x: f[B, H, W, C].
      style: f[B, 2 C], scales less one, then biases.
    """
    scale, bias = jnp.split(style.reshape(style.shape[0], 1, 1, -1), 2, -1)
    scale, bias = (jnp.broadcast_to(value, x.shape) for value in (1 + scale, bias))
    return scale * instance_norm(x) + bias


class Synthesis(nn.Module):
    """Styles to images.

    Attributes:
      image_shape: (H, W, D); H = W.
      features: f; widths as in `maps.generator_widths`.
      method: see `kernels.convolutions`.
      bounded: whether a tanh brings the images to [-1, 1].
    """

    image_shape: tuple[int, ...]
    features: int
    method: Method = AUTO
    bounded: bool = True

    @nn.compact
    def __call__(self, styles: jax.Array) -> jax.Array:
        """f[B, L, Z], a style for each of the L layers -> f[B, H, W, D], in [-1, 1] if `bounded`."""
        widths = generator_widths(self.image_shape[:-1], self.features)
        start, *larger = (*map_heights(self.image_shape[0])[::-1], self.image_shape[0])
        shape = (start, start, widths[0])
        constant = self.param("constant", nn.initializers.normal(1.0), shape, styles.dtype)
        x = jnp.broadcast_to(constant, (styles.shape[0], *constant.shape)).astype(styles.dtype)
        shared: dict[str, Any] = {"kernel_size": (3, 3), "stride": 1, "padding": 1, "method": self.method}
        for i, width in enumerate(width for width in widths for _ in range(2)):
            style = Linear(2 * x.shape[-1], method=self.method, name=f"style_{i}")(styles[:, i])
            x = nn.relu(Conv(width, **shared, name=f"conv_{i}")(adaptive_instance_norm(x, style)))
            if i % 2:
                x = upsample(x, larger[i // 2])
        x = Conv(self.image_shape[2], **shared, name="image")(x)
        return jnp.tanh(x) if self.bounded else x


def upsample(x: jax.Array, size: int) -> jax.Array:
    """Twice as large, or by a pixel more, bilinear: f[B, H, H, C] -> f[B, size, size, C]."""
    shape = (x.shape[0], size, size, x.shape[-1])
    return jax.image.resize(x, shape, "bilinear", precision=lax.Precision.HIGHEST)


class Generator(nn.Module):
    """Latents and labels to images. Collection `batch_stats`: style f[Z], the running mean of w.

    Attributes:
      image_shape: (H, W, D).
      features: f.
      embedding: length of the label embedding.
      method: see `kernels.convolutions`.
      bounded: see `Synthesis`.
    """

    image_shape: tuple[int, ...]
    features: int
    embedding: int
    method: Method = AUTO
    bounded: bool = True

    def setup(self) -> None:
        """The two networks."""
        self.mapping = Mapping(self.embedding, self.method)
        self.synthesis = Synthesis(self.image_shape, self.features, self.method, self.bounded)

    @property
    def layers(self) -> int:
        """L, how many styles a picture takes."""
        return 2 * len(generator_widths(self.image_shape[:-1], self.features))

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """f[B, Z] and f[B, C] -> f[B, H, W, D]; in training the mean of w moves on."""
        w = self.mapping(latent, condition)
        mean = self.variable("batch_stats", "style", jnp.zeros, (w.shape[-1],), w.dtype)
        if train and not self.is_initializing():
            mean.value += STYLE_MOMENTUM * (reduce.mean(w.mean(0)) - mean.value)
        return self.synthesis(self.repeated(w))

    def repeated(self, w: jax.Array) -> jax.Array:
        """The same style for every layer: f[B, Z] -> f[B, L, Z]."""
        return jnp.broadcast_to(w[:, None], (w.shape[0], self.layers, w.shape[-1]))

    def styles(
        self, latent: jax.Array, condition: jax.Array, truncation: jax.Array | float = 1.0
    ) -> jax.Array:
        """Styles f[B, L, Z], drawn towards the mean by 1 - psi (the truncation trick, Appendix B)."""
        w = self.mapping(latent, condition)
        mean = jnp.broadcast_to(self.get_variable("batch_stats", "style"), w.shape)
        return self.repeated(mean + truncation * (w - mean))

    def draw(self, styles: jax.Array) -> jax.Array:
        """The image of given styles: f[B, L, Z] -> f[B, H, W, D]."""
        return self.synthesis(styles)


def build(model: Options, form: Form) -> Networks:
    """The pair `style`; see `networks.build`."""
    generator = Generator(form.shape, model.features, model.embeddings[0], model.method, form.bounded)
    return Networks(generator, conv.critic(model, form), model.norm == "batch")


ARCHITECTURE = Architecture(Options, build, kinds=("images", "fields"), sizes=SIZES, reads=True, styles=True)
