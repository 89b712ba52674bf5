"""Batch, instance and layer normalisation with PyTorch's conventions."""

from collections.abc import Callable
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels.products import lookup

EPSILON = 1e-5
MOMENTUM = 0.1
STYLE_MOMENTUM = 0.005  # of the style generator's running mean of w, StyleGAN's 1 - 0.995


class Reduce(NamedTuple):
    """How the replicas of a step combine their values.

    Attributes:
      mean: averages every leaf of a pytree over all replicas; the identity on a single device.
      gather: stacks every leaf of a pytree f[...] of all replicas to f[R, ...], the same on each.
      replicas: R, how many replicas there are.
    """

    mean: Callable[[Any], Any] = lambda tree: tree
    gather: Callable[[Any], Any] = lambda tree: jax.tree.map(lambda leaf: leaf[None], tree)
    replicas: int = 1


SINGLE = Reduce()


def instance_norm(x: jax.Array, *, axes: int = 2, epsilon: float = EPSILON) -> jax.Array:
    """Normalises each channel of each example, without parameters (PyTorch's InstanceNorm1d, 2d and 3d).

    Args:
      x: f[..., *lengths, C].
      axes: how many spatial axes there are.
      epsilon: added to the biased variance.

    Returns:
      f[..., *lengths, C], mean 0 and variance 1 over the spatial axes.
    """
    spatial = tuple(range(-1 - axes, -1))
    centred = x - x.mean(spatial, keepdims=True)
    variance = jnp.square(centred).mean(spatial, keepdims=True)
    return centred * lax.rsqrt(variance + epsilon)


def layer_norm(x: jax.Array, *, axes: int = 2, epsilon: float = EPSILON) -> jax.Array:
    """Normalises each example as a whole, without parameters (Ba et al. 2016, arXiv:1607.06450).

    PyTorch's GroupNorm with one group and no affine map.

    Args:
      x: f[..., *lengths, C].
      axes: how many spatial axes there are.
      epsilon: added to the biased variance.

    Returns:
      f[..., *lengths, C], mean 0 and variance 1 over the spatial axes and the channels.
    """
    whole = tuple(range(-1 - axes, 0))
    centred = x - x.mean(whole, keepdims=True)
    variance = jnp.square(centred).mean(whole, keepdims=True)
    return centred * lax.rsqrt(variance + epsilon)


def moments(x: jax.Array, reduce: Reduce = SINGLE) -> tuple[jax.Array, jax.Array]:
    """Mean and biased variance of each channel over the batches of all replicas: one pass, one collective.

    E[x^2] - E[x]^2 loses all its digits, and can be negative, where the mean is large compared with the
    deviation. So the moments are taken about the mean s of the first example, which is close to the mean of
    any batch: since (s - mean)^2 <= b var for b examples, the variance is correct to about b roundings in the
    worst case, and to a few if the first example is like the others. Each replica has its own shift, and
    their moments are combined by the exact formula of Chan, Golub and LeVeque 1983 (The American Statistician
    37, Eq. 2.1). They are gathered for that: averaging would take two collectives, one for the mean and one
    for the squares about it.

    Args:
      x: f[b, ..., C], this replica's share.
      reduce: over which replicas.

    Returns:
      f[C] and f[C], at least 0.
    """
    axes = tuple(range(x.ndim - 1))
    near = lax.stop_gradient(x[:1].mean(axes))  # neither moment depends on the shift, nor do derivatives
    shift = x - jnp.broadcast_to(near, x.shape)
    first, second = shift.mean(axes), jnp.square(shift).mean(axes)
    own, within = reduce.gather((near + first, second - jnp.square(first)))
    mean = own.mean(0)
    between = jnp.square(own - jnp.broadcast_to(mean, own.shape)).mean(0)
    return mean, jnp.maximum(within.mean(0) + between, 0)


def follow(start: Any, moved: Any) -> Any:
    """Running statistics after several batches that were normalised in parallel.

    Args:
      start: statistics before.
      moved: with a leading axis, the statistics after each batch alone.

    Returns:
      The statistics after all batches, one after the other.
    """

    def leaf(path: Any, first: jax.Array, each: jax.Array) -> jax.Array:
        keep = 1 - (STYLE_MOMENTUM if path[-1].key == "style" else MOMENTUM)
        now = first
        for one in each:
            now = one + keep * (now - first)
        return now

    return jax.tree_util.tree_map_with_path(leaf, start, moved)


class BatchNorm(nn.Module):
    """Batch normalisation over everything but the channels (PyTorch's BatchNorm2d and BatchNorm1d).

    In training the biased variance of the global batch normalises, and the running statistics move by
    `momentum` towards the batch's mean and **unbiased** variance. Collection `batch_stats`: mean, var f[C].
    With a condition each class has a scale and a bias of its own (conditional batch norm, de Vries et al.
    2017, arXiv:1707.00683; Dumoulin et al. 2017, arXiv:1610.07629).

    Attributes:
      momentum: PyTorch's: new = (1 - momentum) old + momentum batch.
      epsilon: added to the variance.
      running: whether running statistics are kept; a critic is always in training mode and needs none.
    """

    momentum: float = MOMENTUM
    epsilon: float = EPSILON
    running: bool = True

    @nn.compact
    def __call__(
        self, x: jax.Array, condition: jax.Array | None = None, *, train: bool, reduce: Reduce = SINGLE
    ) -> jax.Array:
        """Normalises f[B, ..., F].

        Args:
          x: f[B, ..., F].
          condition: f[B, C], which selects scale and bias; None: they are the same for all.
          train: normalise with the statistics of the batch and update the running ones; else use those.
          reduce: averages the statistics over the replicas.

        Returns:
          f[B, ..., F].
        """
        channels = x.shape[-1]
        shape = (channels,) if condition is None else (condition.shape[-1], channels)
        scale = self.param("scale", nn.initializers.ones, shape, x.dtype)
        bias = self.param("bias", nn.initializers.zeros, shape, x.dtype)
        if condition is not None:
            each = (condition.shape[0], *(1 for _ in x.shape[1:-1]), channels)
            scale, bias = (lookup(condition, table).reshape(each) for table in (scale, bias))
        mean, var = self._statistics(x, train, reduce)
        factor = scale * jnp.broadcast_to(lax.rsqrt(var + self.epsilon), scale.shape)
        mean, factor, bias = (jnp.broadcast_to(value, x.shape) for value in (mean, factor, bias))
        return (x - mean) * factor + bias

    def _statistics(self, x: jax.Array, train: bool, reduce: Reduce) -> tuple[jax.Array, jax.Array]:
        """Mean and variance f[C] to normalise with; in training the running ones are updated."""
        if not self.running:
            return moments(x, reduce)
        channels = (x.shape[-1],)
        running_mean = self.variable("batch_stats", "mean", jnp.zeros, channels, x.dtype)
        running_var = self.variable("batch_stats", "var", jnp.ones, channels, x.dtype)
        if not train:
            return running_mean.value, running_var.value
        mean, var = moments(x, reduce)
        if not self.is_initializing():
            count = x.size // x.shape[-1] * reduce.replicas
            unbiased = var * (count / (count - 1))
            running_mean.value += self.momentum * (mean - running_mean.value)
            running_var.value += self.momentum * (unbiased - running_var.value)
        return mean, var


def critic_norm(x: jax.Array, kind: str, *, axes: int, name: str, reduce: Reduce = SINGLE) -> jax.Array:
    """A norm of a critic; to be called in a compact `__call__`.

    Args:
      x: f[..., *lengths, C].
      kind: `batch` (without running statistics), `instance`, `layer` or `off`.
      axes: how many spatial axes there are.
      name: of the batch norm's parameters.
      reduce: see `BatchNorm`.
    """
    if kind == "batch":
        return BatchNorm(running=False, name=name)(x, train=True, reduce=reduce)
    plain = {"instance": instance_norm, "layer": layer_norm}
    return plain[kind](x, axes=axes) if kind in plain else x
