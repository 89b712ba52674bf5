"""Convolutions as matrix products, and the Flax modules that use them.

Everything works on the last three axes `[..., H, W, C]`, so the critic is a function of one image as well as
of a batch, and `jax.vmap(jax.grad(critic))` needs no dummy axis.

XLA's CPU convolutions, those with input dilation and the second derivatives above all, are slow: 48.1 s for
one R1 step against 1.58 s here (f = 64, two cores, `benchmarks/convolutions.py`). Written as padding,
space-to-depth and one matrix product, every derivative is again a matrix product. `implementation` chooses:
`matmul`, `xla` (`lax.conv_general_dilated`), or `auto`: `matmul` on CPUs, `xla` elsewhere (not measured yet).
"""

import functools
from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax

# float32 products stay float32 on GPUs, where the default is TF32: its ten bits of mantissa would show.
PRECISION = lax.Precision.HIGHEST


def conv(
    x: jax.Array, kernel: jax.Array, *, stride: int, padding: int, implementation: str = "auto"
) -> jax.Array:
    """Convolves images with a square kernel (cross-correlation, as PyTorch's Conv2d).

    Args:
      x: f[..., H, W, C].
      kernel: f[k, k, C, F].
      stride: step between output pixels, in input pixels.
      padding: zeros added on each side.
      implementation: `matmul`, `xla` or `auto`.

    Returns:
      f[..., (H + 2 padding - k) // stride + 1, (W + 2 padding - k) // stride + 1, F].
    """
    if _implementation(implementation) == "xla":
        return _with_batch(
            lambda batch: lax.conv_general_dilated(
                batch,
                kernel,
                (stride, stride),
                [(padding, padding)] * 2,
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
                precision=PRECISION,
            ),
            x,
        )
    height, width, channels = x.shape[-3:]
    size, features = kernel.shape[0], kernel.shape[-1]
    rows, columns = ((n + 2 * padding - size) // stride + 1 for n in (height, width))
    taps = -(-size // stride)  # taps per axis once stride x stride pixels have become channels
    blocks = _blocks(x, (rows - 1 + taps, columns - 1 + taps), stride, padding)
    patches = [
        lax.slice_in_dim(lax.slice_in_dim(blocks, i, i + rows, axis=-3), j, j + columns, axis=-2)
        for i in range(taps)
        for j in range(taps)
    ]
    products = taps * taps * stride * stride * channels
    return jnp.matmul(
        jnp.concatenate(patches, -1),
        _grouped(kernel, stride).reshape(products, features),
        precision=PRECISION,
    )


def conv_transpose(
    x: jax.Array, kernel: jax.Array, *, stride: int, padding: int, implementation: str = "auto"
) -> jax.Array:
    """Spreads each pixel over a square kernel (as PyTorch's ConvTranspose2d).

    Args:
      x: f[..., H, W, C].
      kernel: f[k, k, C, F]; input pixel i reaches output pixels i * stride - padding + (0 .. k-1).
      stride: step between the outputs of neighbouring pixels.
      padding: output pixels cropped on each side.
      implementation: `matmul`, `xla` or `auto`.

    Returns:
      f[..., (H - 1) stride - 2 padding + k, (W - 1) stride - 2 padding + k, F].
    """
    size, features = kernel.shape[0], kernel.shape[-1]
    if _implementation(implementation) == "xla":
        edge = size - 1 - padding
        return _with_batch(
            lambda batch: lax.conv_general_dilated(
                batch,
                kernel[::-1, ::-1],
                (1, 1),
                [(edge, edge)] * 2,
                lhs_dilation=(stride, stride),
                dimension_numbers=("NHWC", "HWIO", "NHWC"),
                precision=PRECISION,
            ),
            x,
        )
    *lead, height, width, channels = x.shape
    rows, columns = ((n - 1) * stride - 2 * padding + size for n in (height, width))
    taps = -(-size // stride)
    weights = jnp.moveaxis(_grouped(kernel, stride), 3, 0)  # [C, taps, taps, stride * stride, F]
    spread = jnp.matmul(x, weights.reshape(channels, -1), precision=PRECISION)
    spread = spread.reshape(*lead, height, width, taps, taps, stride * stride * features)
    shifted = [
        _pad(spread[..., i, j, :], (i, taps - 1 - i), (j, taps - 1 - j))
        for i in range(taps)
        for j in range(taps)
    ]
    blocks = functools.reduce(jnp.add, shifted)
    blocks = blocks.reshape(*blocks.shape[:-1], stride, stride, features)
    full = jnp.swapaxes(blocks, -4, -3)
    full = full.reshape(*lead, (height - 1 + taps) * stride, (width - 1 + taps) * stride, features)
    return full[..., padding : padding + rows, padding : padding + columns, :]


def conv_planes(
    planes: jax.Array, kernel: jax.Array, *, shape: tuple[int, int], stride: int, padding: int
) -> jax.Array:
    """Convolves constant planes without making them: a bias that depends on the place only near the border.

    A channel that is constant over the image meets, at every output pixel, the sum of those kernel taps
    that do not fall into the zero padding; which ones do is a 0/1 matrix per axis.

    Args:
      planes: f[..., E], the value of each plane.
      kernel: f[k, k, E, F].
      shape: height and width of the planes in pixels.
      stride: as in `conv`.
      padding: as in `conv`.

    Returns:
      f[..., rows, columns, F], what `conv` gives for planes of that shape.
    """
    size = kernel.shape[0]
    taps = jnp.einsum("...e,klef->...klf", planes, kernel, precision=PRECISION)
    rows, columns = (_inside(n, size, stride, padding).astype(kernel.dtype) for n in shape)
    return jnp.einsum("ik,jl,...klf->...ijf", rows, columns, taps, precision=PRECISION)


def _inside(length: int, size: int, stride: int, padding: int) -> jax.Array:
    """bool[outputs, size]: which taps of which output fall on the image rather than its padding."""
    outputs = (length + 2 * padding - size) // stride + 1
    place = jnp.arange(outputs)[:, None] * stride - padding + jnp.arange(size)[None, :]
    return (place >= 0) & (place < length)


def _implementation(name: str) -> str:
    return ("matmul" if jax.default_backend() == "cpu" else "xla") if name == "auto" else name


def _with_batch(function: Callable[[jax.Array], jax.Array], x: jax.Array) -> jax.Array:
    y = function(x.reshape(-1, *x.shape[-3:]))
    return y.reshape(*x.shape[:-3], *y.shape[-3:])


def _pad(x: jax.Array, rows: tuple[int, int], columns: tuple[int, int]) -> jax.Array:
    """Pads (or, where negative, crops) height and width of `[..., H, W, C]` with zeros."""
    edges = [(0, 0, 0)] * (x.ndim - 3) + [(*rows, 0), (*columns, 0), (0, 0, 0)]
    return lax.pad(x, jnp.zeros((), x.dtype), edges)


def _blocks(x: jax.Array, counts: tuple[int, int], stride: int, padding: int) -> jax.Array:
    """Space-to-depth: f[..., H, W, C] -> f[..., rows, columns, stride * stride * C], padded to fit."""
    *lead, height, width, channels = x.shape
    rows, columns = counts
    x = _pad(x, (padding, rows * stride - height - padding), (padding, columns * stride - width - padding))
    x = x.reshape(*lead, rows, stride, columns, stride, channels)
    return jnp.swapaxes(x, -4, -3).reshape(*lead, rows, columns, stride * stride * channels)


def _grouped(kernel: jax.Array, stride: int) -> jax.Array:
    """f[k, k, C, F] -> f[taps, taps, stride * stride, C, F], zeros filling up the last taps."""
    size, _, channels, features = kernel.shape
    taps = -(-size // stride)
    missing = taps * stride - size
    kernel = jnp.pad(kernel, ((0, missing), (0, missing), (0, 0), (0, 0)))
    kernel = kernel.reshape(taps, stride, taps, stride, channels, features)
    return jnp.swapaxes(kernel, 1, 2).reshape(taps, taps, stride * stride, channels, features)


def _add_bias(y: jax.Array, bias: jax.Array) -> jax.Array:
    return y + jnp.broadcast_to(bias, y.shape)


def uniform_fan_in(fan_in: int) -> nn.initializers.Initializer:
    """PyTorch's default for weights and biases: uniform in +-1/sqrt(fan_in)."""
    bound = fan_in**-0.5
    return lambda key, shape, dtype=jnp.float32: jax.random.uniform(key, shape, dtype, -bound, bound)


class Conv(nn.Module):
    """Strided convolution with bias; constant planes (label embeddings) may stand in for more channels.

    Attributes:
      features: F, output channels.
      kernel_size: k.
      stride: see `conv`.
      padding: see `conv`.
      dead_bias: a norm follows, which cancels the bias: its gradient is zero in exact arithmetic, and in
        floating point noise that Adam would blow up. It is cut; the function stays the same.
      implementation: see `conv`.
    """

    features: int
    kernel_size: int = 4
    stride: int = 2
    padding: int = 1
    dead_bias: bool = False
    implementation: str = "auto"

    @nn.compact
    def __call__(self, x: jax.Array, planes: jax.Array | None = None) -> jax.Array:
        """f[..., H, W, C] and constant planes f[..., E], as channels behind the C -> f[..., H', W', F]."""
        channels = x.shape[-1]
        inputs = channels + (0 if planes is None else planes.shape[-1])
        size = self.kernel_size
        init = uniform_fan_in(inputs * size * size)
        kernel = self.param("kernel", init, (size, size, inputs, self.features))
        bias = self.param("bias", init, (self.features,))
        steps = {"stride": self.stride, "padding": self.padding}
        y = conv(x, kernel[:, :, :channels], **steps, implementation=self.implementation)
        if planes is not None:
            y += conv_planes(planes, kernel[:, :, channels:], shape=(x.shape[-3], x.shape[-2]), **steps)
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)


class ConvTranspose(nn.Module):
    """Transposed convolution with bias; attributes as in `Conv`."""

    features: int
    kernel_size: int = 4
    stride: int = 2
    padding: int = 1
    dead_bias: bool = False
    implementation: str = "auto"

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """f[..., H, W, C] -> f[..., H', W', F]."""
        size = self.kernel_size
        init = uniform_fan_in(self.features * size * size)  # PyTorch counts the output channels here
        kernel = self.param("kernel", init, (size, size, x.shape[-1], self.features))
        bias = self.param("bias", init, (self.features,))
        y = conv_transpose(
            x, kernel, stride=self.stride, padding=self.padding, implementation=self.implementation
        )
        return _add_bias(y, lax.stop_gradient(bias) if self.dead_bias else bias)
