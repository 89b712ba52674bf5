"""Convolutions as matrix products.

Arrays are `[..., *lengths, C]` with one, two or three spatial axes, as many as the kernel `f[*sizes, C, F]`
has. All axes before them are free, so the critic is a function of one example as well as of a batch, and
`jax.vmap(jax.grad(critic))` needs no dummy axis.

XLA's CPU convolutions, those with input dilation and the second derivatives above all, are slow: 7.3 s for
one step of cwgan_gp_conv with Flax's layers against 0.24 s here (f = 16, two cores,
`benchmarks/train_step.py`). Written as padding, space-to-depth and matrix products, every derivative is a
matrix product again. `implementation` chooses:

- `winograd`: by minimal filtering kernels of 4 taps an axis with stride 2 (`filtering`) and of 3 taps with
  stride 1 (`filtering_3`), both with padding 1; others as `matmul`;
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
import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from cwgan_jax.networks.kernels import filtering, filtering_3
from cwgan_jax.networks.kernels.axes import blocks, count, grouped, pad, together
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
    """Convolves along the kernel's axes (cross-correlation, as PyTorch's Conv1d, Conv2d and Conv3d).

    Args:
      x: f[..., *lengths, C].
      kernel: f[*sizes, C, F], a size for each spatial axis.
      stride: step between outputs along each axis, in places of the input.
      padding: zeros added on each side of each axis.
      method: how it is computed.

    Returns:
      f[..., *outputs, F] with (length + 2 padding - size) // stride + 1 outputs along each axis.
    """
    axes, chosen = count(kernel), method.chosen(narrow=_narrow(kernel))
    if chosen == "xla":
        edges = [(padding, padding)] * axes
        return _xla(x, kernel, method.precision, window_strides=(stride,) * axes, padding=edges)
    multiply = method.multiply()
    if chosen == "winograd":
        if _filtered(x.shape, kernel.shape, (stride, padding), taps=4, multiple=4):
            return filtering.conv(x, kernel, multiply)
        if _filtered(x.shape, kernel.shape, (stride, padding), taps=3, multiple=2):
            return filtering_3.conv(x, kernel, multiply)
    lengths, sizes, features = x.shape[-1 - axes : -1], kernel.shape[:axes], kernel.shape[-1]
    if lengths == sizes and not padding:  # one place, which sees everything
        rows = x.reshape(*x.shape[: -1 - axes], *[1] * axes, -1)
        return multiply(rows, kernel.reshape(-1, features))
    outputs = _outputs(lengths, sizes, stride, padding)
    taps = [-(-size // stride) for size in sizes]  # per axis, once blocks of the stride's length are channels
    cut = blocks(x, tuple(n - 1 + tap for n, tap in zip(outputs, taps, strict=True)), stride, padding)
    patches = []
    for starts in itertools.product(*map(range, taps)):
        patch = cut
        for axis, (start, length) in enumerate(zip(starts, outputs, strict=True), -1 - axes):
            patch = lax.slice_in_dim(patch, start, start + length, axis=axis)
        patches.append(patch)
    rows = jnp.concatenate(patches, -1)
    return multiply(rows, grouped(kernel, stride).reshape(rows.shape[-1], features))


def conv_transpose(
    x: jax.Array, kernel: jax.Array, *, stride: int, padding: int, method: Method = AUTO
) -> jax.Array:
    """Spreads each place over a kernel (as PyTorch's ConvTranspose1d, ConvTranspose2d, ConvTranspose3d).

    Args:
      x: f[..., *lengths, C].
      kernel: f[*sizes, C, F]; along each axis place i reaches i * stride - padding + (0 .. size - 1).
      stride: step between the outputs of neighbouring places.
      padding: outputs cropped on each side of each axis.
      method: how it is computed.

    Returns:
      f[..., *outputs, F] with (length - 1) stride - 2 padding + size outputs along each axis.
    """
    axes, (*sizes, channels, features) = count(kernel), kernel.shape
    chosen = method.chosen(narrow=_narrow(kernel))
    if chosen == "xla":
        edges = [(size - 1 - padding,) * 2 for size in sizes]
        steps = {"window_strides": (1,) * axes, "lhs_dilation": (stride,) * axes}
        return _xla(x, kernel[(slice(None, None, -1),) * axes], method.precision, padding=edges, **steps)
    multiply = method.multiply()
    if chosen == "winograd" and _filtered(x.shape, kernel.shape, (stride, padding), taps=4, multiple=2):
        return filtering.conv_transpose(x, kernel, multiply)
    lead, lengths = x.shape[: -1 - axes], x.shape[-1 - axes : -1]
    if math.prod(lengths) == 1:  # one place, of which everything is made
        full = multiply(x, jnp.moveaxis(kernel, axes, 0).reshape(channels, -1))
        kept = [slice(padding, size - padding) for size in sizes]
        return full.reshape(*lead, *sizes, features)[(..., *kept, slice(None))]
    taps = [-(-size // stride) for size in sizes]
    weights = jnp.moveaxis(grouped(kernel, stride), axes + 1, 0)  # [C, *taps, stride ** axes, F]
    spread = multiply(x, weights.reshape(channels, -1))
    spread = spread.reshape(*lead, *lengths, *taps, stride**axes * features)
    shifted = []
    for starts in itertools.product(*map(range, taps)):
        around = [(start, tap - 1 - start) for start, tap in zip(starts, taps, strict=True)]
        shifted.append(pad(spread[(..., *starts, slice(None))], *around))
    summed = functools.reduce(jnp.add, shifted)
    full = together(summed.reshape(*summed.shape[:-1], *[stride] * axes, features), axes)
    full = full.reshape(*lead, *(n * stride for n in summed.shape[-1 - axes : -1]), features)
    kept = [slice(padding, (n - 1) * stride - padding + size) for n, size in zip(lengths, sizes, strict=True)]
    return full[(..., *kept, slice(None))]


def conv_planes(
    planes: jax.Array, kernel: jax.Array, *, shape: tuple[int, ...], stride: int, padding: int
) -> jax.Array:
    """Convolves constant planes without making them: a bias that depends on the place only near the border.

    A channel that is constant over the example meets, at every output, the sum of those kernel taps that do
    not fall into the zero padding; which ones do is a 0/1 matrix per axis.

    Args:
      planes: f[..., E], the value of each plane.
      kernel: f[*sizes, E, F].
      shape: lengths of the planes' axes.
      stride: as in `conv`.
      padding: as in `conv`.

    Returns:
      f[..., *outputs, F], what `conv` gives for planes of that shape.
    """
    axes, sizes = count(kernel), kernel.shape
    across, out = "klm"[:axes], "ijh"[:axes]
    taps = jnp.einsum(f"...e,{across}ef->...{across}f", planes, kernel, precision=PRECISION)
    inside = [
        _inside(n, size, stride, padding).astype(kernel.dtype)
        for n, size in zip(shape, sizes[:axes], strict=True)
    ]
    terms = ",".join(map("".join, zip(out, across, strict=True)))
    return jnp.einsum(f"{terms},...{across}f->...{out}f", *inside, taps, precision=PRECISION)


def _outputs(lengths: Sequence[int], sizes: Sequence[int], stride: int, padding: int) -> tuple[int, ...]:
    """How many outputs a convolution has along each axis."""
    return tuple((n + 2 * padding - size) // stride + 1 for n, size in zip(lengths, sizes, strict=True))


def _inside(length: int, size: int, stride: int, padding: int) -> jax.Array:
    """bool[outputs, size]: which taps of which output fall on the example rather than its padding."""
    (outputs,) = _outputs((length,), (size,), stride, padding)
    place = jnp.arange(outputs)[:, None] * stride - padding + jnp.arange(size)[None, :]
    return (place >= 0) & (place < length)


def _filtered(
    x: tuple[int, ...], kernel: tuple[int, ...], steps: tuple[int, int], *, taps: int, multiple: int
) -> bool:
    """Whether minimal filtering has it.

    Args:
      x: [..., *lengths, C]; lengths must be multiples of `multiple`.
      kernel: [*sizes, C, F].
      steps: stride and padding.
      taps: 4, with stride 2, or 3, with stride 1.
      multiple: see `x`.
    """
    *sizes, channels, features = kernel
    fits = all(length % multiple == 0 for length in x[-1 - len(sizes) : -1])
    fits &= set(sizes) == {taps} and steps == (taps - 2, 1)
    return fits and min(channels, features) >= _FEW_CHANNELS


def _narrow(kernel: jax.Array) -> bool:
    """Whether f[*sizes, C, F] has few channels on one side."""
    return min(kernel.shape[-2:]) < _FEW_CHANNELS


def _xla(x: jax.Array, kernel: jax.Array, precision: str, **settings: Any) -> jax.Array:
    axes = count(kernel)
    batch, kernel = narrowed(precision, x.reshape(-1, *x.shape[-1 - axes :]), kernel)
    letters = "HWX"[:axes]
    numbers = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    y = lax.conv_general_dilated(
        batch, kernel, **settings, dimension_numbers=numbers, precision=algorithm(precision)
    )
    return y.astype(x.dtype).reshape(*x.shape[: -1 - axes], *y.shape[1:])
