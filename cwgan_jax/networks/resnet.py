"""The residual pair `resnet`: that of WGAN-GP's CIFAR-10 section, and by its options SNGAN's.

Gulrajani et al. 2017 (arXiv:1704.00028, Appendices C and F), and Miyato et al. 2018 (arXiv:1802.05957 and
1802.05637). A linear layer makes the smallest maps, and each block of the generator doubles them; blocks of
the critic halve the example, and further ones keep the size. At 32x32 the generator has three blocks, and the
critic four, of which two halve; all have the same width. From 64x64 on the width doubles from block to block,
at most to 16 f, as in SNGAN. The special first block of the critic has no activation before its convolutions,
whose input is the example. Initial weights are Glorot's, those before an activation with twice the variance.
"""

import dataclasses
import math

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.common import options
from cwgan_jax.networks import conv_options
from cwgan_jax.networks.architecture import Architecture, Form, Networks, Scored
from cwgan_jax.networks.condition import Projection, beside, embedded
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Conv, Linear
from cwgan_jax.networks.layers.norms import EPSILON, SINGLE, BatchNorm, Reduce
from cwgan_jax.networks.layers.residual import GLOROT, CriticBlock, GeneratorBlock
from cwgan_jax.networks.maps import SIZES, whole_halvings

_ONE_WIDTH = 3  # doublings up to which all blocks have the same width: those of CIFAR-10
_WIDEST = 16


@dataclasses.dataclass(frozen=True)
class Options(conv_options.CriticOptions):
    """The options of `resnet`.

    Attributes:
      features: f, width of the generator's blocks; from 64x64 on that of the one with the largest maps.
      critic_features: the same of the critic.
      generator_labels: how the generator sees the labels: `concatenated` (an embedding behind the latent) or
        `batch_norm` (a scale and a bias for each class: conditional batch norm).
      critic_norm: in the critic's blocks but the first, before each activation; `auto` is `off`.
      pooling: whether the critic's last features are the `mean` over all places (WGAN-GP) or the `sum`
        (SNGAN).
      batch_norm_epsilon: added to the variance in the generator's batch norms.
    """

    architecture: str = "resnet"
    features: int = options.count(128, high=4096)
    critic_features: int = options.count(128, high=4096)
    generator_labels: str = options.choice("batch_norm", "concatenated", "batch_norm")
    critic_labels: str = options.choice("projection", "concatenated", "projection", "off")
    pooling: str = options.choice("mean", "mean", "sum")
    batch_norm_epsilon: float = options.real(1e-5, "a number > 0", lambda v: v > 0)

    @property
    def norm(self) -> str:
        """The critic's norm, `auto` resolved."""
        return "off" if self.critic_norm == "auto" else self.critic_norm


class Generator(nn.Module):
    """Latents and labels to images.

    Attributes:
      image_shape: (H, W, D).
      widths: features of the smallest maps, then of each block, from the smallest maps to the largest.
      embedding: length of the label embedding; 0: the labels select the scales and biases of the blocks'
        norms.
      epsilon: of the batch norms.
      method: see `kernels.convolutions`.
      bounded: whether a tanh brings the images to [-1, 1].
    """

    image_shape: tuple[int, ...]
    widths: tuple[int, ...]
    embedding: int
    epsilon: float = EPSILON
    method: Method = AUTO
    bounded: bool = True

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """Generates images; arguments and result as in `conv.Generator`."""
        if self.embedding:
            latent = beside(latent, condition, self.embedding)
        chooses = condition if condition.shape[-1] and not self.embedding else None
        first, *widths = self.widths
        *lengths, channels = self.image_shape
        smallest = (*(length >> len(widths) for length in lengths), first)
        x = Linear(math.prod(smallest), spread=GLOROT, method=self.method, name="linear")(latent)
        x = x.reshape(*x.shape[:-1], *smallest)
        for i, width in enumerate(widths):
            block = GeneratorBlock(width, self.epsilon, self.method, name=f"block_{i}")
            x = block(x, chooses, train=train, reduce=reduce)
        x = nn.relu(BatchNorm(epsilon=self.epsilon, name="norm")(x, train=train, reduce=reduce))
        x = Conv(channels, (3, 3), 1, 1, spread=GLOROT, method=self.method, name="image")(x)
        return jnp.tanh(x) if self.bounded else x


class Critic(nn.Module):
    """Images and labels to scores.

    Attributes:
      widths: features of the blocks, from the largest maps to the smallest.
      halvings: how many blocks, from the first on, halve their maps.
      embedding: length of the label embedding, constant planes behind the image; 0: a projection.
      norm: see `norms.critic_norm`.
      pooling: `mean` or `sum`.
      method: see `kernels.convolutions`.
    """

    widths: tuple[int, ...]
    halvings: int
    embedding: int
    norm: str = "off"
    pooling: str = "mean"
    method: Method = AUTO

    @nn.compact
    def __call__(
        self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE, reads: int = 0
    ) -> Scored:
        """Scores images: f[..., H, W, D] and f[..., C] -> f[...], see `architecture.Scored`."""
        planes = None
        if condition.shape[-1] and self.embedding:
            planes = embedded(condition, self.embedding)
        x = image
        for i, width in enumerate(self.widths):
            block = CriticBlock(width, i < self.halvings, i == 0, self.norm, self.method, name=f"block_{i}")
            x = block(x, planes if i == 0 else None, reduce=reduce)
        pool = jnp.sum if self.pooling == "sum" else jnp.mean
        x = pool(nn.relu(x), (-3, -2))
        score = Linear(1, spread=GLOROT, method=self.method, name="score")(x)[..., 0]
        if condition.shape[-1] and not self.embedding:
            score += Projection(name="projection")(x, condition)
        if not reads:
            return score
        return score, Linear(reads, spread=GLOROT, method=self.method, name="auxiliary")(x)


def widths(lengths: tuple[int, ...], features: int) -> tuple[int, ...]:
    """Features at each size of the maps, from the largest, f, to the smallest."""
    doublings = whole_halvings(lengths)
    grows = doublings > _ONE_WIDTH
    return tuple(features * (min(_WIDEST, 2**i) if grows else 1) for i in range(doublings + 1))


def build(model: Options, form: Form) -> Networks:
    """The pair `resnet`; see `networks.build`."""
    lengths = form.shape[:-1]
    doublings, (own, its) = whole_halvings(lengths), model.embeddings
    generator = Generator(
        form.shape,
        widths(lengths, model.features)[::-1],
        own,
        model.batch_norm_epsilon,
        bounded=form.bounded,
        method=model.method,
    )
    # Of CIFAR-10 the last two blocks keep the size, of larger pictures the last one.
    small = doublings <= _ONE_WIDTH
    halvings, blocks = (doublings - 1, doublings + 1) if small else (doublings, doublings + 1)
    critic = Critic(
        widths(lengths, model.critic_features)[:blocks],
        halvings,
        its,
        model.norm,
        model.pooling,
        method=model.method,
    )
    return Networks(generator, critic, model.norm == "batch")


ARCHITECTURE = Architecture(Options, build, kinds=("images", "fields"), sizes=SIZES, square=False, reads=True)
