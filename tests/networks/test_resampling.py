"""Convolutions beside a change of size, smooth resampling, and grouped convolutions equal PyTorch's."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import relative

from cwgan_jax.networks.kernels import resampling, smoothing
from cwgan_jax.networks.kernels.convolutions import Method, conv
from cwgan_jax.networks.kernels.groups import grouped_conv

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")
F = torch.nn.functional

ROUNDING = 1e-13  # float64 sums of up to a few hundred products of numbers of size one


def repeated_conv(x, kernel):
    return F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), kernel, padding=1)


def conv_averaged(x, kernel):
    return F.avg_pool2d(F.conv2d(x, kernel, padding=1), 2)


def same(x, kernel, method=None):
    """Of both: three taps and stride 1."""
    if method:
        return conv(x, kernel, stride=1, padding=1, method=method)
    return F.conv2d(x, kernel, padding=1)


def grouped(x, kernel):
    return F.conv2d(x, kernel, padding=1, groups=x.shape[1] // kernel.shape[1])


CASES = {  # ours, PyTorch's, channels, channels that a kernel takes, features
    "repeated": (resampling.repeated_conv, repeated_conv, 3, 3, 4),
    "repeated, filtered": (resampling.repeated_conv, repeated_conv, 16, 16, 16),
    "averaged": (resampling.conv_averaged, conv_averaged, 3, 3, 4),
    "averaged, filtered": (resampling.conv_averaged, conv_averaged, 16, 16, 16),
    "three taps, filtered": (same, same, 16, 16, 16),
    "grouped": (grouped_conv, grouped, 6, 2, 9),
}


@pytest.mark.parametrize("implementation", ["winograd", "xla"])
@pytest.mark.parametrize("name", CASES)
def test_value_and_derivatives_equal_pytorch(x64, name, implementation):
    ours, theirs, channels, inside, features = CASES[name]
    draw = np.random.default_rng(0)
    x, kernel = draw.standard_normal((2, 8, 4, channels)), draw.standard_normal((3, 3, inside, features))

    def value(x, kernel):
        return jnp.sin(ours(x, kernel, method=Method(implementation))).sum()

    def penalty(x, kernel):  # what the penalty on a critic's gradient needs
        return jnp.square(jax.grad(value)(x, kernel)).sum()

    found = jax.jit(lambda *at: (value(*at), *jax.grad(value, (0, 1))(*at), *jax.grad(penalty, (0, 1))(*at)))
    x_there = torch.tensor(np.moveaxis(x, -1, 1), requires_grad=True)
    kernel_there = torch.tensor(np.transpose(kernel, (3, 2, 0, 1)), requires_grad=True)
    total = torch.sin(theirs(x_there, kernel_there)).sum()
    first = torch.autograd.grad(total, (x_there, kernel_there), create_graph=True)
    second = torch.autograd.grad(first[0].square().sum(), (x_there, kernel_there))
    back = (lambda t: np.moveaxis(t.numpy(), 1, -1), lambda t: np.transpose(t.numpy(), (2, 3, 1, 0)))
    expected = [total.item(), *(b(g.detach()) for g, b in zip((*first, *second), 2 * back, strict=True))]
    for mine, its in zip(found(x, kernel), expected, strict=True):
        assert relative(mine, its) < ROUNDING


@pytest.mark.parametrize(("function", "count"), [(same, 16), (resampling.repeated_conv, 9)])
def test_winograd_filters_where_it_pays(function, count):
    for channels, products in ((16, count), (15, 1)):
        shapes = jnp.zeros((8, 8, channels)), jnp.zeros((3, 3, channels, 16))
        traced = jax.make_jaxpr(lambda *at: function(*at, method=Method("winograd")))(*shapes)
        assert str(traced).count("product_of_rows") == products


def _doubled(x):
    return smoothing.upsample(x, (2 * x.shape[-3], 2 * x.shape[-2]))


def test_smooth_resampling_equals_pytorch_and_is_linear(x64):
    """So is its transpose: each is that of the other, but for a factor of four."""
    x = np.random.default_rng(0).standard_normal((2, 8, 4, 3))
    line = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8
    kernel = (line[:, None] * line).expand(3, 1, 4, 4)
    there = torch.tensor(np.moveaxis(x, -1, 1))
    settings = {"stride": 2, "padding": 1, "groups": 3}
    doubled = F.conv_transpose2d(there, 4 * kernel, **settings).numpy()
    halved = F.conv2d(there, kernel, **settings).numpy()
    assert relative(_doubled(jnp.asarray(x)), np.moveaxis(doubled, 1, -1)) < ROUNDING
    assert relative(smoothing.downsample(jnp.asarray(x)), np.moveaxis(halved, 1, -1)) < ROUNDING
    _, transpose = jax.vjp(smoothing.downsample, jnp.zeros((2, 16, 8, 3)))
    assert relative(4 * transpose(jnp.asarray(x))[0], _doubled(jnp.asarray(x))) < ROUNDING


@pytest.mark.parametrize("implementation", ["winograd", "xla"])
def test_leading_axes_are_free(implementation):
    draw = np.random.default_rng(0)
    x, kernel = draw.standard_normal((2, 3, 4, 4, 4)), draw.standard_normal((3, 3, 2, 4))
    apply = functools.partial(grouped_conv, kernel=jnp.asarray(kernel), method=Method(implementation))
    for function in (apply, _doubled, smoothing.downsample, resampling.averaged):
        np.testing.assert_allclose(function(jnp.asarray(x))[1, 2], function(jnp.asarray(x[1, 2])), atol=1e-5)
