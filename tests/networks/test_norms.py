"""The norms equal their definitions, wherever the batch lies and on however many devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import relative

from cwgan_jax.networks.layers import norms
from cwgan_jax.parallel import collectives

# float64 sums of up to a few hundred products of numbers of size one: 1e-13 leaves two digits of slack.
ROUNDING = 1e-13


def draw(*shapes):
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.standard_normal(shape)) for shape in shapes]


def test_instance_norm_is_per_image_and_channel(x64):
    (x,) = draw((2, 5, 6, 3))
    y = norms.instance_norm(3 * x + 7)
    expected = [
        [(x[b, ..., c] - x[b, ..., c].mean()) * 3 / np.sqrt(9 * x[b, ..., c].var() + 1e-5) for c in range(3)]
        for b in range(2)
    ]
    assert relative(y, np.moveaxis(np.array(expected), 1, -1)) < 1e-12  # 7 is subtracted again


def batch_norm(x, stats=None, train=True):
    module = norms.BatchNorm()
    variables = module.init(jax.random.key(0), x, train=True)
    variables = {**variables, "batch_stats": stats or variables["batch_stats"]}
    return module.apply(variables, x, train=train, mutable=["batch_stats"])


def test_batch_norm_follows_pytorch(x64):
    (x,) = draw((4, 3, 3, 2))
    x = 2 * x + 5
    flat = np.asarray(x).reshape(-1, 2)
    stats = {"mean": jnp.array([1.0, -1.0]), "var": jnp.array([2.0, 0.5])}
    y, changed = batch_norm(x, stats)
    assert (
        relative(y, (x - flat.mean(0).reshape(1, 1, 1, 2)) / np.sqrt(flat.var(0) + 1e-5).reshape(1, 1, 1, 2))
        < 1e-13
    )
    stored = changed["batch_stats"]
    assert relative(stored["mean"], 0.9 * stats["mean"] + 0.1 * flat.mean(0)) < 1e-14
    assert relative(stored["var"], 0.9 * stats["var"] + 0.1 * flat.var(0, ddof=1)) < 1e-14
    y, changed = batch_norm(x, stats, train=False)
    expected = (x - stats["mean"].reshape(1, 1, 1, 2)) / np.sqrt(stats["var"] + 1e-5).reshape(1, 1, 1, 2)
    assert relative(y, expected) < 1e-14
    assert relative(changed["batch_stats"], stats) == 0


@pytest.mark.parametrize("devices", [1, 4])
@pytest.mark.parametrize("running", [True, False], ids=["generator", "critic"])
def test_batch_norm_far_from_the_running_mean(running, devices):
    """In float32, with running mean 0; the batch's mean is up to ten thousand times its deviation."""
    module = norms.BatchNorm(running=running)
    noise = np.random.default_rng(0).standard_normal((64, 4, 4, 4))
    channels = np.array([0, 10, -1000, 1e4]), np.array([1, 1e-3, 1, 2])  # means and deviations
    x = np.float32(channels[0] + channels[1] * noise)
    variables = module.init(jax.random.key(0), x, train=True)
    reduce = collectives.over_devices("device", devices) if devices > 1 else norms.SINGLE

    def apply(x):
        return module.apply(variables, x, train=True, reduce=reduce, mutable=["batch_stats"])

    if devices == 1:
        y, changed = jax.jit(apply)(x)
    else:
        y, changed = jax.pmap(apply, axis_name="device", out_axes=(0, None))(x.reshape(devices, -1, 4, 4, 4))
    flat, y = np.asarray(x, np.float64).reshape(-1, 4), np.asarray(y).reshape(-1, 4)
    expected = (flat - flat.mean(0)) / np.sqrt(flat.var(0) + 1e-5)
    for c in range(4):
        # The float32 mean is off by half a unit in its last place: 5e-4 deviations at 10 and at 10,000.
        assert relative(y[:, c], expected[:, c]) < 1e-3
    if running:
        stats = changed["batch_stats"]
        np.testing.assert_allclose(stats["mean"], 0.1 * flat.mean(0), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(stats["var"], 0.9 + 0.1 * flat.var(0, ddof=1), rtol=1e-6)


def test_moments_have_the_derivatives_of_any_order(x64):
    (x,) = draw((3, 2, 2))

    def ours(x):
        mean, var = norms.moments(x)
        return (jnp.sin(mean) * var**2).sum()

    def plain(x):
        return (jnp.sin(x.mean((0, 1))) * x.var((0, 1)) ** 2).sum()

    mine, theirs = jax.jit(lambda x: (jax.hessian(ours)(x), jax.hessian(plain)(x)))(x)
    assert relative(mine, theirs) < ROUNDING


def test_batch_norm_over_devices_is_that_of_the_whole_batch(x64):
    (x,) = draw((8, 3, 3, 2))
    module = norms.BatchNorm()
    variables = module.init(jax.random.key(0), x, train=True)
    reduce = collectives.over_devices("device", 4)

    def loss(x, reduce):
        y, changed = module.apply(variables, x, train=True, reduce=reduce, mutable=["batch_stats"])
        return (jnp.sin(y) * x).sum(), (y, changed)

    whole = jax.grad(lambda x: loss(x, norms.SINGLE), has_aux=True)(x)
    shards = jax.pmap(jax.grad(lambda x: loss(x, reduce), has_aux=True), axis_name="device")(
        x.reshape(4, 2, 3, 3, 2)
    )
    gradient, (y, changed) = jax.tree.map(np.asarray, shards)
    assert relative(gradient.reshape(x.shape), whole[0]) < ROUNDING
    assert relative(y.reshape(x.shape), whole[1][0]) < ROUNDING
    for device in range(4):
        assert relative(jax.tree.map(lambda leaf, d=device: leaf[d], changed), whole[1][1]) < 1e-14
