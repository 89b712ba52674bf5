"""The fully connected pair `table`, for the rows of a table.

The generator is of CTGAN's kind (Xu et al. 2019, arXiv:1907.00503, Section 4.4): hidden layers of f units,
with batch norm and ReLU, whose outputs are appended to their inputs; then a linear layer to the numbers of a
row, with tanh or a softmax by its blocks. The critic has layers of its own width with leaky ReLU. It has no
dropout, since the penalised gradient would be that of another critic each time, and sees one row at a time:
packing several (Lin et al. 2018, arXiv:1712.04086) would make the score depend on the other rows.
"""

import dataclasses
from collections.abc import Iterator

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.common import options
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.networks import architecture
from cwgan_jax.networks.architecture import Architecture, Block, Form, Networks, Scored
from cwgan_jax.networks.condition import Projection, beside
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Linear
from cwgan_jax.networks.layers.norms import SINGLE, BatchNorm, Reduce

SLOPE = 0.2


@dataclasses.dataclass(frozen=True)
class Options(architecture.Options):
    """The options of `table`.

    Attributes:
      depth: hidden layers of the generator.
      critic_features: units of the critic's hidden layers.
      critic_depth: how many hidden layers it has.
      choices: how a category is chosen: `softmax` (the latents decide) or `gumbel` (a Gumbel softmax, Jang et
        al. 2017, arXiv:1611.01144, whose noise is made from the last latents, one for each category).
      temperature: of the Gumbel softmax; CTGAN's is 0.2.
      generator_labels: how the generator sees the condition: `concatenated` (an embedding behind the latent)
        or `batch_norm` (a scale and a bias for each class: conditional batch norm).
      critic_labels: how the critic sees it: `concatenated` (an embedding behind the row), `projection` (an
        inner product with its last features) or `off`, with an auxiliary classifier.
    """

    architecture: str = "table"
    features: int = options.count(256, high=4096)
    depth: int = options.count(2, high=64)
    critic_features: int = options.count(256, high=4096)
    critic_depth: int = options.count(2, high=64)
    choices: str = options.choice("softmax", "softmax", "gumbel")
    temperature: float = options.real(0.2, "a number > 0", lambda v: v > 0)
    generator_labels: str = options.choice("concatenated", "concatenated", "batch_norm")
    critic_labels: str = options.choice("concatenated", "concatenated", "projection", "off")

    def idle(self) -> Iterator[tuple[str, str]]:
        """See `Model`."""
        yield from super().idle()
        yield "model.implementation", "there are no convolutions in table"
        if self.choices != "gumbel":
            yield "model.temperature", f"config.model.choices={self.choices} has none"


class Generator(nn.Module):
    """Latents and conditions to rows.

    Attributes:
      layout: the blocks of a row.
      features: f.
      depth: hidden layers.
      embedding: length of the condition's embedding; 0: the condition selects the scales and biases of the
        batch norms.
      temperature: of the Gumbel softmax; 0: a softmax without noise.
      method: see `kernels.convolutions`; only its precision matters here.
    """

    layout: tuple[Block, ...]
    features: int
    depth: int
    embedding: int
    temperature: float = 0.0
    method: Method = AUTO

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """Generates rows.

        Args:
          latent: f[B, Z].
          condition: f[B, C].
          train: see `BatchNorm`.
          reduce: see `BatchNorm`.

        Returns:
          f[B, D], by blocks: numbers in [-1, 1], or shares of a choice.
        """
        noise, choices = None, _choices(self.layout)
        x = latent
        if self.temperature:
            x, last = jnp.split(latent, [latent.shape[-1] - choices], -1)
            # -log(-log u) with u uniform, the normal distribution function of a latent.
            noise = -jnp.log(-jax.scipy.special.log_ndtr(last))
        x = beside(x, condition, self.embedding) if self.embedding else x
        chooses = condition if condition.shape[-1] and not self.embedding else None
        for i in range(self.depth):
            y = Linear(self.features, dead_bias=True, method=self.method, name=f"linear_{i}")(x)
            y = BatchNorm(name=f"norm_{i}")(y, chooses, train=train, reduce=reduce)
            x = jnp.concatenate([nn.relu(y), x], -1)
        width = sum(block.width for block in self.layout)
        return self._heads(Linear(width, method=self.method, name="row")(x), noise)

    def _heads(self, x: jax.Array, noise: jax.Array | None) -> jax.Array:
        """Tanh or softmax, block by block: f[B, D] and Gumbel noise f[B, sum of the choices], or none."""
        parts, place, used = [], 0, 0
        for kind, width in self.layout:
            part = x[..., place : place + width]
            place += width
            if kind == "tanh":
                parts.append(jnp.tanh(part))
                continue
            if noise is not None:
                part = (part + noise[..., used : used + width]) / self.temperature
                used += width
            parts.append(nn.softmax(part, -1))
        return jnp.concatenate(parts, -1)


class Critic(nn.Module):
    """Rows and conditions to scores.

    Attributes:
      features: units of the hidden layers.
      depth: how many.
      embedding: length of the condition's embedding; 0: a projection.
      method: see `kernels.convolutions`; only its precision matters here.
    """

    features: int
    depth: int
    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(
        self, row: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE, reads: int = 0
    ) -> Scored:
        """Scores rows: f[..., D] and f[..., C] -> f[...], see `architecture.Scored`."""
        x = beside(row, condition, self.embedding) if self.embedding else row
        for i in range(self.depth):
            x = nn.leaky_relu(Linear(self.features, method=self.method, name=f"linear_{i}")(x), SLOPE)
        score = Linear(1, method=self.method, name="score")(x)[..., 0]
        if condition.shape[-1] and not self.embedding:
            score += Projection(name="projection")(x, condition)
        return (score, Linear(reads, method=self.method, name="auxiliary")(x)) if reads else score


def _choices(layout: tuple[Block, ...]) -> int:
    """How many numbers of a row belong to choices."""
    return sum(block.width for block in layout if block.kind == "softmax")


def build(model: Options, form: Form) -> Networks:
    """The pair `table`; see `networks.build`. ConfigError if there are too few latents for the noise."""
    gumbel = model.choices == "gumbel"
    if gumbel and (need := _choices(form.layout)) >= model.latent:
        raise ConfigError(
            f"config.model.latent={model.latent}: the Gumbel noise of this table takes {need} latents, one"
            f" for each category; use at least {need + 16}, or config.model.choices=softmax"
        )
    generator, critic = model.embeddings
    temperature = model.temperature if gumbel else 0.0
    return Networks(
        Generator(form.layout, model.features, model.depth, generator, temperature, model.method),
        Critic(model.critic_features, model.critic_depth, critic, model.method),
    )


ARCHITECTURE = Architecture(Options, build, kinds=("tables",), reads=True)
