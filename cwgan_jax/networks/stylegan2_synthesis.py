"""The synthesis network of StyleGAN2 (arXiv:1912.04958, Figures 2c and 7b)."""

import math
from collections.abc import Sequence

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.networks.architecture import Shape
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.kernels.modulated import modulated_conv, modulated_upsampling
from cwgan_jax.networks.kernels.smoothing import upsample
from cwgan_jax.networks.layers.equalised import Linear, add_bias, leaky
from cwgan_jax.networks.maps import map_shapes


def sizes(lengths: Shape) -> tuple[Shape, ...]:
    """Of the maps of an example of these lengths, from the smallest to its own."""
    return (*map_shapes(lengths)[::-1], lengths)


def convolutions(lengths: Shape) -> tuple[Shape, ...]:
    """The size of the result of each convolution: one of the smallest size, two of every other."""
    return tuple(shape for shape in sizes(lengths) for _ in range(2))[1:]


class Styled(nn.Module):
    """Modulated 3x3 convolution, noise, bias, leaky ReLU.

    Attributes:
      features: F.
      lengths: of the result's axes.
      doubles: whether they are twice those of its input, or more by one.
      method: see `kernels.convolutions`.
    """

    features: int
    lengths: Shape
    doubles: bool = False
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array, style: jax.Array, noise: jax.Array | None) -> jax.Array:
        """Draws on.

        Args:
          x: f[B, H, W, C].
          style: f[B, Z].
          noise: f[B, *lengths], standard normal; None: that of the running statistics.

        Returns:
          f[B, *lengths, F].
        """
        scale = Linear(x.shape[-1], start=1.0, method=self.method, name="style")(style)
        shape = (3, 3, x.shape[-1], self.features)
        kernel = self.param("kernel", nn.initializers.normal(1.0), shape, x.dtype)
        if self.doubles:
            x = modulated_upsampling(x, kernel, scale, self.lengths, method=self.method)
        else:
            x = modulated_conv(x, kernel, scale, method=self.method)
        strength = self.param("strength", nn.initializers.zeros, (), x.dtype)
        fixed = self.variable("batch_stats", "noise", self._fixed, x.dtype)
        noise = fixed.value[None] if noise is None else noise
        x += jnp.broadcast_to((strength * noise)[..., None], x.shape)
        return leaky(add_bias(x, self.param("bias", nn.initializers.zeros, (self.features,), x.dtype)))

    def _fixed(self, dtype: jax.typing.DTypeLike) -> jax.Array:
        """The noise wherever there is no key, f[*lengths]."""
        return jax.random.normal(self.make_rng("params"), self.lengths, dtype)


class ToImage(nn.Module):
    """Modulated 1x1 convolution without demodulation, to an image.

    Attributes:
      channels: D.
      method: see `kernels.convolutions`.
    """

    channels: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array, style: jax.Array) -> jax.Array:
        """f[B, H, W, C] and f[B, Z] -> f[B, H, W, D]."""
        scale = Linear(x.shape[-1], start=1.0, method=self.method, name="style")(style)
        shape = (1, 1, x.shape[-1], self.channels)
        kernel = self.param("kernel", nn.initializers.normal(1.0), shape, x.dtype)
        scale /= math.sqrt(x.shape[-1])
        image = modulated_conv(x, kernel, scale, demodulate=False, method=self.method)
        return add_bias(image, self.param("bias", nn.initializers.zeros, (self.channels,), x.dtype))


class Synthesis(nn.Module):
    """Styles to images: each size of the maps adds its image to that of the sizes below.

    Attributes:
      image_shape: (H, W, D).
      widths: features of the maps, from the smallest to the largest.
      method: see `kernels.convolutions`.
    """

    image_shape: Shape
    widths: tuple[int, ...]
    method: Method = AUTO

    @nn.compact
    def __call__(self, styles: jax.Array, noises: Sequence[jax.Array] | None = None) -> jax.Array:
        """Styles f[B, L, Z], one for each layer, to images f[B, H, W, D].

        The layer that makes a size's image takes the style of the next size's first convolution.

        Args:
          styles: f[B, L, Z].
          noises: for each convolution f[B, *lengths], see `convolutions`; None: those of the running
            statistics.
        """
        *lengths, channels = self.image_shape
        shapes = sizes(tuple(lengths))
        constant = self.param(
            "constant", nn.initializers.normal(1.0), (*shapes[0], self.widths[0]), styles.dtype
        )
        x = jnp.broadcast_to(constant[None], (styles.shape[0], *constant.shape))
        image, layer = jnp.zeros(()), 0
        for i, (shape, width) in enumerate(zip(shapes, self.widths, strict=True)):
            for doubles in (True, False) if i else (False,):
                convolution = Styled(width, shape, doubles, self.method, name=f"conv_{layer}")
                x = convolution(x, styles[:, layer], noises[layer] if noises else None)
                layer += 1
            own = ToImage(channels, self.method, name=f"image_{i}")(x, styles[:, layer])
            image = upsample(image, shape) + own if i else own
        return image
