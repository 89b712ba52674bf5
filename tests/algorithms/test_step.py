"""Properties of one step; that its numbers are right is for test_golden.py and reference/ to say."""

import jax
import jax.numpy as jnp
import numpy as np
from conftest import make_algorithm, make_batch, make_config, make_setting, relative
from step_helpers import compiled, initial, take, with_player

from cwgan_jax import algorithms
from cwgan_jax.algorithms import adversarial
from cwgan_jax.config.penalties import PLACES
from cwgan_jax.config.ramp import MOVABLE, value
from cwgan_jax.data.codec import PIXELS

CLASSES = 3


def make(**changes):
    """Setting and state; fully connected networks unless said otherwise: they make no difference here."""
    defaults = {"model__dtype": "float64", "model__architecture": "mlp", "train__batch_size": 2}
    setting = make_setting(make_config(**defaults | changes), CLASSES)
    return setting, warmed(initial(setting))


def warmed(state):
    """A state with no special values: running statistics off 0 and 1, a step count other than 0."""
    stats = state.players["generator"].stats
    stats = jax.tree.map(lambda leaf: leaf + 0.3 + 0.1 * jnp.arange(leaf.size), stats)
    return with_player(state, "generator", stats=stats)._replace(step=jnp.asarray(7, jnp.int32))


def batch_of(setting, seed=0):
    cfg = setting.config
    rounds = 1 if cfg.objective.schedule == "tutorial" else cfg.objective.critic_updates
    draw, size = np.random.default_rng(seed), cfg.train.batch_size
    return make_batch(
        draw.integers(0, 256, (rounds, size, 16, 16, 1), np.uint8),
        draw.integers(0, CLASSES, (rounds, size)).astype(np.int32),
    )


def test_metrics_add_up(x64):
    setting, state = make()
    _, metrics = take(setting, state, batch_of(setting))
    weight = setting.config.objective.penalties.interpolates.weight
    total = -metrics["critic_gap"] + weight * metrics["penalty"]
    np.testing.assert_allclose(metrics["critic_loss"], total, rtol=1e-14)
    assert metrics["gradient_norm"] > 0


def test_moving_average(x64):
    setting, state = make(train__ema_decay=0.9)
    before = state.players["generator"]
    for n, decay in ((7, 8 / 17), (10_000, 0.9)):  # less in the beginning
        old = state._replace(step=jnp.asarray(n, jnp.int32))
        new = take(setting, old, batch_of(setting))[0].players["generator"]
        now = {"params": new.params, "stats": new.stats}
        expected = jax.tree.map(lambda a, b, d=decay: d * a + (1 - d) * b, before.average, now)
        assert relative(new.average, expected) < 1e-15
        assert relative(new.average["params"], before.params) > 0
    setting, state = make()
    assert take(setting, state, batch_of(setting))[0].players["generator"].average is None


def test_one_compiled_step_serves_all_seeds():
    def program(seed):
        setting = make_setting(make_config(seed=seed), CLASSES)
        state = jax.eval_shape(lambda: adversarial.init(setting, np.uint32(seed)))
        return compiled(adversarial.train_step, setting).lower(state, batch_of(setting)).as_text()

    assert program(0) == program(2**32 - 1)


def test_falling_learning_rates(x64):
    """At step n both networks move by 1 - n / ramp.end of what they would; K = 1, so nothing mixes."""
    setting, state = make(objective__critic_updates=1)
    falling, _ = make(objective__critic_updates=1, ramp__end=32)
    batch, before = batch_of(setting), state.players["critic"]
    (full, _), (less, metrics) = (take(s, state, batch) for s in (setting, falling))
    full, less = (moved.players["critic"].params for moved in (full, less))
    share = jax.tree.map(lambda old, new: 25 / 32 * new + 7 / 32 * old, before.params, full)  # n = 7
    assert relative(less, share) < 1e-14
    assert relative(less, full) > 1e-6
    assert jnp.isfinite(metrics["critic_loss"])
    other, _ = take(falling, state._replace(step=jnp.asarray(32, jnp.int32)), batch)
    for name, player in other.players.items():
        assert relative(player.params, state.players[name].params) == 0
    assert relative(other.players["critic"].optimizer, before.optimizer) > 0


def test_every_number_that_may_move(x64):
    """At the middle of a cosine ramp a step is that of a config with the numbers half way."""
    own = {"model__critic_labels": "projection"}
    own |= {f"objective__penalties__{place}__weight": 0.5 for place in PLACES}
    own |= {"objective__auxiliary__critic": 1.0, "objective__auxiliary__generator": 0.1}
    ends = {key: 0.25 * value(make_config(**own), key) for key in MOVABLE}
    to = ",".join(f"{key}={end}" for key, end in ends.items())
    moving, state = make(**own, ramp__start=5, ramp__end=9, ramp__shape="cosine", ramp__to=to)
    half = {key.replace(".", "__"): 2.5 * end for key, end in ends.items()}
    there, _ = make(**own | half)
    state = state._replace(step=jnp.asarray(7, jnp.int32))
    (ours, metrics), (theirs, others) = (take(s, state, batch_of(s)) for s in (moving, there))
    assert relative(ours.players, theirs.players) < 1e-12
    assert relative(metrics, others) < 1e-12


def test_without_classes_the_labels_do_not_matter(x64):
    changes = {"model__architecture": "conv", "model__conditional": False}
    setting, state = make(**changes, objective__fake_labels="uniform")
    assert setting.spec.condition.width == 0
    batch = batch_of(setting)
    real = batch.streams["real"]
    first, _ = take(setting, state, batch)
    second, _ = take(setting, state, make_batch(real.example, (real.condition + 1) % CLASSES))
    assert relative(first, second) == 0


def test_pixels_reach_the_critic_in_minus_one_to_one():
    image = np.array([0, 51, 255], np.uint8)
    np.testing.assert_allclose(PIXELS.encode(image, jnp.float32), [-1, -0.6, 1], rtol=1e-6)


def test_init_is_a_function_of_the_seed():
    algorithm = make_algorithm(make_config())
    first, again, other = (algorithms.initial(algorithm, seed) for seed in (0, 0, 1))
    assert relative(first, again) == 0
    for name, player in first.players.items():
        for a, b in zip(
            jax.tree.leaves(player.params), jax.tree.leaves(other.players[name].params), strict=True
        ):
            assert a.std() == 0 or relative(a, b) > 0.1  # batch norm scales start at one
    averaged = algorithms.initial(make_algorithm(make_config(train__ema_decay=0.5)), 0)
    buffers = [leaf.unsafe_buffer_pointer() for leaf in jax.tree.leaves(averaged)]
    assert len(set(buffers)) == len(buffers)
