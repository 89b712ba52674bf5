"""Layers with an equalised learning rate (Karras et al. 2018, arXiv:1710.10196, Section 4.1).

The weights start from N(0, 1), and each layer multiplies them by what would otherwise be the spread of its
initial weights, so that all of them move at one speed under Adam.
"""

import math

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.networks.kernels.convolutions import AUTO, Method, conv
from cwgan_jax.networks.kernels.products import matmul
from cwgan_jax.networks.kernels.smoothing import blur, downsample

SLOPE = 0.2
GAIN = math.sqrt(2)  # of the leaky ReLU, which keeps the size of what passes it


def leaky(x: jax.Array, gain: float = GAIN) -> jax.Array:
    """Leaky ReLU, times a gain."""
    return nn.leaky_relu(x, SLOPE) * gain


def add_bias(x: jax.Array, bias: jax.Array) -> jax.Array:
    """Each channel with its bias: f[..., F], f[F]."""
    return x + jnp.broadcast_to(bias, x.shape)


class Linear(nn.Module):
    """Affine map.

    Attributes:
      features: F.
      start: the initial biases.
      factor: of the learning rate: the weights start 1 / factor times as large and count factor times, the
        biases too.
      activated: whether a leaky ReLU follows.
      method: see `kernels.convolutions`; only its precision matters here.
    """

    features: int
    start: float = 0.0
    factor: float = 1.0
    activated: bool = False
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., C] -> f[..., F]."""
        shape = (x.shape[-1], self.features)
        kernel = self.param("kernel", nn.initializers.normal(1 / self.factor), shape, x.dtype)
        bias = self.param("bias", nn.initializers.constant(self.start), (self.features,), x.dtype)
        y = matmul(x, kernel * (self.factor / math.sqrt(shape[0])), precision=self.method.precision)
        y = add_bias(y, bias * self.factor)
        return leaky(y) if self.activated else y


class Conv(nn.Module):
    """Convolution of k x k; with a bias a leaky ReLU follows, without one it is linear.

    Attributes:
      features: F.
      size: k, odd.
      halves: whether the maps are halved too, with the filter [1, 3, 3, 1] before.
      use_bias: whether there is a bias, and a leaky ReLU.
      gain: of the result.
      method: see `kernels.convolutions`.
    """

    features: int
    size: int = 3
    halves: bool = False
    use_bias: bool = True
    gain: float = 1.0
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., H, W, C] -> f[..., H, W, F], or half as large."""
        shape = (self.size, self.size, x.shape[-1], self.features)
        kernel = self.param("kernel", nn.initializers.normal(1.0), shape, x.dtype) / math.sqrt(
            math.prod(shape[:-1])
        )
        stride, padding = 1, self.size // 2
        if self.halves and self.size == 1:  # the order makes no difference, and this is the cheaper one
            x = downsample(x)
        elif self.halves:
            x, stride, padding = blur(x, (padding + 1, padding + 1)), 2, 0
        y = conv(x, kernel, stride=stride, padding=padding, method=self.method)
        if not self.use_bias:
            return y * self.gain
        bias = self.param("bias", nn.initializers.zeros, (self.features,), x.dtype)
        return leaky(add_bias(y, bias), GAIN * self.gain)
