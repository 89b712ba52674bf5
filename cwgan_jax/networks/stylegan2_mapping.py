"""The mapping networks of StyleGAN2 (arXiv:1912.04958): latents and conditions to styles."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.equalised import Linear

_FACTOR = 0.01  # of the learning rate
_TINY = 1e-8


def normalised(x: jax.Array) -> jax.Array:
    """Vectors f[..., C] brought to length sqrt(C)."""
    return x * lax.rsqrt(jnp.square(x).mean(-1, keepdims=True) + _TINY)


class Mapping(nn.Module):
    """Latents and conditions to styles, or conditions alone.

    Attributes:
      width: of its layers and of the result.
      depth: how many layers.
      embedding: length of the condition's embedding.
      method: see `kernels.convolutions`; only its precision matters here.
    """

    width: int
    depth: int
    embedding: int
    method: Method = AUTO

    @nn.compact
    def __call__(self, latent: jax.Array | None, condition: jax.Array) -> jax.Array:
        """f[..., Z] or None, and f[..., C] -> f[..., width]."""
        parts = [] if latent is None else [normalised(latent)]
        if condition.shape[-1]:
            embed = Linear(self.embedding, method=self.method, name="label_embed")
            parts.append(normalised(embed(condition)))
        x = jnp.concatenate(parts, -1)
        for i in range(self.depth):
            layer: dict[str, Any] = {"factor": _FACTOR, "activated": True, "method": self.method}
            x = Linear(self.width, **layer, name=f"linear_{i}")(x)
        return x
