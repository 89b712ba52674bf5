"""StyleGAN2 (Karras et al. 2020, arXiv:1912.04958), as in the public code of StyleGAN2-ADA.

Its constants are those of NVlabs/stylegan2-ada-pytorch. What is not here: half precision with its clamps.
"""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax import random
from cwgan_jax.common import options
from cwgan_jax.common.options import Conflict
from cwgan_jax.networks import architecture
from cwgan_jax.networks.architecture import Architecture, Form, Networks
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.norms import SINGLE, STYLE_MOMENTUM, Reduce
from cwgan_jax.networks.maps import map_shapes
from cwgan_jax.networks.stylegan2_critic import Critic
from cwgan_jax.networks.stylegan2_mapping import Mapping
from cwgan_jax.networks.stylegan2_synthesis import Synthesis, convolutions

_TINY = 1e-8


@dataclasses.dataclass(frozen=True)
class Options(architecture.Options):
    """The options of `stylegan2`.

    Attributes:
      features: f, channels of the largest maps; maps half as large have twice as many.
      most_features: how many at most.
      embedding: length of the label embedding beside the latent; as long as the latent in the original.
      mapping_layers: of the mapping network from latents to styles, which are as long as the latents.
      style_mixing: how often, in training, an example takes its finer styles from a second latent.
      residual: whether the critic's blocks have a way around them.
      group: how many examples the critic sees side by side, to tell whether they are alike (minibatch
        standard deviation, Karras et al. 2018, arXiv:1710.10196, Section 3); 1: it sees each one alone.
    """

    architecture: str = "stylegan2"
    embedding: int = options.count(512, high=65536)
    most_features: int = options.count(512, high=4096)
    mapping_layers: int = options.count(8, high=16)
    style_mixing: float = options.real(0.9, "a number in [0, 1]", lambda v: 0 <= v <= 1)
    residual: bool = options.choice(True, True, False)
    group: int = options.count(4, high=4096)

    def conflicts(self, config: Any) -> Iterator[Conflict]:
        """See `Model`."""
        yield from super().conflicts(config)
        if config.train.batch_size % self.group:
            why = f"the batch must be made of whole groups, config.train.batch_size={config.train.batch_size}"
            yield Conflict(("model.group", "train.batch_size"), f"{why}; change one of them")


class Drawn(NamedTuple):
    """The random numbers of a batch in training.

    Attributes:
      latent: f[B, Z], second latents, whose styles some examples take.
      first: i32[B], from which layer on: in [1, L) of examples that are mixed, L of the others.
      noises: for each convolution f[B, *lengths].
    """

    latent: jax.Array
    first: jax.Array
    noises: tuple[jax.Array, ...]


class Generator(nn.Module):
    """Latents and labels to images; random numbers in training come from a key for each example.

    Collection `batch_stats`: style f[Z], the running mean of w; and the noise of each layer f[H, W], which is
    the same for all examples wherever there is no key.

    Attributes:
      image_shape: (H, W, D).
      widths: features of the maps, from the smallest to the largest.
      latent: Z.
      embedding: length of the label embedding.
      depth: layers of the mapping network.
      mixing: how often an example takes its finer styles from a second latent.
      method: see `kernels.convolutions`.
    """

    image_shape: tuple[int, ...]
    widths: tuple[int, ...]
    latent: int
    embedding: int
    depth: int
    mixing: float
    method: Method = AUTO

    def setup(self) -> None:
        """The two networks, and the running mean."""
        self.mapping = Mapping(self.latent, self.depth, self.embedding, self.method)
        self.synthesis = Synthesis(self.image_shape, self.widths, self.method)
        self.mean = self.variable("batch_stats", "style", jnp.zeros, (self.latent,), jnp.float32)

    @property
    def layers(self) -> int:
        """L, how many styles a picture takes: two for each size of its maps."""
        return 2 * len(self.widths)

    def __call__(
        self,
        latent: jax.Array,
        condition: jax.Array,
        *,
        train: bool,
        reduce: Reduce = SINGLE,
        key: jax.Array | None = None,
    ) -> jax.Array:
        """Generates images, not bounded; in training the mean of w moves on.

        Args:
          latent: f[B, Z], standard normal.
          condition: f[B, C].
          train: whether the mean of w moves.
          reduce: averages it over the replicas.
          key: key[B], of each example's noise and style mixing; None: there is no mixing, and one noise.

        Returns:
          f[B, H, W, D].
        """
        w = self.mapping(latent, condition)
        if train and not self.is_initializing():
            mean = self.mean.value
            self.mean.value = mean + STYLE_MOMENTUM * (reduce.mean(w.mean(0)) - mean)
        drawn = None if key is None else self.drawn(key, latent.dtype)
        return self.synthesis(self._mixed(self.repeated(w), condition, drawn), drawn and drawn.noises)

    def repeated(self, w: jax.Array) -> jax.Array:
        """The same style for every layer: f[B, Z] -> f[B, L, Z]."""
        return jnp.broadcast_to(w[:, None], (w.shape[0], self.layers, w.shape[-1]))

    def styles(
        self,
        latent: jax.Array,
        condition: jax.Array,
        truncation: jax.Array | float = 1.0,
        *,
        key: jax.Array | None = None,
    ) -> jax.Array:
        """Styles f[B, L, Z], drawn towards the mean by 1 - psi; mixed if there is a key."""
        w = self.mapping(latent, condition)
        mean = jnp.broadcast_to(self.mean.value, w.shape)
        drawn = None if key is None else self.drawn(key, latent.dtype)
        return self._mixed(self.repeated(mean + truncation * (w - mean)), condition, drawn)

    def draw(self, styles: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
        """The image of given styles: f[B, L, Z] -> f[B, H, W, D]; noise as in `__call__`."""
        return self.synthesis(styles, None if key is None else self.drawn(key, styles.dtype).noises)

    def drawn(self, key: jax.Array, dtype: jnp.dtype) -> Drawn:
        """The random numbers of each example, from key[B]."""
        shapes = convolutions(self.image_shape[:-1])
        ends = np.cumsum([self.latent, *map(math.prod, shapes)])
        numbers, share = random.own(key, int(ends[-1]), dtype)
        latent, *noises = jnp.split(numbers, ends[:-1], axis=1)
        mixed = share < self.mixing
        layer = 1 + (share / max(self.mixing, _TINY) * (self.layers - 1)).astype(jnp.int32)
        first = jnp.where(mixed, jnp.minimum(layer, self.layers - 1), self.layers)
        shaped = (noise.reshape(-1, *shape) for noise, shape in zip(noises, shapes, strict=True))
        return Drawn(latent, first, tuple(shaped))

    def _mixed(self, styles: jax.Array, condition: jax.Array, drawn: Drawn | None) -> jax.Array:
        """Styles f[B, L, Z] of which some, from a random layer on, are those of another latent."""
        if drawn is None or not self.mixing:
            return styles
        own = jnp.arange(self.layers)[None] < drawn.first[:, None]
        other = self.repeated(self.mapping(drawn.latent, condition))
        return jnp.where(jnp.broadcast_to(own[..., None], styles.shape), styles, other)


def build(model: Options, form: Form) -> Networks:
    """The pair `stylegan2`; see `networks.build`."""
    shapes = (form.shape[:-1], *map_shapes(form.shape[:-1]))
    widths = tuple(min(model.features * 2**i, model.most_features) for i in range(len(shapes)))
    generator = Generator(
        image_shape=form.shape,
        widths=widths[::-1],
        latent=model.latent,
        embedding=model.embedding,
        depth=model.mapping_layers,
        mixing=model.style_mixing,
        method=model.method,
    )
    critic = Critic(form.shape, widths, group=model.group, residual=model.residual, method=model.method)
    return Networks(generator, critic, group=model.group, bounded=False, draws=True)


ARCHITECTURE = Architecture(
    Options, build, kinds=("images", "fields"), sizes=range(8, 257), square=False, styles=True
)
