"""Convolutions along one, two and three axes, and kernels of other sizes along each, equal PyTorch's."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import relative

from cwgan_jax.networks.kernels import convolutions, filtering, products
from cwgan_jax.networks.layers import norms

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")
F = torch.nn.functional

ROUNDING = 1e-13  # float64 sums of up to a few hundred products of numbers of size one

CASES = {  # sizes of the kernel, stride, padding, lengths
    "1-D": ((4,), 2, 1, (12,)),
    "1-D, long kernel": ((8,), 2, 3, (22,)),
    "1-D, frames": ((16,), 8, 4, (40,)),
    "2-D, two sizes": ((4, 5), 2, 1, (8, 9)),
    "2-D, whole maps": ((2, 3), 1, 0, (2, 3)),
    "3-D": ((4, 4, 4), 2, 1, (4, 8, 4)),
    "3-D, three sizes": ((1, 2, 3), 1, 0, (3, 5, 4)),
}
FILTERED = {"1-D": (16,), "3-D": (4, 8, 4)}  # lengths that minimal filtering takes


def draw(lengths, sizes):
    rng = np.random.default_rng(0)
    return rng.standard_normal((2, *lengths, 3)), rng.standard_normal((*sizes, 3, 4))


def ours(function, x, kernel):
    """Value, first derivatives, and the second derivatives that a gradient penalty needs."""

    def value(x, kernel):
        return jnp.sin(function(x, kernel)).sum()

    def penalty(x, kernel):
        return jnp.square(jax.grad(value)(x, kernel)).sum()

    def everything(x, kernel):
        first, second = (jax.grad(f, (0, 1))(x, kernel) for f in (value, penalty))
        return function(x, kernel), *first, *second

    return jax.jit(everything)(jnp.asarray(x), jnp.asarray(kernel))


def theirs(transposed, x, kernel, stride, padding):
    """The same by PyTorch, channels first there, and back."""
    axes = kernel.ndim - 2
    function = getattr(F, f"conv_transpose{axes}d" if transposed else f"conv{axes}d")
    first = (-2, -1) if transposed else (-1, -2)
    x = torch.tensor(np.moveaxis(x, -1, 1), requires_grad=True)
    kernel = torch.tensor(np.moveaxis(kernel, first, (0, 1)), requires_grad=True)
    y = function(x, kernel, stride=stride, padding=padding)
    found = torch.autograd.grad(torch.sin(y).sum(), (x, kernel), create_graph=True)
    second = torch.autograd.grad(found[0].square().sum(), (x, kernel))
    back_x = lambda t: np.moveaxis(t.numpy(force=True), 1, -1)  # noqa: E731
    back_kernel = lambda t: np.moveaxis(t.numpy(force=True), (0, 1), first)  # noqa: E731
    return (
        back_x(y),
        *(back(t) for back, t in zip((back_x, back_kernel) * 2, (*found, *second), strict=True)),
    )


def agree(mine, judge):
    for a, b in zip(mine, judge, strict=True):
        assert relative(a, b) < ROUNDING


@pytest.mark.parametrize("implementation", ["matmul", "xla"])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_convolutions_and_their_derivatives_equal_pytorch(x64, name, transposed, implementation):
    sizes, stride, padding, lengths = CASES[name]
    x, kernel = draw(lengths, sizes)
    function = convolutions.conv_transpose if transposed else convolutions.conv
    method = convolutions.Method(implementation)
    function = functools.partial(function, stride=stride, padding=padding, method=method)
    agree(ours(function, x, kernel), theirs(transposed, x, kernel, stride, padding))


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("name", FILTERED)
def test_minimal_filtering_and_its_derivatives_equal_pytorch(x64, name, transposed):
    x, kernel = draw(FILTERED[name], (4,) * len(FILTERED[name]))
    function = filtering.conv_transpose if transposed else filtering.conv
    function = functools.partial(function, multiply=products.product)
    agree(ours(function, x, kernel), theirs(transposed, x, kernel, 2, 1))


@pytest.mark.parametrize("name", ["1-D", "2-D, two sizes", "3-D"])
def test_constant_planes_equal_the_convolution_of_real_planes(x64, name):
    sizes, stride, padding, lengths = CASES[name]
    full, kernel = draw(lengths, sizes)
    planes = full.reshape(2, -1, 3)[:, 0]

    def function(planes, kernel):
        return convolutions.conv_planes(planes, kernel, shape=lengths, stride=stride, padding=padding)

    full = np.broadcast_to(planes[:, *[None] * len(lengths)], full.shape)
    value, _, by_kernel, *_ = theirs(False, np.ascontiguousarray(full), kernel, stride, padding)
    agree([function(planes, kernel), ours(function, planes, kernel)[2]], [value, by_kernel])


@pytest.mark.parametrize(("lengths", "count"), [((8,), 3), ((8, 8), 9), ((8, 4, 8), 27), ((8, 6), 1)])
def test_winograd_filters_each_axis(lengths, count):
    x, kernel = jnp.zeros((*lengths, 16)), jnp.zeros((*[4] * len(lengths), 16, 16))
    steps = {"stride": 2, "padding": 1, "method": convolutions.Method("winograd")}
    traced = str(jax.make_jaxpr(functools.partial(convolutions.conv, **steps))(x, kernel))
    assert traced.count("product_of_rows") == count


@pytest.mark.parametrize("lengths", [(7,), (3, 4, 5)])
def test_norms_equal_pytorch(x64, lengths):
    x = draw(lengths, ())[0]
    for norm, module in (
        (norms.instance_norm, getattr(torch.nn, f"InstanceNorm{len(lengths)}d")(3)),
        (norms.layer_norm, torch.nn.GroupNorm(1, 3, affine=False)),
    ):
        judge = np.moveaxis(module(torch.tensor(np.moveaxis(x, -1, 1))).numpy(), 1, -1)
        assert relative(norm(x, axes=len(lengths)), judge) < ROUNDING
