"""The pair of BEGAN (Berthelot et al. 2017, arXiv:1703.10717): a decoder, and an autoencoder as critic.

The critic's score is minus the mean absolute error of its reconstruction (Section 3.1), so that a high score
means "real" as everywhere else. There are no norms; the activations are ELU.
"""

import dataclasses

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.networks import architecture
from cwgan_jax.networks.architecture import Architecture, Form, Networks
from cwgan_jax.networks.condition import beside, embedded
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Conv, ConvTranspose, Linear
from cwgan_jax.networks.layers.norms import SINGLE, Reduce
from cwgan_jax.networks.maps import SIZES, critic_widths, kernel_between, map_heights


@dataclasses.dataclass(frozen=True)
class Options(architecture.Options):
    """The options of `autoencoder`; the length of the critic's code is that of the latent."""

    architecture: str = "autoencoder"


class Decoder(nn.Module):
    """Codes to images: a linear layer to the smallest maps, then each layer doubles the size.

    Attributes:
      image_shape: (H, W, D); H = W.
      features: f; widths as in `maps.critic_widths`, in reverse.
      method: see `kernels.convolutions`.
    """

    image_shape: tuple[int, ...]
    features: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, code: jax.Array) -> jax.Array:
        """f[..., Z] -> f[..., H, W, D], any numbers."""
        size, widths = self.image_shape[0], critic_widths(self.image_shape[:-1], self.features)[::-1]
        start, *heights = map_heights(size)[::-1]
        x = Linear(start * start * widths[0], method=self.method, name="linear_0")(code)
        x = nn.elu(x.reshape(*x.shape[:-1], start, start, widths[0]))
        for i, (width, height) in enumerate(zip(widths[1:], heights, strict=True), 1):
            layer = ConvTranspose(
                width, kernel_between((height, height)), method=self.method, name=f"conv_{i}"
            )
            x = nn.elu(layer(x))
        return ConvTranspose(self.image_shape[2], method=self.method, name="image")(x)


class Generator(nn.Module):
    """Latents and labels to images.

    Attributes:
      image_shape: (H, W, D).
      features: f.
      embedding: length of the label embedding.
      method: see `kernels.convolutions`.
      bounded: whether a tanh brings the images to [-1, 1].
    """

    image_shape: tuple[int, ...]
    features: int
    embedding: int
    method: Method = AUTO
    bounded: bool = True

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """f[B, Z] and f[B, C] -> f[B, H, W, D]; training makes no difference."""
        latent = beside(latent, condition, self.embedding)
        image = Decoder(self.image_shape, self.features, self.method, name="decoder")(latent)
        return jnp.tanh(image) if self.bounded else image


class Critic(nn.Module):
    """Images and labels to scores.

    Attributes:
      image_shape: (H, W, D).
      features: f.
      embedding: length of the label embedding, constant planes behind the image.
      code: length of the code, h in the paper.
      method: see `kernels.convolutions`.
    """

    image_shape: tuple[int, ...]
    features: int
    embedding: int
    code: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE) -> jax.Array:
        """Scores images: f[..., H, W, D] and f[..., C] -> f[...], at most 0."""
        planes = None
        if condition.shape[-1]:
            planes = embedded(condition, self.embedding)
        x = image
        for i, width in enumerate(critic_widths(self.image_shape[:-1], self.features)):
            layer = Conv(width, kernel_between(x.shape[-3:-1]), method=self.method, name=f"conv_{i}")
            x = nn.elu(layer(x, planes if i == 0 else None))
        code = Linear(self.code, method=self.method, name="code")(x.reshape(*x.shape[:-3], -1))
        again = Decoder(self.image_shape, self.features, self.method, name="decoder")(code)
        return -jnp.abs(image - again).mean((-3, -2, -1))


def build(model: Options, form: Form) -> Networks:
    """The pair `autoencoder`; see `networks.build`."""
    settings = (form.shape, model.features, model.embedding)
    critic = Critic(*settings, model.latent, model.method)
    return Networks(Generator(*settings, model.method, form.bounded), critic)


ARCHITECTURE = Architecture(Options, build, kinds=("images", "fields"), sizes=SIZES, reconstructs=True)
