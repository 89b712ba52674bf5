"""The fully connected pair `mlp`, for examples of any shape.

The generator has layers of f, 2f, 4f and 8f units, all but the first with batch norm; the critic has 4f and
2f, without norms. Embedded labels are appended to the latent and to the pixels. At 28x28 and f = 128 this is
the reference system `wgan_gp_mlp`.
"""

import dataclasses
import math
from collections.abc import Iterator

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.common import options
from cwgan_jax.networks import architecture
from cwgan_jax.networks.architecture import Architecture, Form, Networks, Scored
from cwgan_jax.networks.condition import Projection, beside
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Linear
from cwgan_jax.networks.layers.norms import EPSILON, SINGLE, BatchNorm, Reduce

SLOPE = 0.2


@dataclasses.dataclass(frozen=True)
class Options(architecture.Options):
    """The options of `mlp`.

    Attributes:
      generator_labels: how the generator sees the labels: `concatenated` (an embedding behind the latent) or
        `batch_norm` (a scale and a bias for each class: conditional batch norm).
      critic_labels: how the critic sees the labels: `concatenated` (an embedding behind the pixels),
        `projection` (an inner product with its last features) or `off`, with an auxiliary classifier.
      batch_norm_epsilon: added to the variance in the generator's batch norms (wgan_gp_mlp: 0.8).
    """

    architecture: str = "mlp"
    generator_labels: str = options.choice("concatenated", "concatenated", "batch_norm")
    critic_labels: str = options.choice("concatenated", "concatenated", "projection", "off")
    batch_norm_epsilon: float = options.real(1e-5, "a number > 0", lambda v: v > 0)

    def idle(self) -> Iterator[tuple[str, str]]:
        """See `Model`."""
        yield from super().idle()
        yield "model.implementation", "there are no convolutions in mlp"


class Generator(nn.Module):
    """Latents and labels to examples.

    Attributes:
      image_shape: of an example, any number of axes.
      features: f.
      embedding: length of the label embedding; 0: the labels select the scales and biases of the batch
        norms.
      method: see `kernels.convolutions`; only its precision matters here.
      epsilon: of the batch norms.
      bounded: whether a tanh brings the examples to [-1, 1].
    """

    image_shape: tuple[int, ...]
    features: int
    embedding: int
    method: Method = AUTO
    epsilon: float = EPSILON
    bounded: bool = True

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """Generates examples; arguments and result as in `conv.Generator`."""
        x = beside(latent, condition, self.embedding) if self.embedding else latent
        chooses = condition if condition.shape[-1] and not self.embedding else None
        for i in range(4):
            x = Linear(self.features * 2**i, dead_bias=i > 0, method=self.method, name=f"linear_{i}")(x)
            if i > 0:
                norm = BatchNorm(epsilon=self.epsilon, name=f"norm_{i}")
                x = norm(x, chooses, train=train, reduce=reduce)
            x = nn.leaky_relu(x, SLOPE)
        x = Linear(math.prod(self.image_shape), method=self.method, name="image")(x)
        x = x.reshape(*x.shape[:-1], *self.image_shape)
        return jnp.tanh(x) if self.bounded else x


class Critic(nn.Module):
    """Examples and labels to scores; attributes as in `Generator`, but with `embedding` 0 a projection."""

    image_shape: tuple[int, ...]
    features: int
    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(
        self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE, reads: int = 0
    ) -> Scored:
        """Scores examples: f[..., *image_shape] and f[..., C] -> f[...], see `architecture.Scored`."""
        lead = image.shape[: image.ndim - len(self.image_shape)]
        x = image.reshape(*lead, math.prod(self.image_shape))
        if self.embedding:
            x = beside(x, condition, self.embedding)
        for i, width in enumerate((4 * self.features, 2 * self.features)):
            x = nn.leaky_relu(Linear(width, method=self.method, name=f"linear_{i}")(x), SLOPE)
        score = Linear(1, method=self.method, name="score")(x)[..., 0]
        if condition.shape[-1] and not self.embedding:
            score += Projection(name="projection")(x, condition)
        return (score, Linear(reads, method=self.method, name="auxiliary")(x)) if reads else score


def build(model: Options, form: Form) -> Networks:
    """The pair `mlp`; see `networks.build`."""
    generator, critic = ((form.shape, model.features, length, model.method) for length in model.embeddings)
    return Networks(Generator(*generator, model.batch_norm_epsilon, form.bounded), Critic(*critic))


ARCHITECTURE = Architecture(Options, build, kinds=("images", "signals", "fields", "volumes"), reads=True)
