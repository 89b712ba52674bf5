"""The pair of CycleGAN (Zhu et al. 2017, arXiv:1703.10593, Appendix 7.2): translator and critic of patches.

The generator takes a picture and gives one of the same size; the critic scores patches of a picture, each as
a picture of its own. Neither has latents or labels. Layers, widths and initial weights are those of the
published code: c7s1-f, d2f, d4f, residual blocks, u2f, uf, c7s1-D; 70x70 patches with three halvings.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.common import options
from cwgan_jax.common.model import Model
from cwgan_jax.common.options import Conflict
from cwgan_jax.networks.architecture import Architecture, Form, Networks
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Conv, ConvTranspose
from cwgan_jax.networks.layers.norms import instance_norm

SPREAD = nn.initializers.normal(0.02)  # of all initial weights
SLOPE = 0.2  # of the critic's leaky ReLU
_WIDEST = 8  # the most features of the critic's layers, in units of the first one's
_LEAST = 3  # rows of the maps behind the critic's halvings: two more layers take one row each


@dataclasses.dataclass(frozen=True)
class Options(Model):
    """The options of `translator`; see `Model`.

    Attributes:
      conditional: the networks see no labels.
      features: f, of the generator's first layer; each halving doubles them.
      blocks: residual blocks between halving and doubling; the paper has 9, and 6 for 128 pixels.
      halvings: how many layers halve the picture before the blocks, and double it behind them; with none all
        layers see all pixels.
      upsampling: how the generator doubles: `transposed` convolutions, as published, which may leave a
        checkerboard; or `nearest`, each pixel four times, then a convolution.
      critic_width: features of the critic's first layer.
      critic_layers: how many layers halve the picture in the critic: with 1, 2 or 3 it scores patches of 16,
        34 or 70 pixels; the paper has 3.
    """

    architecture: str = "translator"
    conditional: bool = options.choice(False, False)
    features: int = options.count(64, high=4096)
    blocks: int = options.count(9, high=64)
    halvings: int = options.count(2, low=0, high=4)
    upsampling: str = options.choice("transposed", "transposed", "nearest")
    critic_width: int = options.count(64, high=4096)
    critic_layers: int = options.count(3, high=6)

    @property
    def method(self) -> Method:
        """How products and convolutions are computed.

        `auto` is XLA's convolutions: there are no second derivatives, for which matrix products are faster,
        and on two CPU cores a step compiles in a third of the time and takes as long.
        """
        return Method("xla" if self.implementation == "auto" else self.implementation, self.precision)

    def conflicts(self, config: Any) -> Iterator[Conflict]:
        """See `Model`."""
        yield from super().conflicts(config)
        shortest, least = min(config.data.height_width), _LEAST * 2**self.critic_layers
        if shortest < least:
            yield Conflict(
                ("model.critic_layers", "data.size"),
                f"a picture of {shortest} pixels is too small for so many, they take {least}; lower it to"
                f" {max(n for n in range(7) if _LEAST * 2**n <= shortest)}",
            )
        if any(side % 2**self.halvings or side // 2**self.halvings < 2 for side in config.data.height_width):
            yield Conflict(
                ("model.halvings", "data.size"),
                f"{config.data.size} pixels cannot be halved so often, to 2 pixels or more; lower it",
            )

    def idle(self) -> Iterator[tuple[str, str]]:
        """See `Model`."""
        yield from super().idle()
        yield "model.latent", "the architecture translates pictures, and takes no latents"
        if not self.halvings:
            yield "model.upsampling", "the generator does not halve pictures (halvings)"


def reflected(x: jax.Array, width: int) -> jax.Array:
    """Mirrors f[..., H, W, C] at its edges, which are not repeated: f[..., H + 2 width, W + 2 width, C]."""
    edges = [(0, 0)] * (x.ndim - 3) + [(width, width)] * 2 + [(0, 0)]
    return jnp.pad(x, edges, mode="reflect")


class Generator(nn.Module):
    """Pictures to pictures of the same size.

    Attributes:
      features: f.
      blocks: how many residual blocks.
      halvings: how many layers halve, and then double.
      nearest: whether pixels are repeated to double, in place of transposed convolutions.
      method: see `kernels.convolutions`.
      bounded: whether a tanh brings the pictures to [-1, 1].
    """

    features: int
    blocks: int
    halvings: int = 2
    nearest: bool = False
    method: Method = AUTO
    bounded: bool = True

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        """f[..., H, W, D] -> f[..., H, W, D]; H and W are multiples of 2**halvings."""
        shared: dict[str, Any] = {"method": self.method, "spread": SPREAD}
        normed: dict[str, Any] = {"dead_bias": True, **shared}
        flat: dict[str, Any] = {"stride": 1, "padding": 0}
        x = Conv(self.features, (7, 7), **flat, **normed, name="stem")(reflected(image, 3))
        x = nn.relu(instance_norm(x))
        for i in range(self.halvings):
            width = self.features * 2 ** (i + 1)
            x = Conv(width, (3, 3), stride=2, padding=1, **normed, name=f"down_{i}")(x)
            x = nn.relu(instance_norm(x))
        width = x.shape[-1]
        for i in range(self.blocks):
            y = Conv(width, (3, 3), **flat, **normed, name=f"block_{i}_first")(reflected(x, 1))
            y = nn.relu(instance_norm(y))
            y = Conv(width, (3, 3), **flat, **normed, name=f"block_{i}_second")(reflected(y, 1))
            x += instance_norm(y)
        for i in range(self.halvings):
            width //= 2
            if self.nearest:
                x = reflected(x.repeat(2, -3).repeat(2, -2), 1)
                x = Conv(width, (3, 3), **flat, **normed, name=f"up_{i}")(x)
            else:
                x = ConvTranspose(width, (3, 3), output_padding=1, **normed, name=f"up_{i}")(x)
            x = nn.relu(instance_norm(x))
        x = Conv(image.shape[-1], (7, 7), **flat, **shared, name="image")(reflected(x, 3))
        return jnp.tanh(x) if self.bounded else x


class Critic(nn.Module):
    """Pictures to the scores of their patches (PatchGAN; Isola et al. 2017, arXiv:1611.07004, Section 3.2.2).

    Attributes:
      features: of the first layer; each further one has twice as many, up to eight times.
      layers: how many layers halve the picture; two more do not.
      method: see `kernels.convolutions`.
    """

    features: int
    layers: int = 3
    method: Method = AUTO

    @nn.compact
    def __call__(self, image: jax.Array) -> jax.Array:
        """f[..., H, W, D] -> f[..., h, w], a score for each patch."""
        shared: dict[str, Any] = {"method": self.method, "spread": SPREAD}
        x = image
        for i in range(self.layers + 1):
            width = self.features * min(2**i, _WIDEST)
            stride = 2 if i < self.layers else 1
            x = Conv(width, (4, 4), stride=stride, padding=1, dead_bias=i > 0, **shared, name=f"conv_{i}")(x)
            x = nn.leaky_relu(instance_norm(x) if i > 0 else x, SLOPE)
        return Conv(1, (4, 4), stride=1, padding=1, **shared, name="score")(x)[..., 0]


def build(model: Options, form: Form) -> Networks:
    """The pair `translator`; see `networks.build`."""
    generator = Generator(
        model.features,
        model.blocks,
        model.halvings,
        model.upsampling == "nearest",
        model.method,
        form.bounded,
    )
    return Networks(generator, Critic(model.critic_width, model.critic_layers, model.method))


ARCHITECTURE = Architecture(Options, build, sizes=range(8, 1025), square=False, translates=True, alone=True)
