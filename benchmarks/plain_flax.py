"""The networks of cwgan_gp_conv in Flax's own layers: what the fast layers are measured against."""

import flax.linen as nn
import jax.numpy as jnp

from cwgan_jax.networks import ARCHITECTURES, Networks


class Generator(nn.Module):
    """z f[B, Z] and classes one-hot f[B, C] -> f[B, H, W, D]."""

    image_shape: tuple[int, int, int]
    features: int
    embedding: int

    @nn.compact
    def __call__(self, latent, condition, *, train, reduce=None):
        """One pixel to 4x4, then doubled three times."""
        embedded = nn.Dense(self.embedding, use_bias=False)(condition)
        x = jnp.concatenate([latent, embedded], -1)[:, None, None]
        for i, width in enumerate((8, 4, 2)):
            edges = {"padding": "VALID"} if i == 0 else {"padding": "SAME", "strides": (2, 2)}
            x = nn.ConvTranspose(width * self.features, (4, 4), **edges)(x)
            x = nn.leaky_relu(nn.BatchNorm(use_running_average=not train, momentum=0.9)(x), 1e-4)
        return jnp.tanh(nn.ConvTranspose(self.image_shape[-1], (4, 4), strides=(2, 2))(x))


class Critic(nn.Module):
    """f[B, H, W, D] (or one image) and classes f[B, C] -> f[B]."""

    features: int
    embedding: int

    @nn.compact
    def __call__(self, image, condition, *, reduce=None):
        """Embeddings as constant planes, then halved three times."""
        x = image.reshape(-1, *image.shape[-3:])  # Flax's layers want a batch axis
        planes = nn.Dense(self.embedding, use_bias=False)(condition.reshape(len(x), -1))[:, None, None, :]
        x = jnp.concatenate([x, jnp.broadcast_to(planes, (*x.shape[:-1], self.embedding))], -1)
        for i, width in enumerate((1, 2, 4)):
            x = nn.Conv(width * self.features, (4, 4), (2, 2), padding=1)(x)
            if i > 0:
                x = nn.InstanceNorm(use_bias=False, use_scale=False)(x)
            x = nn.leaky_relu(x, 0.2)
        return nn.Conv(1, (4, 4), padding="VALID")(x).reshape(image.shape[:-3])


def build(model, form):
    """The pair, for the same step."""
    settings = (model.features, model.embedding)
    return Networks(Generator(form.shape, *settings), Critic(*settings))


def register():
    """From here on the architecture `conv` is this pair."""
    ARCHITECTURES["conv"] = ARCHITECTURES["conv"]._replace(build=build)
