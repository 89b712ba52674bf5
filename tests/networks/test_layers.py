"""The matrix-product convolutions equal lax's."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import relative
from jax import lax

from cwgan_jax.networks.kernels import convolutions, filtering, products
from cwgan_jax.networks.layers import affine

# float64 sums of up to a few hundred products of numbers of size one: 1e-13 leaves two digits of slack.
ROUNDING = 1e-13

SHAPES = [  # kernel, stride, padding, height, width
    (4, 2, 1, 8, 8),
    (4, 1, 0, 4, 4),
    (4, 2, 1, 6, 10),
    (3, 1, 1, 5, 7),
    (3, 2, 1, 7, 8),
    (5, 2, 1, 9, 9),
    (5, 3, 1, 11, 10),
    (1, 1, 0, 3, 3),
    (2, 3, 0, 8, 7),
]
ONE_PLACE = [(4, 1, 0, 1, 1), (4, 2, 1, 1, 1)]  # of which a transposed convolution makes everything


def draw(*shapes):
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.standard_normal(shape)) for shape in shapes]


def lax_conv(x, kernel, stride, padding):
    """The judge, stated apart from the project's own call of lax."""
    return lax.conv(
        x.transpose(0, 3, 1, 2), kernel.transpose(3, 2, 0, 1), (stride, stride), [(padding, padding)] * 2
    ).transpose(0, 2, 3, 1)


def lax_conv_transpose(x, kernel, stride, padding):
    """The gradient of a convolution with respect to its input, which is what the layer is by definition."""
    size, (height, width) = kernel.shape[0], x.shape[1:3]
    shape = (
        x.shape[0],
        *((n - 1) * stride - 2 * padding + size for n in (height, width)),
        kernel.shape[3],
    )
    forward = functools.partial(lax_conv, kernel=kernel.transpose(0, 1, 3, 2), stride=stride, padding=padding)
    _, pull_back = jax.vjp(forward, jnp.zeros(shape, x.dtype))
    return pull_back(x)[0]


def derivatives(function, x, kernel):
    """Value, first derivatives, and the second derivatives that a gradient penalty needs."""

    def value(x, kernel):
        return jnp.sin(function(x, kernel)).sum()

    def penalty(x, kernel):
        return jnp.square(jax.grad(value)(x, kernel)).sum()

    def everything(x, kernel):
        return function(x, kernel), jax.grad(value, (0, 1))(x, kernel), jax.grad(penalty, (0, 1))(x, kernel)

    return jax.jit(everything)(x, kernel)


@pytest.mark.parametrize("implementation", ["matmul", "xla"])
@pytest.mark.parametrize(("size", "stride", "padding", "height", "width"), SHAPES)
def test_conv_and_its_derivatives_equal_lax(x64, size, stride, padding, height, width, implementation):
    x, kernel = draw((2, height, width, 3), (size, size, 3, 4))
    ours = functools.partial(
        convolutions.conv, stride=stride, padding=padding, method=convolutions.Method(implementation)
    )
    judge = functools.partial(lax_conv, stride=stride, padding=padding)
    for mine, theirs in zip(derivatives(ours, x, kernel), derivatives(judge, x, kernel), strict=True):
        assert relative(mine, theirs) < ROUNDING


@pytest.mark.parametrize("implementation", ["matmul", "xla"])
@pytest.mark.parametrize(("size", "stride", "padding", "height", "width"), SHAPES + ONE_PLACE)
def test_conv_transpose_and_its_derivatives_equal_lax(
    x64, size, stride, padding, height, width, implementation
):
    x, kernel = draw((2, height, width, 3), (size, size, 3, 4))
    ours = functools.partial(
        convolutions.conv_transpose,
        stride=stride,
        padding=padding,
        method=convolutions.Method(implementation),
    )
    judge = functools.partial(lax_conv_transpose, stride=stride, padding=padding)
    for mine, theirs in zip(derivatives(ours, x, kernel), derivatives(judge, x, kernel), strict=True):
        assert relative(mine, theirs) < ROUNDING


@pytest.mark.parametrize("multiply", [products.matmul, products.product])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (4, 12)])
def test_minimal_filtering_and_its_derivatives_equal_lax(x64, height, width, multiply):
    x, kernel = draw((2, height, width, 3), (4, 4, 3, 4))
    for function, judge in ((filtering.conv, lax_conv), (filtering.conv_transpose, lax_conv_transpose)):
        ours = functools.partial(function, multiply=multiply)
        judge = functools.partial(judge, stride=2, padding=1)
        for mine, theirs in zip(derivatives(ours, x, kernel), derivatives(judge, x, kernel), strict=True):
            assert relative(mine, theirs) < ROUNDING


def test_between_maps_and_one_place_is_a_product_alone():
    """Sixteen taps cut out and put back took a part of each step, and of its compilation."""
    for function, lengths in ((convolutions.conv, (4, 4)), (convolutions.conv_transpose, (1, 1))):
        x, kernel = jnp.zeros((2, *lengths, 3)), jnp.zeros((4, 4, 3, 5))
        steps = {"stride": 1, "padding": 0, "method": convolutions.Method("matmul")}
        value = lambda x, k: function(x, k, **steps).sum()  # noqa: B023, E731 - called at once
        traced = str(jax.make_jaxpr(jax.grad(value, (0, 1)))(x, kernel))
        assert "dot_general" in traced
        assert not any(word in traced for word in ("pad[", "concatenate", "slice"))


@pytest.mark.parametrize(
    ("height", "channels", "stride", "count"), [(8, 16, 2, 9), (8, 15, 2, 1), (6, 16, 2, 1), (8, 16, 1, 1)]
)
def test_winograd_filters_where_it_pays(height, channels, stride, count):
    x, kernel = jnp.zeros((height, 8, channels)), jnp.zeros((4, 4, channels, 16))
    steps = {"stride": stride, "padding": 1, "method": convolutions.Method("winograd")}
    traced = str(jax.make_jaxpr(functools.partial(convolutions.conv, **steps))(x, kernel))
    assert traced.count("product_of_rows") == count


@pytest.mark.parametrize(("size", "stride", "padding", "height", "width"), SHAPES)
def test_constant_planes_equal_the_convolution_of_real_planes(x64, size, stride, padding, height, width):
    planes, kernel = draw((2, 3), (size, size, 3, 4))
    steps = {"stride": stride, "padding": padding}

    def ours(planes, kernel):
        return convolutions.conv_planes(planes, kernel, shape=(height, width), **steps)

    def judge(planes, kernel):
        full = jnp.broadcast_to(planes[:, None, None, :], (2, height, width, 3))
        return lax_conv(full, kernel, **steps)

    for mine, theirs in zip(
        derivatives(ours, planes, kernel), derivatives(judge, planes, kernel), strict=True
    ):
        assert relative(mine, theirs) < ROUNDING


@pytest.mark.parametrize("implementation", ["matmul", "xla"])
def test_leading_axes_are_free(implementation):
    x, kernel = draw((2, 3, 8, 8, 2), (4, 4, 2, 3))
    for function in (convolutions.conv, convolutions.conv_transpose):
        method = convolutions.Method(implementation)
        apply = jax.jit(functools.partial(function, kernel=kernel, stride=2, padding=1, method=method))
        stacked = apply(x)
        for i in range(2):
            np.testing.assert_allclose(stacked[i], apply(x[i]), atol=1e-5)  # float32
            np.testing.assert_allclose(stacked[i, 0], apply(x[i, 0]), atol=1e-5)


def test_planes_of_the_module_are_the_last_channels(x64):
    x, planes = draw((2, 8, 8, 2), (2, 3))
    module = affine.Conv(4)
    params = jax.jit(module.init)(jax.random.key(0), x, planes)
    full = jnp.concatenate([x, jnp.broadcast_to(planes[:, None, None, :], (2, 8, 8, 3))], -1)
    assert relative(jax.jit(module.apply)(params, x, planes), jax.jit(module.apply)(params, full)) < ROUNDING


def test_dead_bias_is_used_but_has_no_gradient(x64):
    (x,) = draw((2, 8, 8, 2))
    for module in (affine.Conv(4, dead_bias=True), affine.ConvTranspose(4, dead_bias=True)):
        params = jax.tree.map(np.float64, jax.jit(module.init)(jax.random.key(0), x))
        shifted = jax.tree.map(lambda leaf: leaf + 1 if leaf.ndim == 1 else leaf, params)
        apply = jax.jit(module.apply)
        assert relative(apply(shifted, x), np.asarray(apply(params, x)) + 1) < ROUNDING
        gradient = jax.jit(jax.grad(lambda p, module=module: module.apply(p, x).sum()))(params)["params"]
        assert not np.any(gradient["bias"])
        assert np.any(gradient["kernel"])
