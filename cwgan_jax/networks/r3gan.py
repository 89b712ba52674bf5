"""The pair `r3gan` (Huang et al. 2025, arXiv:2501.05441, Section 3 and Appendix): residual blocks, no norms.

Both networks have a stage of blocks for each size of the maps. A block widens its input by a 1x1 convolution,
convolves groups of channels, and comes back by another 1x1 convolution; a bias and a leaky ReLU stand behind
the first two. Between stages the maps are doubled or halved by the filter [1, 2, 1], spread over two places
([1, 3, 3, 1]). The generator starts from learnt maps, each scaled by a linear function of latent and label;
the critic ends with learnt maps, over which its features are summed, and a projection.

Without norms the initial weights have to keep the scale: the last convolution of a block starts at zero, so
that each block starts as the identity, and the others are smaller the more blocks there are (Fixup: Zhang et
al. 2019, arXiv:1901.09321). There is no tanh: values beyond -1 and 1 are cut off when pictures are made.
"""

import dataclasses
import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.common import options
from cwgan_jax.networks import architecture
from cwgan_jax.networks.architecture import Architecture, Form, Networks, Scored
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.kernels.groups import grouped_conv
from cwgan_jax.networks.kernels.smoothing import downsample, upsample
from cwgan_jax.networks.layers.affine import Conv, Linear
from cwgan_jax.networks.layers.norms import SINGLE, Reduce
from cwgan_jax.networks.maps import SIZES, whole_halvings

SLOPE = 0.2
GAIN = math.sqrt(2 / (1 + SLOPE**2))  # of the leaky ReLU


@dataclasses.dataclass(frozen=True)
class Options(architecture.Options):
    """The options of `r3gan`. The generator always embeds the labels, and the critic projects on them.

    Attributes:
      features: f, width of the maps of up to `full_width` pixels; half of it for each doubling beyond.
      full_width: height of the largest maps with f features.
      embedding: length of the generator's label embedding; the critic's is f.
      blocks: of each stage.
      expansion: how many times as wide as its input the inside of a block is.
      group_channels: channels of a group of the 3x3 convolutions, or their largest common divisor with the
        inside's width. At full size, 768 features, that makes 96 groups.
    """

    architecture: str = "r3gan"
    features: int = options.count(768, high=4096)
    full_width: int = options.count(32, low=4, high=256)
    embedding: int = options.count(64, high=65536)
    blocks: int = options.count(2, high=64)
    expansion: int = options.count(2, high=64)
    group_channels: int = options.count(16, high=4096)


def normal(gain: float = 1.0) -> nn.initializers.Initializer:
    """Normal weights that keep the scale of the input but for the gain (He et al. 2015, arXiv:1502.01852)."""
    return nn.initializers.variance_scaling(gain**2, "fan_in", "normal")


PLAIN = normal()


class Stages(nn.Module):
    """What both networks are made of.

    Attributes:
      widths: features of the maps, from the smallest to the largest.
      blocks: of each stage.
      expansion: see `Options`.
      group_channels: see `Options`.
      method: see `kernels.convolutions`.
    """

    widths: tuple[int, ...]
    blocks: int
    expansion: int
    group_channels: int
    method: Method = AUTO

    def single(self, x: jax.Array, features: int, name: str) -> jax.Array:
        """A 1x1 convolution without bias."""
        return Conv(features, (1, 1), 1, 0, use_bias=False, spread=PLAIN, method=self.method, name=name)(x)

    def stage(self, x: jax.Array, number: int) -> jax.Array:
        """The blocks of a stage: f[..., H, W, F] -> the same shape."""
        # Of the linear layers of a block but the last, there being three (Fixup, Section 3).
        gain = GAIN * (self.blocks * len(self.widths)) ** (-1 / 4)
        inside = self.expansion * x.shape[-1]
        for i in range(self.blocks):
            block = Block(
                inside, math.gcd(inside, self.group_channels), gain, self.method, name=f"block_{number}_{i}"
            )
            x = block(x)
        return x


class Block(nn.Module):
    """A residual block.

    Attributes:
      inside: features of the maps inside.
      group: channels of a group.
      gain: of the initial weights.
      method: see `kernels.convolutions`.
    """

    inside: int
    group: int
    gain: float
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., H, W, F] -> the same shape."""
        single: dict[str, Any] = {"kernel_size": (1, 1), "stride": 1, "padding": 0, "method": self.method}
        y = Conv(self.inside, spread=normal(self.gain), **single, name="conv_0")(x)
        y = GroupedConv(self.group, self.gain, self.method, name="conv_1")(nn.leaky_relu(y, SLOPE))
        last = Conv(x.shape[-1], use_bias=False, spread=nn.initializers.zeros, **single, name="conv_2")
        return x + last(nn.leaky_relu(y, SLOPE))


class GroupedConv(nn.Module):
    """A grouped 3x3 convolution with bias, as many features as channels.

    Attributes:
      group: channels of a group.
      gain: of the initial weights.
      method: see `kernels.convolutions`.
    """

    group: int
    gain: float
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., H, W, C] -> the same shape."""
        shape = (3, 3, self.group, x.shape[-1])
        kernel = self.param("kernel", normal(self.gain), shape, jnp.float32)
        bias = self.param("bias", nn.initializers.zeros, (x.shape[-1],), jnp.float32)
        y = grouped_conv(x, kernel, method=self.method)
        return y + jnp.broadcast_to(bias, y.shape)


class Generator(Stages):
    """Latents and labels to images; attributes as in `Stages`.

    Attributes:
      image_shape: (H, W, D).
      embedding: length of the label embedding.
    """

    image_shape: tuple[int, ...] = (32, 32, 3)
    embedding: int = 64

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """f[B, Z] and f[B, C] -> f[B, H, W, D], any numbers; training makes no difference."""
        linear: dict[str, Any] = {"use_bias": False, "spread": PLAIN, "method": self.method}
        if condition.shape[-1]:
            embedded = Linear(self.embedding, **linear, name="label_embed")(condition)
            latent = jnp.concatenate([latent, embedded], -1)
        *lengths, channels = self.image_shape
        smallest = (*(length >> len(self.widths) - 1 for length in lengths), self.widths[0])
        basis = self.param("basis", nn.initializers.normal(1.0), smallest, jnp.float32)
        scale = Linear(self.widths[0], **linear, name="linear")(latent)[..., None, None, :]
        shape = (*latent.shape[:-1], *smallest)
        x = jnp.broadcast_to(basis, shape).astype(scale.dtype) * jnp.broadcast_to(scale, shape)
        for i, width in enumerate(self.widths):
            if i:
                x = self.single(x, width, f"up_{i}") if width != x.shape[-1] else x
                x = upsample(x, (2 * x.shape[-3], 2 * x.shape[-2]))
            x = self.stage(x, i)
        return self.single(x, channels, "image")


class Critic(Stages):
    """Images and labels to scores; attributes as in `Stages`.

    Attributes:
      embedding: length of the label embedding.
    """

    embedding: int = 768

    @nn.compact
    def __call__(
        self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE, reads: int = 0
    ) -> Scored:
        """Scores images: f[..., H, W, D] and f[..., C] -> f[...], see `architecture.Scored`."""
        x = self.single(image, self.widths[-1], "pixels")
        for i, width in reversed(list(enumerate(self.widths))):
            if i < len(self.widths) - 1:
                x = downsample(x)
                x = self.single(x, width, f"down_{i}") if width != x.shape[-1] else x
            x = self.stage(x, i)
        places = x.shape[-3:]
        start = nn.initializers.normal(math.prod(places[:2]) ** -0.5)
        basis = self.param("basis", start, places, jnp.float32)
        x = (x * jnp.broadcast_to(basis, x.shape)).sum((-3, -2))
        linear: dict[str, Any] = {"use_bias": False, "method": self.method}
        length = self.embedding if condition.shape[-1] else 1
        features = Linear(length, spread=PLAIN, **linear, name="score")(x)
        if condition.shape[-1]:
            small = normal(length**-0.5)
            features *= Linear(length, spread=small, **linear, name="projection")(condition)
        score = features.sum(-1)
        if not reads:
            return score
        return score, Linear(reads, spread=PLAIN, method=self.method, name="auxiliary")(x)


def build(model: Options, form: Form) -> Networks:
    """The pair `r3gan`; see `networks.build`."""
    lengths = form.shape[:-1]
    doublings = whole_halvings(lengths)
    sizes = [min(lengths) >> i for i in reversed(range(doublings + 1))]
    narrower = [max(0, math.ceil(math.log2(size / model.full_width))) for size in sizes]
    stages: dict[str, Any] = {
        "widths": tuple(max(1, model.features >> n) for n in narrower),
        "blocks": model.blocks,
        "expansion": model.expansion,
        "group_channels": model.group_channels,
        "method": model.method,
    }
    generator = Generator(**stages, image_shape=form.shape, embedding=model.embedding)
    return Networks(generator, Critic(**stages, embedding=model.features), bounded=False)


ARCHITECTURE = Architecture(Options, build, kinds=("images", "fields"), sizes=SIZES, square=False, reads=True)
