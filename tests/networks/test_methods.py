"""Implementation and precision of the convolutions: what `auto` takes, what bfloat16 rounds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cwgan_jax.networks.kernels import convolutions


def draw(*shapes):
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.standard_normal(shape), jnp.float32) for shape in shapes]


@pytest.mark.parametrize(
    ("implementation", "low", "high"),
    [("matmul", 0, 1e-6), ("winograd", 1e-3, 1e-2), ("xla", 1e-3, 4e-3)],
)
@pytest.mark.parametrize("function", [convolutions.conv, convolutions.conv_transpose])
def test_bfloat16_rounds_what_the_docstring_says(function, implementation, low, high):
    """Relative to the largest result, from the float32 convolution of rounded operands."""
    x, kernel = draw((2, 8, 8, 32), (4, 4, 32, 32))
    coarse = [value.astype(jnp.bfloat16).astype(jnp.float32) for value in (x, kernel)]
    exact = function(*coarse, stride=2, padding=1, method=convolutions.Method("matmul", "full"))
    # Not compiled as a whole: XLA for CPUs leaves roundings out between operations that it joins.
    found = function(x, kernel, stride=2, padding=1, method=convolutions.Method(implementation, "bfloat16"))
    assert low <= jnp.abs(found - exact).max() / jnp.abs(exact).max() < high


@pytest.mark.parametrize(
    ("backend", "precision", "channels", "convolves"),
    [
        ("gpu", "full", 32, False),
        ("gpu", "tf32", 32, False),
        ("gpu", "bfloat16", 32, True),
        ("gpu", "bfloat16", 1, False),
        ("tpu", "full", 1, True),
        ("cpu", "full", 32, False),
    ],
)
@pytest.mark.parametrize("function", [convolutions.conv, convolutions.conv_transpose])
def test_auto_takes_what_was_measured_to_be_fast(
    function, backend, precision, channels, convolves, monkeypatch
):
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    x, kernel = draw((2, 8, 8, channels), (4, 4, channels, 32))
    method = convolutions.Method("auto", precision)
    made = jax.make_jaxpr(lambda x, k: function(x, k, stride=2, padding=1, method=method))(x, kernel)
    assert ("conv_general_dilated" in str(made)) == convolves
