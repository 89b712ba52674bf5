"""Linear layers and convolutions, with PyTorch's initial distributions unless others are given."""

import math

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.convolutions import AUTO, Method, conv, conv_planes, conv_transpose
from cwgan_jax.networks.kernels.products import matmul
from cwgan_jax.networks.kernels.resampling import conv_averaged, repeated_conv

HE = nn.initializers.he_normal()
"""Keeps the scale of the input in a deep stack with ReLUs (He et al. 2015, arXiv:1502.01852, Eq. 10)."""


def _add_bias(y: jax.Array, bias: jax.Array) -> jax.Array:
    return y + jnp.broadcast_to(bias, y.shape)


def uniform_fan_in(fan_in: int) -> nn.initializers.Initializer:
    """PyTorch's default for weights and biases: uniform in +-1/sqrt(fan_in)."""
    bound = fan_in**-0.5
    return lambda key, shape, dtype=jnp.float32: jax.random.uniform(key, shape, dtype, -bound, bound)


def _starts(
    own: nn.initializers.Initializer | None, fan_in: int
) -> tuple[nn.initializers.Initializer, nn.initializers.Initializer]:
    """The initial distributions of a kernel and of its bias: a layer's own with zeros, or PyTorch's."""
    if own is not None:
        return own, nn.initializers.zeros
    return uniform_fan_in(fan_in), uniform_fan_in(fan_in)


class Linear(nn.Module):
    """Affine map.

    Attributes:
      features: F.
      dead_bias: as in `Conv`.
      use_bias: whether there is a bias.
      spread: initial distribution of the kernel, the bias then being zero; None: PyTorch's of both.
      method: see `kernels.convolutions`; only its precision matters here.
    """

    features: int
    dead_bias: bool = False
    use_bias: bool = True
    spread: nn.initializers.Initializer | None = None
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., C] -> f[..., F]."""
        of_kernel, of_bias = _starts(self.spread, x.shape[-1])
        kernel = self.param("kernel", of_kernel, (x.shape[-1], self.features), x.dtype)
        y = matmul(x, kernel, precision=self.method.precision)
        if not self.use_bias:
            return y
        bias = self.param("bias", of_bias, (self.features,), x.dtype)
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)


class Conv(nn.Module):
    """Strided convolution with bias; constant planes (label embeddings) can be further input channels.

    Attributes:
      features: F, output channels.
      kernel_size: of each spatial axis; how many there are says how many axes the convolution has.
      stride: see `conv`.
      padding: see `conv`.
      dead_bias: a norm follows, which cancels the bias. Its gradient is zero in exact arithmetic, but in
        floating point it is noise, which Adam would scale up; so it is cut. The function stays the same.
      use_bias: whether there is a bias.
      spread: as in `Linear`.
      method: see `kernels.convolutions`.
    """

    features: int
    kernel_size: tuple[int, ...] = (4, 4)
    stride: int = 2
    padding: int = 1
    dead_bias: bool = False
    use_bias: bool = True
    spread: nn.initializers.Initializer | None = None
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array, planes: jax.Array | None = None) -> jax.Array:
        """f[..., *lengths, C] and planes f[..., E], as channels behind the C -> f[..., *outputs, F]."""
        channels = x.shape[-1]
        inputs = channels + (0 if planes is None else planes.shape[-1])
        of_kernel, of_bias = _starts(self.spread, inputs * math.prod(self.kernel_size))
        kernel = self.param("kernel", of_kernel, (*self.kernel_size, inputs, self.features), jnp.float32)
        steps = {"stride": self.stride, "padding": self.padding}
        y = conv(x, kernel[..., :channels, :], **steps, method=self.method)
        if planes is not None:
            lengths = x.shape[-1 - len(self.kernel_size) : -1]
            y += conv_planes(planes, kernel[..., channels:, :], shape=lengths, **steps)
        if not self.use_bias:
            return y
        bias = self.param("bias", of_bias, (self.features,), jnp.float32)
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)


class ResampledConv(nn.Module):
    """A 3x3 convolution, padding 1, with bias, between maps of one size and of twice that size.

    Attributes:
      features: F.
      up: whether the places are repeated before the convolution; else its results are averaged over 2x2
        places (`kernels.resampling`).
      use_bias: whether there is a bias.
      spread: as in `Linear`.
      method: see `kernels.convolutions`.
    """

    features: int
    up: bool
    use_bias: bool = True
    spread: nn.initializers.Initializer | None = None
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., H, W, C] -> f[..., 2 H, 2 W, F], or f[..., H / 2, W / 2, F]."""
        of_kernel, of_bias = _starts(self.spread, 9 * x.shape[-1])
        kernel = self.param("kernel", of_kernel, (3, 3, x.shape[-1], self.features), jnp.float32)
        y = (repeated_conv if self.up else conv_averaged)(x, kernel, method=self.method)
        if not self.use_bias:
            return y
        return _add_bias(y, self.param("bias", of_bias, (self.features,), jnp.float32))


class ConvTranspose(nn.Module):
    """Transposed convolution with bias; attributes as in `Conv`.

    Attributes:
      output_padding: further places at the end of each axis, below the stride (PyTorch's).
    """

    features: int
    kernel_size: tuple[int, ...] = (4, 4)
    stride: int = 2
    padding: int = 1
    dead_bias: bool = False
    use_bias: bool = True
    spread: nn.initializers.Initializer | None = None
    output_padding: int = 0
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., *lengths, C] -> f[..., *outputs, F]."""
        # PyTorch counts the output channels here.
        of_kernel, of_bias = _starts(self.spread, self.features * math.prod(self.kernel_size))
        shape = (*self.kernel_size, x.shape[-1], self.features)
        kernel = self.param("kernel", of_kernel, shape, jnp.float32)
        # So many taps of zeros more give so many places more.
        kernel = jnp.pad(kernel, [(0, self.output_padding)] * len(self.kernel_size) + [(0, 0)] * 2)
        y = conv_transpose(x, kernel, stride=self.stride, padding=self.padding, method=self.method)
        if not self.use_bias:
            return y
        bias = self.param("bias", of_bias, (self.features,), jnp.float32)
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)
