"""Self-attention over the places of a feature map (Zhang et al. 2019, arXiv:1805.08318, Section 3)."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.kernels.products import PRECISION, matmul
from cwgan_jax.networks.layers.affine import uniform_fan_in

_NARROWER = 8  # the map has this many times the inner channels


class SelfAttention(nn.Module):
    """x + gate * attended(x); the gate starts at zero, so the layer starts as the identity.

    Attributes:
      axes: how many spatial axes there are.
      method: see `kernels.convolutions`; only its precision matters here.
    """

    axes: int = 2
    method: Method = AUTO

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., *lengths, C] -> the same shape; every place attends to all of its example (Eq. 1 to 3)."""
        channels = x.shape[-1]
        inner = max(1, channels // _NARROWER)
        flat = x.reshape(*x.shape[: -1 - self.axes], -1, channels)

        def weights(name: str, before: int, after: int) -> jax.Array:
            return self.param(f"{name}_kernel", uniform_fan_in(before), (before, after))

        key, query, value = (
            matmul(flat, weights(name, channels, inner), precision=self.method.precision)
            for name in ("key", "query", "value")
        )
        likeness = jnp.einsum("...ic,...jc->...ij", query, key, precision=PRECISION)
        seen = jnp.einsum("...ij,...jc->...ic", nn.softmax(likeness), value, precision=PRECISION)
        out = matmul(seen, weights("out", inner, channels), precision=self.method.precision)
        gate = self.param("gate", nn.initializers.zeros, (), x.dtype)
        return x + jnp.broadcast_to(gate, x.shape) * out.reshape(x.shape)
