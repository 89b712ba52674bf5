"""Grouped convolutions: the channels are cut into groups, and each group is convolved by itself.

As matrix products, the groups come first and each has one product of all taps, as in `convolutions`. XLA's
own grouped convolutions are slow on CPUs: the gradient of a penalty on two layers of 64 channels in groups of
16 (32 maps of 16x16) takes 2.1 s with them, 0.13 s so, and 0.23 s as one convolution with a kernel of blocks,
which takes the longer the more groups there are (two busy cores, 2026-11-27). Minimal filtering of the groups
saves nothing: their products are small, and it is the copies that take time.
"""

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.axes import pad
from cwgan_jax.networks.kernels.convolutions import AUTO, Method
from cwgan_jax.networks.kernels.products import algorithm, narrowed


def grouped_conv(x: jax.Array, kernel: jax.Array, *, method: Method = AUTO) -> jax.Array:
    """Convolves groups of channels, stride 1, as many outputs as inputs (PyTorch's Conv2d with `groups`).

    Args:
      x: f[..., H, W, C].
      kernel: f[k, k, C / groups, F], k odd: channels and features of one group are neighbours.
      method: see `convolutions`.

    Returns:
      f[..., H, W, F].
    """
    size, inside, features = kernel.shape[0], *kernel.shape[2:]
    *lead, height, width, channels = x.shape
    groups = channels // inside
    flat = x.reshape(-1, height, width, channels)
    if method.chosen() == "xla":
        flat, narrow = narrowed(method.precision, flat, kernel)
        edges = [(size // 2, size // 2)] * 2
        y = lax.conv_general_dilated(
            *(flat, narrow, (1, 1), edges),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
            precision=algorithm(method.precision),
        ).astype(x.dtype)
        return y.reshape(*lead, height, width, features)
    apart = jnp.moveaxis(flat.reshape(*flat.shape[:-1], groups, inside), -2, 0)
    wide = pad(apart, *[(size // 2, size // 2)] * 2)
    taps = [wide[..., i : i + height, j : j + width, :] for i in range(size) for j in range(size)]
    rows = jnp.concatenate(taps, -1).reshape(groups, -1, size**2 * inside)
    weights = jnp.moveaxis(kernel.reshape(size**2 * inside, groups, -1), 1, 0)
    rows, weights = narrowed(method.precision, rows, weights)
    y = lax.dot_general(
        *(rows, weights, (((2,), (1,)), ((0,), (0,)))),
        precision=algorithm(method.precision),
        preferred_element_type=x.dtype,
    )
    return jnp.moveaxis(y.reshape(*apart.shape[:-1], -1), 0, -2).reshape(*lead, height, width, features)
