"""Generator and critic: the table of architectures, and how a config builds a pair."""

from typing import Any, NamedTuple, cast

import flax.linen as nn
import jax

from cwgan_jax.config import Model
from cwgan_jax.networks import autoencoder, conv, mlp, style, toy
from cwgan_jax.networks.kernels.convolutions import Method
from cwgan_jax.networks.layers.norms import SINGLE, Reduce


class Networks(NamedTuple):
    """A pair of Flax modules; both are pure functions through `init` and `apply`.

    Attributes:
      generator: (latent f[B, Z], label i32[B], train, reduce) -> image f[B, H, W, D] in [-1, 1].
      critic: (image f[..., H, W, D], label i32[...]) -> score f[...].
      classes: C, or 0 where the labels are ignored.
      mixes: whether a score depends on the other images of the batch (batch norm in the critic).
    """

    generator: nn.Module
    critic: nn.Module
    classes: int
    mixes: bool = False

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
        return image, changed.get("batch_stats", {})

    def score(self, params: Any, image: jax.Array, label: jax.Array, *, reduce: Reduce = SINGLE) -> jax.Array:
        """The critic: images f[..., H, W, D], labels i32[...] -> scores f[...]."""
        return cast(jax.Array, self.critic.apply({"params": params}, image, label, reduce=reduce))


def _method(model: Model) -> Method:
    return Method(model.implementation, model.precision)


def _embeddings(model: Model) -> tuple[int, int]:
    """Length of the label embedding in the generator and in the critic, 0 where labels come in otherwise."""
    return (
        model.embedding if model.generator_labels == "concatenated" else 0,
        model.embedding if model.critic_labels == "concatenated" else 0,
    )


def _conv(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    widths = conv.generator_widths(image_shape[0], model.features)
    settings = (image_shape, classes, widths, _embeddings(model)[0])
    generator = conv.Generator(
        *settings, attention=model.attention, method=_method(model), epsilon=model.batch_norm_epsilon
    )
    return _with_conv_critic(generator, model, image_shape, classes, norm="instance")


def _dcgan(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    widths = conv.critic_widths(image_shape[0], model.features)[::-1]
    biases = image_shape[0].bit_count() > 1  # R4: none in the pair for 64x64, nor at other powers of two
    settings = (image_shape, classes, widths, _embeddings(model)[0], 0.0, biases)
    generator = conv.Generator(
        *settings, attention=model.attention, method=_method(model), epsilon=model.batch_norm_epsilon
    )
    return _with_conv_critic(generator, model, image_shape, classes, norm="batch", biases=biases)


def _with_conv_critic(
    generator: nn.Module,
    model: Model,
    image_shape: tuple[int, int, int],
    classes: int,
    *,
    norm: str,
    biases: bool = True,
) -> Networks:
    """A generator beside the convolutional critic, with the norm of the architecture or the one asked for."""
    norm = norm if model.critic_norm == "auto" else model.critic_norm
    widths = conv.critic_widths(image_shape[0], model.features)
    settings = (image_shape, classes, widths, _embeddings(model)[1], norm, biases, model.attention)
    return Networks(generator, conv.Critic(*settings, _method(model)), classes, norm == "batch")


def _mlp(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    own, its = ((image_shape, classes, model.features, e, _method(model)) for e in _embeddings(model))
    return Networks(mlp.Generator(*own, model.batch_norm_epsilon), mlp.Critic(*its), classes)


def _style(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    settings = (image_shape, classes, model.features, model.embedding, _method(model))
    return _with_conv_critic(style.Generator(*settings), model, image_shape, classes, norm="instance")


def _autoencoder(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    settings = (image_shape, classes, model.features, model.embedding)
    critic = autoencoder.Critic(*settings, model.latent, _method(model))
    return Networks(autoencoder.Generator(*settings, _method(model)), critic, classes)


def _points(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    settings = (image_shape, classes, model.features, model.embedding, _method(model))
    return Networks(toy.Generator(*settings), toy.Critic(*settings), classes)


ARCHITECTURES = {
    "conv": _conv,
    "mlp": _mlp,
    "dcgan": _dcgan,
    "style": _style,
    "autoencoder": _autoencoder,
    "points": _points,
}


def build(model: Model, image_shape: tuple[int, int, int], classes: int) -> Networks:
    """Builds the pair a config asks for.

    Args:
      model: the config's section.
      image_shape: (H, W, D) of the images.
      classes: number of classes of the data set; not used if the model is unconditional.
    """
    return ARCHITECTURES[model.architecture](model, image_shape, classes if model.conditional else 0)
