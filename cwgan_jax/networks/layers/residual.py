"""The residual blocks of WGAN-GP (Gulrajani et al. 2017, arXiv:1704.00028, Appendix F) and SNGAN.

Initial weights are Glorot's, those of the convolutions inside with twice the variance, for the ReLUs.
"""

from typing import Any

import flax.linen as nn
import jax

from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.kernels.resampling import averaged, repeated
from cwgan_jax.networks.layers.affine import Conv, ResampledConv
from cwgan_jax.networks.layers.norms import EPSILON, SINGLE, BatchNorm, Reduce, critic_norm

GLOROT = nn.initializers.glorot_uniform()
GLOROT_RELU = nn.initializers.variance_scaling(2.0, "fan_avg", "uniform")


class GeneratorBlock(nn.Module):
    """Batch norm, ReLU, places repeated, convolution; batch norm, ReLU, convolution; and a shortcut.

    The convolutions have no biases: the batch norms of this block and those behind it would cancel them.

    Attributes:
      features: F.
      epsilon: of the batch norms.
      method: see `kernels.convolutions`.
    """

    features: int
    epsilon: float = EPSILON
    method: Method = AUTO

    @nn.compact
    def __call__(
        self, x: jax.Array, condition: jax.Array | None, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """f[B, H, W, C] -> f[B, 2 H, 2 W, F]; the other arguments are those of `BatchNorm`."""
        shared: dict[str, Any] = {"use_bias": False, "method": self.method}
        norms = (BatchNorm(epsilon=self.epsilon, name=f"norm_{i}") for i in (0, 1))
        y = nn.relu(next(norms)(x, condition, train=train, reduce=reduce))
        y = ResampledConv(self.features, up=True, spread=GLOROT_RELU, **shared, name="conv_0")(y)
        y = nn.relu(next(norms)(y, condition, train=train, reduce=reduce))
        y = Conv(self.features, (3, 3), 1, 1, spread=GLOROT_RELU, **shared, name="conv_1")(y)
        # Repeated behind the convolution, which sees single places: the result is the same.
        return y + repeated(Conv(self.features, (1, 1), 1, 0, spread=GLOROT, **shared, name="shortcut")(x))


class CriticBlock(nn.Module):
    """Norm, ReLU, convolution, twice, and a shortcut.

    Attributes:
      features: F; the hidden maps have as many channels as the input, but F in the first block.
      halves: whether the results are averaged over 2x2 places.
      first: whether the input is the example: without norms, and without an activation before the first
        convolution.
      norm: see `norms.critic_norm`.
      method: see `kernels.convolutions`.
    """

    features: int
    halves: bool
    first: bool = False
    norm: str = "off"
    method: Method = AUTO

    @nn.compact
    def __call__(
        self, x: jax.Array, planes: jax.Array | None = None, *, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """f[..., H, W, C], planes f[..., E] as further channels -> f[..., H, W, F], or half of H and W."""

        def active(x: jax.Array, number: int) -> jax.Array:
            norm = "off" if self.first else self.norm
            return nn.relu(critic_norm(x, norm, axes=2, name=f"norm_{number}", reduce=reduce))

        how: dict[str, Any] = {"spread": GLOROT_RELU, "method": self.method}
        same: dict[str, Any] = {"kernel_size": (3, 3), "stride": 1, "padding": 1, **how}
        hidden = self.features if self.first else x.shape[-1]
        dead = not self.first and self.norm in ("batch", "instance")
        y = x if self.first else active(x, 0)
        y = active(Conv(hidden, dead_bias=dead, **same, name="conv_0")(y, planes), 1)
        if self.halves:
            y = ResampledConv(self.features, up=False, **how, name="conv_1")(y)
            x = averaged(x)  # before the convolution of the shortcut, which sees single places
        else:
            y = Conv(self.features, **same, name="conv_1")(y)
        if self.halves or self.features != x.shape[-1]:
            single = Conv(self.features, (1, 1), 1, 0, spread=GLOROT, method=self.method, name="shortcut")
            x = single(x, planes)
        return x + y
