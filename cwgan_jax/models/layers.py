"""The Flax modules of the convolutional networks."""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.models.convolutions import AUTO, Method, conv, conv_planes, conv_transpose


def _add_bias(y: jax.Array, bias: jax.Array) -> jax.Array:
    return y + jnp.broadcast_to(bias, y.shape)


def uniform_fan_in(fan_in: int) -> nn.initializers.Initializer:
    """PyTorch's default for weights and biases: uniform in +-1/sqrt(fan_in)."""
    bound = fan_in**-0.5
    return lambda key, shape, dtype=jnp.float32: jax.random.uniform(key, shape, dtype, -bound, bound)


class Conv(nn.Module):
    """Strided convolution with bias; constant planes (label embeddings) may stand in for more channels.

    Attributes:
      features: F, output channels.
      kernel_size: k.
      stride: see `conv`.
      padding: see `conv`.
      dead_bias: a norm follows, which cancels the bias: its gradient is zero in exact arithmetic, and in
        floating point noise that Adam would blow up. It is cut; the function stays the same.
      method: see `convolutions`.
    """

    features: int
    kernel_size: int = 4
    stride: int = 2
    padding: int = 1
    dead_bias: bool = False
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array, planes: jax.Array | None = None) -> jax.Array:
        """f[..., H, W, C] and constant planes f[..., E], as channels behind the C -> f[..., H', W', F]."""
        channels = x.shape[-1]
        inputs = channels + (0 if planes is None else planes.shape[-1])
        size = self.kernel_size
        init = uniform_fan_in(inputs * size * size)
        kernel = self.param("kernel", init, (size, size, inputs, self.features))
        bias = self.param("bias", init, (self.features,))
        steps = {"stride": self.stride, "padding": self.padding}
        y = conv(x, kernel[:, :, :channels], **steps, method=self.method)
        if planes is not None:
            y += conv_planes(planes, kernel[:, :, channels:], shape=(x.shape[-3], x.shape[-2]), **steps)
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)


class ConvTranspose(nn.Module):
    """Transposed convolution with bias; attributes as in `Conv`."""

    features: int
    kernel_size: int = 4
    stride: int = 2
    padding: int = 1
    dead_bias: bool = False
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., H, W, C] -> f[..., H', W', F]."""
        size = self.kernel_size
        init = uniform_fan_in(self.features * size * size)  # PyTorch counts the output channels here
        kernel = self.param("kernel", init, (size, size, x.shape[-1], self.features))
        bias = self.param("bias", init, (self.features,))
        y = conv_transpose(x, kernel, stride=self.stride, padding=self.padding, method=self.method)
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)
