"""Modulated convolutions in their two forms: kernels for each example, and scaled activations.

python benchmarks/modulated.py [--size=32] [--batch=32] [--grouped]

Milliseconds of the value and its gradients by inputs, kernel and scales, and of the gradients of a penalty on
the gradient by inputs and scales, as path lengths take it. Columns: `products`, a matrix product for each
example; `scaled`, what `networks/kernels/modulated.py` does; `grouped`, one grouped convolution of XLA.
"""

import time

import jax
import jax.numpy as jnp
from absl import app, flags
from jax import lax

from cwgan_jax.networks.kernels.axes import pad
from cwgan_jax.networks.kernels.modulated import demodulation, modulated_conv

flags.DEFINE_integer("size", 32, "Height and width of the maps.")
flags.DEFINE_integer("batch", 32, "Examples.")
flags.DEFINE_bool("grouped", False, "Whether to time `grouped` too, which takes minutes on CPUs.")
FEATURES = 16, 32, 64


def kernels(kernel, scale):
    """f[B, 3, 3, C, F], modulated and demodulated."""
    own = kernel[None] * scale[:, None, None, :, None]
    return own * demodulation(kernel, scale)[:, None, None, None]


def grouped(x, kernel, scale):
    """All examples as the groups of one convolution."""
    count, height, width, channels = x.shape
    own = jnp.moveaxis(kernels(kernel, scale), 0, -2).reshape(3, 3, channels, -1)
    x = jnp.moveaxis(x, 0, -2).reshape(1, height, width, -1)
    y = lax.conv_general_dilated(
        *(x, own, (1, 1), "SAME"),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=count,
        precision=lax.Precision.HIGHEST,
    )
    return jnp.moveaxis(y.reshape(height, width, count, -1), 2, 0)


def products(x, kernel, scale):
    """A matrix product of all taps for each example."""
    count, height, width, channels = x.shape
    full = pad(x, (1, 1), (1, 1))
    taps = [full[:, i : i + height, j : j + width] for i in range(3) for j in range(3)]
    rows = jnp.concatenate(taps, -1).reshape(count, height * width, -1)
    own = kernels(kernel, scale).reshape(count, 9 * channels, -1)
    return jnp.matmul(rows, own, precision=lax.Precision.HIGHEST).reshape(count, height, width, -1)


def milliseconds(function, *arguments):
    """The least of ten calls."""
    compiled = jax.jit(function).lower(*arguments).compile()
    jax.block_until_ready(compiled(*arguments))
    times = []
    for _ in range(10):
        start = time.perf_counter()
        jax.block_until_ready(compiled(*arguments))
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def main(_):
    """Prints the table."""
    size, batch = flags.FLAGS.size, flags.FLAGS.batch
    forms = {"products": products, "scaled": modulated_conv}
    forms |= {"grouped": grouped} if flags.FLAGS.grouped else {}
    print(f"{jax.devices()[0].device_kind}, {batch} examples of {size}x{size}; ms: {', '.join(forms)}")
    for features in FEATURES:
        keys = jax.random.split(jax.random.key(0), 3)
        shapes = (batch, size, size, features), (3, 3, features, features), (batch, features)
        arguments = [jax.random.normal(*each) for each in zip(keys, shapes, strict=True)]
        for what in ("gradients", "penalty"):
            row = []
            for form in forms.values():

                def value(x, kernel, scale, form=form):
                    return jnp.square(form(x, kernel, scale)).mean()

                def penalty(x, kernel, scale, value=value):
                    by_inputs, by_scales = jax.grad(value, (0, 2))(x, kernel, scale)
                    return jnp.square(by_inputs).sum() + jnp.square(by_scales).sum()

                function = value if what == "gradients" else penalty
                row.append(milliseconds(jax.grad(function, (0, 1, 2)), *arguments))
            print(f"f = {features:3} {what:10}" + "".join(f"{ms:10.1f}" for ms in row), flush=True)


if __name__ == "__main__":
    app.run(main)
