"""R1's networks as one would write them with Flax's own layers: what the fast layers are measured against."""

import flax.linen as nn
import jax.numpy as jnp

from cwgan_jax.networks import Networks


class Generator(nn.Module):
    """z f[B, Z] and labels i32[B] -> f[B, H, W, D]."""

    image_shape: tuple[int, int, int]
    classes: int
    features: int
    embedding: int

    @nn.compact
    def __call__(self, latent, label, *, train, reduce=None):
        """One pixel to 4x4, then doubled three times."""
        x = jnp.concatenate([latent, nn.Embed(self.classes, self.embedding)(label)], -1)[:, None, None]
        for i, width in enumerate((8, 4, 2)):
            edges = {"padding": "VALID"} if i == 0 else {"padding": "SAME", "strides": (2, 2)}
            x = nn.ConvTranspose(width * self.features, (4, 4), **edges)(x)
            x = nn.leaky_relu(nn.BatchNorm(use_running_average=not train, momentum=0.9)(x), 1e-4)
        return jnp.tanh(nn.ConvTranspose(self.image_shape[-1], (4, 4), strides=(2, 2))(x))


class Critic(nn.Module):
    """f[B, H, W, D] (or one image) and labels -> f[B]."""

    classes: int
    features: int
    embedding: int

    @nn.compact
    def __call__(self, image, label, *, reduce=None):
        """Labels as constant planes, then halved three times."""
        x = image.reshape(-1, *image.shape[-3:])  # Flax's layers want a batch axis
        planes = nn.Embed(self.classes, self.embedding)(label.reshape(-1))[:, None, None, :]
        x = jnp.concatenate([x, jnp.broadcast_to(planes, (*x.shape[:-1], self.embedding))], -1)
        for i, width in enumerate((1, 2, 4)):
            x = nn.Conv(width * self.features, (4, 4), (2, 2), padding=1)(x)
            if i > 0:
                x = nn.InstanceNorm(use_bias=False, use_scale=False)(x)
            x = nn.leaky_relu(x, 0.2)
        return nn.Conv(1, (4, 4), padding="VALID")(x).reshape(image.shape[:-3])


def build(cfg):
    """The pair, for the same step."""
    shape, f, e = (cfg.data.size, cfg.data.size, 1), cfg.model.features, cfg.model.embedding
    return Networks(Generator(shape, 10, f, e), Critic(10, f, e), 10)
