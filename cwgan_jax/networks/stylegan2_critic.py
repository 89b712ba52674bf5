"""The critic of StyleGAN2 (arXiv:1912.04958, Figure 7c), with the projection of StyleGAN2-ADA's code."""

import itertools
import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.layers.equalised import Conv, Linear
from cwgan_jax.networks.layers.norms import SINGLE, Reduce
from cwgan_jax.networks.stylegan2_mapping import Mapping

DEPTH = 8  # layers of the condition's mapping network
_TINY = 1e-8


def deviation(x: jax.Array, group: int) -> jax.Array:
    """Appends how much the examples of a group differ, one number for each group, as a channel.

    That is the standard deviation over the group's examples, averaged over places and channels. The
    original's groups are of examples N / G apart; here they are neighbours, so that a group lies on one
    device however many there are. Which examples share a group is of no consequence otherwise.

    Args:
      x: f[..., H, W, C]; leading axes of N examples together, in groups of `group`, or fewer than that, which
        are a group of their own.
      group: G.

    Returns:
      f[..., H, W, C + 1].
    """
    lead, shape = x.shape[:-3], x.shape[-3:]
    count = math.prod(lead)
    members = min(group, count)
    if count % members:
        raise ValueError(f"{count} examples do not make groups of {members}")
    grouped = x.reshape(-1, members, *shape)
    centred = grouped - grouped.mean(1, keepdims=True)
    each = jnp.sqrt(jnp.square(centred).mean(1) + _TINY).mean((1, 2, 3))
    plane = jnp.broadcast_to(each[:, None, None, None, None], (len(each), members, *shape[:2], 1))
    return jnp.concatenate([x, plane.reshape(*lead, *shape[:2], 1)], -1)


class Critic(nn.Module):
    """Images and labels to scores; those of a group depend on each other.

    Attributes:
      image_shape: (H, W, D).
      widths: features of the maps, from the largest to the smallest.
      group: how many examples are compared with each other; 1: none.
      residual: whether each block has a way around it, with a 1x1 convolution.
      method: see `kernels.convolutions`.
    """

    image_shape: tuple[int, ...]
    widths: tuple[int, ...]
    group: int = 4
    residual: bool = True
    method: Method = AUTO

    @nn.compact
    def __call__(self, image: jax.Array, condition: jax.Array, *, reduce: Reduce = SINGLE) -> jax.Array:
        """Scores images: f[..., H, W, D] and f[..., C] -> f[...]; neighbours are a group."""
        x = Conv(self.widths[0], 1, method=self.method, name="image")(image)
        gain = math.sqrt(0.5) if self.residual else 1.0
        for i, (width, narrower) in enumerate(itertools.pairwise(self.widths)):
            y = Conv(width, method=self.method, name=f"conv_{2 * i}")(x)
            layer = Conv(narrower, halves=True, gain=gain, method=self.method, name=f"conv_{2 * i + 1}")
            y = layer(y)
            if self.residual:
                linear: dict[str, Any] = {"halves": True, "use_bias": False, "gain": gain}
                y += Conv(narrower, 1, **linear, method=self.method, name=f"around_{i}")(x)
            x = y
        if self.group > 1:
            x = deviation(x, self.group)
        width = self.widths[-1]
        x = Conv(width, method=self.method, name="conv")(x)
        x = x.reshape(*x.shape[:-3], -1)
        x = Linear(width, activated=True, method=self.method, name="linear")(x)
        if not condition.shape[-1]:
            return Linear(1, method=self.method, name="score")(x)[..., 0]
        own = Mapping(width, DEPTH, width, self.method, name="mapping")(None, condition)
        return (Linear(width, method=self.method, name="score")(x) * own).sum(-1) / math.sqrt(width)
