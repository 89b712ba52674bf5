"""Generator and critic: the table of architectures, and how a config builds a pair."""

from typing import Any, NamedTuple, cast

import flax.linen as nn
import jax

from cwgan_jax.config import Model
from cwgan_jax.models import conv, mlp
from cwgan_jax.models.convolutions import Method
from cwgan_jax.models.norms import SINGLE, Reduce


class Networks(NamedTuple):
    """A pair of Flax modules; both are pure functions through `init` and `apply`.

    Attributes:
      generator: (latent f[B, Z], label i32[B], train, reduce) -> image f[B, H, W, D] in [-1, 1].
      critic: (image f[..., H, W, D], label i32[...]) -> score f[...].
      classes: C, or 0 where the labels are ignored.
    """

    generator: nn.Module
    critic: nn.Module
    classes: int

    def generate(
        self, params: Any, batch_stats: Any, latent: jax.Array, label: jax.Array, *, reduce: Reduce = SINGLE
    ) -> tuple[jax.Array, Any]:
        """The generator in training mode: f[B, Z], i32[B] -> images f[B, H, W, D], new running statistics."""
        image, changed = self.generator.apply(
            {"params": params, "batch_stats": batch_stats},
            *(latent, label),
            train=True,
            reduce=reduce,
            mutable=["batch_stats"],
        )
        return image, changed["batch_stats"]

    def score(self, params: Any, image: jax.Array, label: jax.Array) -> jax.Array:
        """The critic: images f[..., H, W, D], labels i32[...] -> scores f[...]."""
        return cast(jax.Array, self.critic.apply({"params": params}, image, label))


def _method(model: Model) -> Method:
    return Method(model.implementation, model.precision)


def _conv(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    settings = (image_shape, classes, model.features, model.embedding, _method(model))
    return Networks(conv.Generator(*settings, model.batch_norm_epsilon), conv.Critic(*settings), classes)


def _mlp(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    settings = (image_shape, classes, model.features, model.embedding, _method(model))
    return Networks(mlp.Generator(*settings, model.batch_norm_epsilon), mlp.Critic(*settings), classes)


ARCHITECTURES = {"conv": _conv, "mlp": _mlp}


def build(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    """Builds the pair a config asks for.

    Args:
      model: the config's section.
      image_shape: (H, W, D) of the images.
      classes: number of classes of the data set; not used if the model is unconditional.
    """
    return ARCHITECTURES[model.architecture](model, image_shape, classes if model.conditional else 0)
