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
      generator: (latent f[B, Z], condition f[B, C], train, reduce) -> example f[B, H, W, D].
      critic: (example f[..., H, W, D], condition f[..., C]) -> score f[...].
      mixes: whether a score depends on the other examples of the batch (batch norm in the critic).
    """

    generator: nn.Module
    critic: nn.Module
    mixes: bool = False

    def generate(
        self,
        params: Any,
        batch_stats: Any,
        latent: jax.Array,
        condition: jax.Array,
        *,
        reduce: Reduce = SINGLE,
    ) -> tuple[jax.Array, Any]:
        """The generator in training mode.

        Latents f[B, Z] and conditions f[B, C] to examples f[B, H, W, D], and the new running statistics.
        """
        example, changed = self.generator.apply(
            {"params": params, "batch_stats": batch_stats},
            *(latent, condition),
            train=True,
            reduce=reduce,
            mutable=["batch_stats"],
        )
        return example, changed.get("batch_stats", {})

    def score(
        self, params: Any, example: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """The critic: examples f[..., H, W, D], conditions f[..., C] -> scores f[...]."""
        return cast(jax.Array, self.critic.apply({"params": params}, example, condition, reduce=reduce))


def _method(model: Model) -> Method:
    return Method(model.implementation, model.precision)


def _embeddings(model: Model) -> tuple[int, int]:
    """Length of the label embedding in the generator and in the critic, 0 where labels come in otherwise."""
    return (
        model.embedding if model.generator_labels == "concatenated" else 0,
        model.embedding if model.critic_labels == "concatenated" else 0,
    )


def _conv(model: Model, image_shape: tuple[int, int, int]) -> Networks:
    widths = conv.generator_widths(image_shape[0], model.features)
    settings = (image_shape, widths, _embeddings(model)[0])
    generator = conv.Generator(
        *settings, attention=model.attention, method=_method(model), epsilon=model.batch_norm_epsilon
    )
    return _with_conv_critic(generator, model, image_shape, norm="instance")


def _dcgan(model: Model, image_shape: tuple[int, int, int]) -> Networks:
    widths = conv.critic_widths(image_shape[0], model.features)[::-1]
    biases = image_shape[0].bit_count() > 1  # R4: none in the pair for 64x64, nor at other powers of two
    settings = (image_shape, widths, _embeddings(model)[0], 0.0, biases)
    generator = conv.Generator(
        *settings, attention=model.attention, method=_method(model), epsilon=model.batch_norm_epsilon
    )
    return _with_conv_critic(generator, model, image_shape, norm="batch", biases=biases)


def _with_conv_critic(
    generator: nn.Module,
    model: Model,
    image_shape: tuple[int, int, int],
    *,
    norm: str,
    biases: bool = True,
) -> Networks:
    """A generator beside the convolutional critic, with the norm of the architecture or the one asked for."""
    norm = norm if model.critic_norm == "auto" else model.critic_norm
    widths = conv.critic_widths(image_shape[0], model.features)
    settings = (image_shape, widths, _embeddings(model)[1], norm, biases, model.attention)
    return Networks(generator, conv.Critic(*settings, _method(model)), norm == "batch")


def _mlp(model: Model, image_shape: tuple[int, int, int]) -> Networks:
    own, its = ((image_shape, model.features, e, _method(model)) for e in _embeddings(model))
    return Networks(mlp.Generator(*own, model.batch_norm_epsilon), mlp.Critic(*its))


def _style(model: Model, image_shape: tuple[int, int, int]) -> Networks:
    settings = (image_shape, model.features, model.embedding, _method(model))
    return _with_conv_critic(style.Generator(*settings), model, image_shape, norm="instance")


def _autoencoder(model: Model, image_shape: tuple[int, int, int]) -> Networks:
    settings = (image_shape, model.features, model.embedding)
    critic = autoencoder.Critic(*settings, model.latent, _method(model))
    return Networks(autoencoder.Generator(*settings, _method(model)), critic)


def _points(model: Model, image_shape: tuple[int, int, int]) -> Networks:
    settings = (image_shape, model.features, model.embedding, _method(model))
    return Networks(toy.Generator(*settings), toy.Critic(*settings))


ARCHITECTURES = {
    "conv": _conv,
    "mlp": _mlp,
    "dcgan": _dcgan,
    "style": _style,
    "autoencoder": _autoencoder,
    "points": _points,
}


def build(model: Model, image_shape: tuple[int, int, int]) -> Networks:
    """Builds the pair a config asks for.

    Args:
      model: the config's section.
      image_shape: (H, W, D) of the examples.
    """
    return ARCHITECTURES[model.architecture](model, image_shape)
