"""Convolutions as matrix products.

Everything works on the last three axes `[..., H, W, C]`, so the critic is a function of one image as well as
of a batch, and `jax.vmap(jax.grad(critic))` needs no dummy axis.

XLA's CPU convolutions, those with input dilation and the second derivatives above all, are slow: 7.3 s for
one step of cwgan_gp_conv with Flax's layers against 0.24 s here (f = 16, two cores,
`benchmarks/train_step.py`). Written as padding, space-to-depth and matrix products, every derivative is a
matrix product again. `implementation` chooses:

- `winograd`: 4x4 kernels of stride 2 and padding 1 by minimal filtering (`filtering`), others as `matmul`;
- `matmul`: one product of all taps;
- `xla`: `lax.conv_general_dilated`;
- `auto`: `winograd` on CPUs; on GPUs `matmul`, but `xla` for bfloat16 where both sides have enough channels;
  `xla` on other accelerators, where nothing has been measured.

Precision `bfloat16` rounds the operands of every product and sums in float32. What differs is what else is
rounded: `matmul` nothing; `winograd` sums and differences of inputs and of weights, in place of these
themselves; `xla` also every result (a convolution has one type for operands and result). Against the float32
sums of rounded operands that makes up to 1e-2 with `winograd` and 4e-3 with `xla`, relative to the largest.
"""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels import filtering
from cwgan_jax.networks.kernels.products import PRECISION, Multiply, algorithm, matmul, narrowed, product

# Below this many channels on either side a tap's product is too small to pay for the transforms of filtering,
# and cuDNN's convolutions are slow.
_FEW_CHANNELS = 16


class Method(NamedTuple):
    """How the networks compute their products and convolutions.

    Attributes:
      implementation: see above.
      precision: see `products`.
    """

    implementation: str = "auto"
    precision: str = "full"

    def chosen(self, *, narrow: bool = False) -> str:
        """The implementation, `auto` resolved.

        Args:
          narrow: of a layer with few channels on one side: there cuDNN takes up to 20 times as long as a
            matrix product (`benchmarks/gpu_step.py`).
        """
        if self.implementation != "auto":
            return self.implementation
        backend = jax.default_backend()
        if backend == "gpu":
            return "xla" if self.precision == "bfloat16" and not narrow else "matmul"
        return "winograd" if backend == "cpu" else "xla"

    def multiply(self) -> Multiply:
        """The product of rows with weights; that of `matmul` is JAX's own, which exporters know."""
        multiply = product if self.chosen() == "winograd" else matmul
        return functools.partial(multiply, precision=self.precision)


AUTO = Method()


def conv(x: jax.Array, kernel: jax.Array, *, stride: int, padding: int, method: Method = AUTO) -> jax.Array:
    """Convolves images with a square kernel (cross-correlation, as PyTorch's Conv2d).

    Args:
      x: f[..., H, W, C].
      kernel: f[k, k, C, F].
      stride: step between output pixels, in input pixels.
      padding: zeros added on each side.
      method: how it is computed.

    Returns:
      f[..., (H + 2 padding - k) // stride + 1, (W + 2 padding - k) // stride + 1, F].
    """
    chosen = method.chosen(narrow=_narrow(kernel))
    if chosen == "xla":
        edges = [(padding, padding)] * 2
        return _xla(x, kernel, method.precision, window_strides=(stride, stride), padding=edges)
    multiply = method.multiply()
    if chosen == "winograd" and _filtered(x.shape, kernel.shape, stride, padding, 4):
        return filtering.conv(x, kernel, multiply)
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
    return multiply(
        jnp.concatenate(patches, -1), filtering.grouped(kernel, stride).reshape(products, features)
    )


def conv_transpose(
    x: jax.Array, kernel: jax.Array, *, stride: int, padding: int, method: Method = AUTO
) -> jax.Array:
    """Spreads each pixel over a square kernel (as PyTorch's ConvTranspose2d).

    Args:
      x: f[..., H, W, C].
      kernel: f[k, k, C, F]; input pixel i reaches output pixels i * stride - padding + (0 .. k-1).
      stride: step between the outputs of neighbouring pixels.
      padding: output pixels cropped on each side.
      method: how it is computed.

    Returns:
      f[..., (H - 1) stride - 2 padding + k, (W - 1) stride - 2 padding + k, F].
    """
    size, features = kernel.shape[0], kernel.shape[-1]
    chosen = method.chosen(narrow=_narrow(kernel))
    if chosen == "xla":
        edges = {"padding": [(size - 1 - padding,) * 2] * 2, "lhs_dilation": (stride, stride)}
        return _xla(x, kernel[::-1, ::-1], method.precision, window_strides=(1, 1), **edges)
    multiply = method.multiply()
    if chosen == "winograd" and _filtered(x.shape, kernel.shape, stride, padding, 2):
        return filtering.conv_transpose(x, kernel, multiply)
    *lead, height, width, channels = x.shape
    rows, columns = ((n - 1) * stride - 2 * padding + size for n in (height, width))
    taps = -(-size // stride)
    weights = jnp.moveaxis(filtering.grouped(kernel, stride), 3, 0)  # [C, taps, taps, stride * stride, F]
    spread = multiply(x, weights.reshape(channels, -1))
    spread = spread.reshape(*lead, height, width, taps, taps, stride * stride * features)
    shifted = [
        filtering.pad(spread[..., i, j, :], (i, taps - 1 - i), (j, taps - 1 - j))
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


def _filtered(x: tuple[int, ...], kernel: tuple[int, ...], stride: int, padding: int, multiple: int) -> bool:
    """Whether `filtering` has it: x [..., H, W, C], H and W multiples of `multiple`; kernel [k, k, C, F]."""
    fits = x[-3] % multiple == x[-2] % multiple == 0 and (kernel[0], stride, padding) == (4, 2, 1)
    return fits and min(kernel[2:]) >= _FEW_CHANNELS


def _narrow(kernel: jax.Array) -> bool:
    """Whether f[k, k, C, F] has few channels on one side."""
    return min(kernel.shape[2:]) < _FEW_CHANNELS


def _xla(x: jax.Array, kernel: jax.Array, precision: str, **settings: Any) -> jax.Array:
    batch, kernel = narrowed(precision, x.reshape(-1, *x.shape[-3:]), kernel)
    numbers = ("NHWC", "HWIO", "NHWC")
    y = lax.conv_general_dilated(
        batch, kernel, **settings, dimension_numbers=numbers, precision=algorithm(precision)
    )
    return y.astype(x.dtype).reshape(*x.shape[:-3], *y.shape[-3:])


def _blocks(x: jax.Array, counts: tuple[int, int], stride: int, padding: int) -> jax.Array:
    """Space-to-depth: f[..., H, W, C] -> f[..., rows, columns, stride * stride * C], padded to fit."""
    *lead, height, width, channels = x.shape
    rows, columns = counts
    x = filtering.pad(
        x, (padding, rows * stride - height - padding), (padding, columns * stride - width - padding)
    )
    x = x.reshape(*lead, rows, stride, columns, stride, channels)
    return jnp.swapaxes(x, -4, -3).reshape(*lead, rows, columns, stride * stride * channels)
