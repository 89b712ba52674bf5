"""Every transformation of an augmentation against plain PyTorch with the same random numbers, in float64."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cwgan_jax.objectives import augment

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import augment as plain  # noqa: E402 - it needs it too

torch.set_num_threads(1)
# The published taps of sym6 and sym2 are orthonormal to 1e-12; all else is rounding.
BOUND = 1e-10
EXAMPLES = 12


def pictures(shape):
    return np.random.default_rng(0).uniform(-1, 1, (EXAMPLES, *shape))


def numbers(name):
    pipeline, keys = augment.PIPELINES[name], jax.random.split(jax.random.key(3), EXAMPLES)
    return jax.vmap(lambda key: augment.numbers(pipeline, key, jnp.float64))(keys)


def change(name, own, p, example):
    drawn = augment.draw(augment.PIPELINES[name], own, p, example.shape)
    return augment.apply(augment.PIPELINES[name], drawn, example)


def penalty(name, own, p, example):
    """A picture after the augmentation, and the square of a gradient that goes through it, with its own."""
    weight = jnp.sin(jnp.arange(example.size)).reshape(example.shape)
    score = lambda x: (weight * jnp.tanh(change(name, own, p, x))).sum()  # noqa: E731
    value = lambda x: jnp.square(jax.grad(score)(x)).sum()  # noqa: E731
    return change(name, own, p, example), *jax.value_and_grad(value)(example)


def theirs(name, own, p, example):
    noise = jax.random.normal(own.key, (*example.shape[:-1], min(example.shape[-1], 3)), jnp.float64)
    drawn = plain.Numbers(own.uniform, own.normal, torch.tensor(np.moveaxis(np.asarray(noise), -1, 0)))
    x = torch.tensor(np.moveaxis(example, -1, 0)).requires_grad_()
    changed = plain.augment(name, x, drawn, p)
    rows = torch.sin(torch.arange(example.size, dtype=torch.float64)).reshape(example.shape)
    score = (rows.permute(2, 0, 1) * torch.tanh(changed)).sum()
    (slope,) = torch.autograd.grad(score, x, create_graph=True)
    value = slope.square().sum()
    (second,) = torch.autograd.grad(value, x)
    back = lambda image: np.moveaxis(image.detach().numpy(), 0, -1)  # noqa: E731
    return back(changed), value.item(), back(second)


# All at once for three kinds of pictures, one of them not square; p such that some examples stay as they are.
@pytest.mark.parametrize(
    ("name", "shape", "p"),
    [
        ("bgcfnc", (16, 12, 3), 0.7),
        ("bgcfnc", (16, 16, 1), 0.7),
        ("diffaugment", (12, 16, 4), 0.8),
    ],
)
def test_the_same_draws_give_the_same_pictures_and_gradients(x64, name, shape, p):
    example, own = pictures(shape), numbers(name)
    found = jax.jit(jax.vmap(functools.partial(penalty, name), in_axes=(0, None, 0)))(own, p, example)
    for i in range(EXAMPLES):
        expected = theirs(name, jax.tree.map(lambda x, i=i: x[i], own), p, example[i])
        for ours, other in zip(found, expected, strict=True):
            size = np.linalg.norm(np.ravel(other))
            assert np.linalg.norm(np.ravel(np.asarray(ours[i]) - other)) <= BOUND * size, (i, size)


def test_blits_are_exact(x64):
    """Flips and turns by 90 degrees as torch has them: to the bit, as no pixel is computed."""
    example, own = pictures((8, 8, 2)), numbers("blit")
    ours = jax.jit(jax.vmap(functools.partial(change, "blit"), in_axes=(0, None, 0)))(own, 1.0, example)
    for i in range(EXAMPLES):
        one = jax.tree.map(lambda x, i=i: x[i], own)
        np.testing.assert_array_equal(ours[i], theirs("blit", one, 1.0, example[i])[0])
