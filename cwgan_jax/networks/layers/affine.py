"""Linear layers and convolutions, with PyTorch's initial distributions."""

import math

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.convolutions import AUTO, Method, conv, conv_planes, conv_transpose
from cwgan_jax.networks.kernels.products import matmul


def _add_bias(y: jax.Array, bias: jax.Array) -> jax.Array:
    return y + jnp.broadcast_to(bias, y.shape)


def uniform_fan_in(fan_in: int) -> nn.initializers.Initializer:
    """PyTorch's default for weights and biases: uniform in +-1/sqrt(fan_in)."""
    bound = fan_in**-0.5
    return lambda key, shape, dtype=jnp.float32: jax.random.uniform(key, shape, dtype, -bound, bound)


Initializer = nn.initializers.Initializer


def spreads(fan_in: int, spread: float | None) -> tuple[Initializer, Initializer]:
    """The initial distributions of kernel and bias: see `Conv.spread`."""
    if spread is None:
        return uniform_fan_in(fan_in), uniform_fan_in(fan_in)
    single = jnp.float32  # by default, in whatever precision a run is
    return nn.initializers.normal(spread, single), nn.initializers.constant(0, single)


class Linear(nn.Module):
    """Affine map with PyTorch's initial distributions.

    Attributes:
      features: F.
      dead_bias: as in `Conv`.
      he: initial weights that keep the scale of the input in a deep stack (He et al. 2015, arXiv:1502.01852,
        Eq. 10).
      method: see `kernels.convolutions`; only its precision matters here.
    """

    features: int
    dead_bias: bool = False
    he: bool = False
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., C] -> f[..., F]."""
        init = uniform_fan_in(x.shape[-1])
        spread = nn.initializers.he_normal() if self.he else init
        kernel = self.param("kernel", spread, (x.shape[-1], self.features), x.dtype)
        bias = self.param("bias", nn.initializers.zeros if self.he else init, (self.features,), x.dtype)
        y = matmul(x, kernel, precision=self.method.precision)
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
      method: see `kernels.convolutions`.
      spread: deviation of the initial weights, then normal, with biases of zero; None: PyTorch's default.
    """

    features: int
    kernel_size: tuple[int, ...] = (4, 4)
    stride: int = 2
    padding: int = 1
    dead_bias: bool = False
    use_bias: bool = True
    method: Method = AUTO
    spread: float | None = None

    @nn.compact
    def __call__(self, x: jax.Array, planes: jax.Array | None = None) -> jax.Array:
        """f[..., *lengths, C] and planes f[..., E], as channels behind the C -> f[..., *outputs, F]."""
        channels = x.shape[-1]
        inputs = channels + (0 if planes is None else planes.shape[-1])
        init, init_bias = spreads(inputs * math.prod(self.kernel_size), self.spread)
        kernel = self.param("kernel", init, (*self.kernel_size, inputs, self.features))
        steps = {"stride": self.stride, "padding": self.padding}
        y = conv(x, kernel[..., :channels, :], **steps, method=self.method)
        if planes is not None:
            lengths = x.shape[-1 - len(self.kernel_size) : -1]
            y += conv_planes(planes, kernel[..., channels:, :], shape=lengths, **steps)
        if not self.use_bias:
            return y
        bias = self.param("bias", init_bias, (self.features,))
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)


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
    method: Method = AUTO
    spread: float | None = None
    output_padding: int = 0

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., *lengths, C] -> f[..., *outputs, F]."""
        # PyTorch counts the output channels here.
        init, init_bias = spreads(self.features * math.prod(self.kernel_size), self.spread)
        kernel = self.param("kernel", init, (*self.kernel_size, x.shape[-1], self.features))
        # So many taps of zeros more give so many places more.
        kernel = jnp.pad(kernel, [(0, self.output_padding)] * len(self.kernel_size) + [(0, 0)] * 2)
        y = conv_transpose(x, kernel, stride=self.stride, padding=self.padding, method=self.method)
        if not self.use_bias:
            return y
        bias = self.param("bias", init_bias, (self.features,))
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)
