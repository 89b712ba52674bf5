"""The fully connected pair `points`, for data of one or two numbers.

Hidden layers of f units with ReLU, without norms or tanh: two for data of one number, as in the GAN family's
one-dimensional GAN, three for more.
"""

import dataclasses
import math
from collections.abc import Iterator

import flax.linen as nn
import jax

from cwgan_jax.networks import architecture
from cwgan_jax.networks.architecture import Architecture, Form, Networks
from cwgan_jax.networks.condition import beside
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.affine import Linear
from cwgan_jax.networks.layers.norms import SINGLE, Reduce


@dataclasses.dataclass(frozen=True)
class Options(architecture.Options):
    """The options of `points`."""

    architecture: str = "points"

    def idle(self) -> Iterator[tuple[str, str]]:
        """See `Model`."""
        yield from super().idle()
        yield "model.implementation", "there are no convolutions in points"


class _Stack(nn.Module):
    """Hidden layers, then one without activation; the condition is embedded."""

    shape: tuple[int, ...]
    features: int
    embedding: int
    method: Method = AUTO

    def stack(self, x: jax.Array, condition: jax.Array, outputs: int) -> jax.Array:
        """f[..., F] and f[..., C] -> f[..., outputs]; call it inside a compact `__call__`."""
        x = beside(x, condition, self.embedding)
        for i in range(2 if math.prod(self.shape) == 1 else 3):
            x = nn.relu(Linear(self.features, method=self.method, name=f"linear_{i}")(x))
        return Linear(outputs, method=self.method, name="last")(x)


class Generator(_Stack):
    """Latents and labels to points.

    Attributes:
      shape: (1, 1, D): a point has the axes of an image.
      features: f, units of the hidden layers.
      embedding: length of the label embedding.
      method: see `kernels.convolutions`; only its precision matters here.
    """

    @property
    def image_shape(self) -> tuple[int, ...]:
        """(1, 1, D)."""
        return self.shape

    @nn.compact
    def __call__(
        self, latent: jax.Array, condition: jax.Array, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """f[B, Z] and f[B, C] -> f[B, 1, 1, D]; training makes no difference."""
        x = self.stack(latent, condition, math.prod(self.shape))
        return x.reshape(*x.shape[:-1], *self.shape)


class Critic(_Stack):
    """Points and labels to scores; attributes as in `Generator`."""

    @nn.compact
    def __call__(self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE) -> jax.Array:
        """f[..., 1, 1, D] and f[..., C] -> f[...]."""
        x = image.reshape(*image.shape[:-3], math.prod(self.shape))
        return self.stack(x, condition, 1)[..., 0]


def build(model: Options, form: Form) -> Networks:
    """The pair `points`; see `networks.build`."""
    settings = (form.shape, model.features, model.embedding, model.method)
    return Networks(Generator(*settings), Critic(*settings))


ARCHITECTURE = Architecture(Options, build, kinds=("points",))
