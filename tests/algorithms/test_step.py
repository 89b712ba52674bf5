"""Properties of one step; that its numbers are right is for test_golden.py and reference/ to say."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from conftest import make_config, make_networks, relative

from cwgan_jax.algorithms import step

CLASSES = 3


def make(**changes):
    """With fully connected networks, unless said otherwise: what is tested here does not depend on them."""
    defaults = {"model__dtype": "float64", "model__architecture": "mlp", "train__batch_size": 2}
    cfg = make_config(**defaults | changes)
    networks = make_networks(cfg, CLASSES)
    return cfg, networks, warmed(step.initial(cfg, networks))


def warmed(state):
    """A state with no special values: running statistics off 0 and 1, a step count other than 0."""
    stats = jax.tree.map(lambda leaf: leaf + 0.3 + 0.1 * jnp.arange(leaf.size), state.batch_stats)
    return state._replace(step=jnp.asarray(7, jnp.int32), batch_stats=stats)


def make_batch(cfg, seed=0):
    rounds = 1 if cfg.objective.schedule == "tutorial" else cfg.objective.critic_updates
    draw = np.random.default_rng(seed)
    size = cfg.train.batch_size
    return step.Batch(
        draw.integers(0, 256, (rounds, size, 16, 16, 1), np.uint8),
        draw.integers(0, CLASSES, (rounds, size)).astype(np.int32),
        np.arange(size, dtype=np.int32),
    )


@functools.cache
def compiled(cfg, networks):
    return jax.jit(functools.partial(step.train_step, config=cfg, networks=networks))


def take(cfg, networks, state, batch):
    return compiled(cfg, networks)(state, batch)


def test_metrics_add_up(x64):
    cfg, networks, state = make()
    _, metrics = take(cfg, networks, state, make_batch(cfg))
    total = -metrics.critic_gap + cfg.objective.penalties.interpolates.weight * metrics.penalty
    np.testing.assert_allclose(metrics.critic_loss, total, rtol=1e-14)
    assert metrics.gradient_norm > 0


def test_moving_average(x64):
    cfg, networks, state = make(train__ema_decay=0.9)
    for n, decay in ((7, 8 / 17), (10_000, 0.9)):  # less in the beginning
        old = state._replace(step=jnp.asarray(n, jnp.int32))
        new, _ = take(cfg, networks, old, make_batch(cfg))
        now = {"params": new.generator, "batch_stats": new.batch_stats}
        expected = jax.tree.map(lambda a, b, d=decay: d * a + (1 - d) * b, state.average, now)
        assert relative(new.average, expected) < 1e-15
        assert relative(new.average["params"], state.generator) > 0
    cfg, networks, state = make()
    assert take(cfg, networks, state, make_batch(cfg))[0].average is None


def test_one_compiled_step_serves_all_seeds():
    def program(seed):
        cfg = make_config(seed=seed)
        networks = make_networks(cfg, CLASSES)
        state = jax.eval_shape(lambda: step.init(cfg, networks))
        return compiled(cfg, networks).lower(state, make_batch(cfg)).as_text()

    assert program(0) == program(2**32 - 1)


def test_falling_learning_rates(x64):
    """At step n both networks move by 1 - n / decay_steps of what they would; K = 1, so nothing mixes."""
    cfg, networks, state = make(objective__critic_updates=1)
    falling, _, _ = make(objective__critic_updates=1, optimizer__decay_steps=28)
    batch = make_batch(cfg)
    (full, _), (less, metrics) = (take(c, networks, state, batch) for c in (cfg, falling))
    share = jax.tree.map(lambda old, new: 0.75 * new + 0.25 * old, state.critic, full.critic)  # n = 7
    assert relative(less.critic, share) < 1e-14
    assert relative(less.critic, full.critic) > 1e-6
    assert jnp.isfinite(metrics.critic_loss)
    other, _ = take(falling, networks, state._replace(step=jnp.asarray(28, jnp.int32)), batch)
    assert relative((other.generator, other.critic), (state.generator, state.critic)) == 0
    assert relative(other.critic_optimizer, state.critic_optimizer) > 0


def test_without_classes_the_labels_do_not_matter(x64):
    changes = {"model__architecture": "conv", "model__conditional": False}
    cfg, networks, state = make(**changes, objective__fake_labels="uniform")
    assert networks.classes == 0
    batch = make_batch(cfg)
    first, _ = take(cfg, networks, state, batch)
    second, _ = take(cfg, networks, state, batch._replace(label=(batch.label + 1) % CLASSES))
    assert relative(first, second) == 0


def test_pixels_reach_the_critic_in_minus_one_to_one():
    image = np.array([0, 51, 255], np.uint8)
    np.testing.assert_allclose(step.to_float(image, jnp.float32), [-1, -0.6, 1], rtol=1e-6)


def test_init_is_a_function_of_the_seed():
    cfg = make_config()
    networks = make_networks(cfg)
    first, again = step.initial(cfg, networks), step.initial(cfg, networks)
    assert relative(first, again) == 0
    other = step.initial(make_config(seed=1), networks)
    for name in ("generator", "critic"):
        for a, b in zip(
            jax.tree.leaves(getattr(first, name)), jax.tree.leaves(getattr(other, name)), strict=True
        ):
            assert a.std() == 0 or relative(a, b) > 0.1  # batch norm scales start at one
    buffers = [
        leaf.unsafe_buffer_pointer()
        for leaf in jax.tree.leaves(step.initial(make_config(train__ema_decay=0.5), networks))
    ]
    assert len(set(buffers)) == len(buffers)
