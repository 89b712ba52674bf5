"""The product of rows: every derivative, every way of batching, and what a coarser precision rounds."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from conftest import relative

from cwgan_jax.networks.kernels import products

ROUNDING = 1e-13  # float64 sums of a few numbers of size one


def draw(*shapes):
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.standard_normal(shape)) for shape in shapes]


def second_order(function, rows, weights):
    def value(rows, weights):
        return jnp.sin(function(rows, weights)).sum()

    def penalty(rows, weights):
        return jnp.square(jax.grad(value)(rows, weights)).sum()

    return (
        function(rows, weights),
        jax.grad(value, (0, 1))(rows, weights),
        jax.grad(penalty, (0, 1))(rows, weights),
    )


def test_products_and_their_derivatives_equal_matmul(x64):
    rows, weights = draw((2, 5, 3), (3, 4))
    of_second_order = jax.jit(second_order, static_argnums=0)
    for mine, theirs in zip(
        *(of_second_order(function, rows, weights) for function in (products.product, jnp.matmul)),
        strict=True,
    ):
        assert relative(mine, theirs) < ROUNDING
    stacked = draw((2, 3, 4))[0]
    for axes, w in (((1, None), weights), ((0, 0), stacked), ((None, 0), stacked)):
        mine, theirs = (
            jax.jit(jax.vmap(jax.value_and_grad(lambda x, w, f=f: jnp.sin(f(x, w)).sum(), (0, 1)), axes))(
                rows, w
            )
            for f in (products.product, jnp.matmul)
        )
        assert relative(mine, theirs) < ROUNDING
    along = jax.jit(lambda *x: jax.jvp(products.product, x, x)[1])
    tangents = along(rows, weights)
    assert relative(tangents, 2 * rows @ weights) < ROUNDING


def test_products_in_bfloat16_round_operands_and_nothing_else():
    rows, weights = (x.astype(jnp.float32) for x in draw((6, 3), (3, 4)))
    coarse = lambda x: x.astype(jnp.bfloat16).astype(jnp.float32)  # noqa: E731
    found, pull = jax.vjp(functools.partial(products.product, precision="bfloat16"), rows, weights)
    expected = coarse(rows) @ coarse(weights)
    assert found.dtype == jnp.float32
    assert relative(found, expected) < 1e-6 < 1e-3 < relative(found, rows @ weights)
    for mine, theirs in zip(
        pull(found), (coarse(found) @ coarse(weights).T, coarse(rows).T @ coarse(found)), strict=True
    ):
        assert relative(mine, theirs) < 1e-6
