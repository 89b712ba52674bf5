"""The fourteen mistakes of popular WGAN-GP code, each with a test that fails where it is made.

Where the mistake has an obvious wording in code, the test computes that too, and shows that it would differ.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_algorithm, make_batch, make_config, make_setting, relative
from scipy import stats
from step_helpers import initial, one_hot, take, with_player

from cwgan_jax import algorithms, data, parallel, random
from cwgan_jax.algorithms import draws as draws_
from cwgan_jax.algorithms import player
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.networks.layers import norms
from cwgan_jax.objectives import penalties

B, CLASSES = 8, 3


@functools.cache
def made(**changes):
    """Setting, a state and a batch."""
    setting = make_setting(make_config(**changes), CLASSES)
    draw = np.random.default_rng(0)
    objective = setting.config.objective
    rounds = 1 if objective.schedule == "tutorial" else objective.critic_updates
    image = jnp.asarray(draw.integers(0, 256, (rounds, B, 16, 16, 1), np.uint8))
    label = jnp.asarray(draw.integers(0, CLASSES, (rounds, B)), jnp.int32)
    return setting, initial(setting), make_batch(image, label)


def draws_of(setting, batch, count):
    state = algorithms.State(seed=jnp.uint32(0), step=jnp.int32(3), players={}, controllers={})
    return draws_.draw(state, batch, setting.config, setting.spec.condition, count)


def scorer(setting, state):
    """(pixels, class numbers) -> scores of the critic."""
    score = jax.jit(functools.partial(setting.networks.score, state.players["critic"].params))
    return lambda image, label: score(image, one_hot(setting, label))


def first_round(batch):
    """Pixels and class numbers of the first real batch."""
    real = batch.streams["real"]
    return PIXELS.encode(real.example[0], jnp.float32), real.condition[0]


@pytest.fixture
def images():
    return jnp.asarray(np.random.default_rng(0).standard_normal((5, 4, 3, 2)), jnp.float32)


def test_01_norm_over_all_pixels_not_over_channels(images):
    norm = penalties.gradient_norm(lambda x, y: 0.5 * jnp.square(x).sum(), images, jnp.arange(5))
    np.testing.assert_allclose(norm, jnp.sqrt(jnp.square(images).sum((1, 2, 3))), rtol=1e-6)
    over_channels = jnp.linalg.norm(images, axis=-1)
    assert abs(jnp.square(over_channels - 1).mean() - penalties.gradient_penalty(norm)) > 1


def test_02_one_norm_and_one_uniform_weight_per_example(images):
    norm = penalties.gradient_norm(lambda x, y: 0.5 * jnp.square(x).sum(), images, jnp.arange(5))
    assert norm.shape == (5,)
    whole = (jnp.sqrt(jnp.square(images).sum()) - 1) ** 2
    assert abs(whole - penalties.gradient_penalty(norm)) > 1
    setting, _, batch = made()
    weight = draws_of(setting, batch, 2).weight
    assert weight.shape == (2, B)  # not one for the batch, not one per pixel
    assert len(np.unique(np.asarray(weight))) == 2 * B
    many = random.weights(random.key(0, random.Stream.WEIGHT, 0, 0), jnp.arange(5000), weight.dtype)
    assert stats.kstest(np.asarray(many), "uniform").pvalue > 1e-3  # not normal
    mixed = penalties.interpolate(images, 0 * images, weight[0, :5])
    ratio = np.asarray(mixed / images)
    np.testing.assert_allclose(ratio.std((1, 2, 3)), 0, atol=1e-6)  # the same for all pixels of an example


def test_03_penalty_and_gap_share_one_adam_update():
    setting, state, batch = made()
    new, _ = take(setting, state, batch)
    assert new.players["critic"].optimizer[0].count == setting.config.objective.critic_updates


def test_04_vanishing_input_gradient_is_no_nan():
    setting, state, batch = made()
    dead = jax.tree.map(jnp.zeros_like, state.players["critic"].params)
    new, metrics = take(setting, with_player(state, "critic", params=dead), batch)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((new, metrics)))


def test_05_the_penalised_function_is_the_scored_one():
    """A critic with batch norm would score an image differently in other company."""
    setting, state, batch = made()
    score, (image, label) = scorer(setting, state), first_round(batch)
    together = score(image, label)
    np.testing.assert_allclose(score(image[:2], label[:2]), together[:2], rtol=1e-4, atol=1e-6)
    other = score(image.at[1:].multiply(-0.5), label)
    np.testing.assert_allclose(other[0], together[0], rtol=1e-4, atol=1e-6)


def test_06_no_two_updates_share_random_numbers():
    setting, _, batch = made()
    cfg, draws = setting.config, draws_of(setting, batch, 4)
    latent = np.asarray(draws.latent).reshape(-1, cfg.model.latent)
    assert len(np.unique(latent, axis=0)) == 4 * B
    assert len(np.unique(np.asarray(draws.weight))) == 4 * B
    same_key = random.weights(
        random.key(cfg.seed, random.Stream.LATENT, 3, 0), batch.slot, jnp.dtype("float32")
    )
    assert relative(same_key, draws.weight[0]) > 0.1  # latents and weights have streams of their own


@pytest.mark.parametrize(("schedule", "passes"), [("tutorial", 2), ("paper", 3)])
def test_07_fresh_latents_for_the_generator_only_where_the_schedule_says_so(schedule, passes):
    """Each forward pass in training moves the running mean by a tenth of the way: they count the passes."""
    setting, state, batch = made(objective__schedule=schedule)
    stats_ = state.players["generator"].stats
    moved = {**stats_, "norm_0": jax.tree.map(lambda x: x + 1, stats_["norm_0"])}
    shifted = with_player(state, "generator", stats=moved)
    after = [take(setting, s, batch)[0].players["generator"] for s in (shifted, state)]
    means = [generator.stats["norm_0"]["mean"] for generator in after]
    np.testing.assert_allclose(means[0] - means[1], 0.9**passes, rtol=1e-4)


def test_08_critic_to_generator_stays_k_to_one_across_epochs(toy_data):
    """40 images and batches of 16 make 2.5 steps per epoch; 12 steps cross four of its ends."""
    cfg = make_config(train__batch_size=16, train__devices=1, model__architecture="mlp")
    algorithm = make_algorithm(cfg)
    runner = parallel.Runner(cfg, algorithm, {"real": toy_data}, steps_per_call=4)
    state = runner.place(algorithms.initial(algorithm, cfg.seed))
    for n in range(0, 12, 4):
        state, _ = runner(state, {"real": data.indices(0, n, 4, 40, 16)})
    assert state.players["generator"].optimizer[0].count == state.step == 12
    assert state.players["critic"].optimizer[0].count == 12 * cfg.objective.critic_updates


def test_09_batch_norm_constants(images):
    """Epsilon 1e-5 (not 0.8), a tenth of the new value (not nine tenths), the unbiased variance."""
    module = norms.BatchNorm()
    variables = module.init(jax.random.key(0), images, train=True)
    y, changed = module.apply(variables, 1e-3 * images, train=True, mutable=["batch_stats"])
    flat = 1e-3 * np.asarray(images, np.float64).reshape(-1, 2)
    assert relative(np.asarray(y).std((0, 1, 2)), flat.std(0) / np.sqrt(flat.var(0) + 1e-5)) < 1e-5
    expected = 0.9 + 0.1 * flat.var(0, ddof=1)
    np.testing.assert_allclose(changed["batch_stats"]["var"], expected, rtol=1e-6)
    big = module.apply(variables, 1e3 * images, train=True, mutable=["batch_stats"])[1]["batch_stats"]["var"]
    flat *= 1e6
    np.testing.assert_allclose(big, 0.9 + 0.1 * flat.var(0, ddof=1), rtol=1e-5)
    assert relative(big, 0.9 + 0.1 * flat.var(0)) > 1e-2  # the biased one is told apart


def test_10_each_image_has_its_own_label_planes():
    setting, state, batch = made()
    score, (image, label) = scorer(setting, state), first_round(batch)
    before, after = score(image, label), score(image, label.at[2].set((label[2] + 1) % CLASSES))
    changed = np.asarray(before != after)
    assert changed.tolist() == [i == 2 for i in range(B)]
    order = np.random.default_rng(1).permutation(B)
    np.testing.assert_allclose(score(image[order], label[order]), before[order], rtol=1e-4, atol=1e-6)


def test_11_interpolates_are_judged_under_the_label_of_their_fake():
    """With real labels they are the same; `uniform` says otherwise, as cwgan_gp_mlp does."""
    setting, _, batch = made(objective__schedule="paper")
    updates = setting.config.objective.critic_updates
    draws, label = draws_of(setting, batch, updates), batch.streams["real"].condition
    np.testing.assert_array_equal(draws.fake_condition, one_hot(setting, label[draws.real]))
    np.testing.assert_array_equal(draws.fake_condition, draws.condition)
    np.testing.assert_array_equal(draws.real, np.arange(updates))
    setting, _, batch = made(objective__schedule="paper", objective__fake_labels="uniform")
    draws = draws_of(setting, batch, 2)
    assert np.any(draws.fake_condition != draws.condition)
    assert np.all(draws.fake_condition.sum(-1) == 1)  # still one class each


def test_12_the_label_survives_the_first_layer():
    """Constant planes through a linear layer straight into an instance norm leave border effects only."""
    planes = jnp.array([[1.0], [5.0]])
    flat = jnp.broadcast_to(planes[:, None, None, :], (2, 8, 8, 1))
    assert relative(norms.instance_norm(flat)[0], norms.instance_norm(flat)[1] + 1) > 0.5  # erased: both zero
    setting, state, batch = made(model__features=8)
    score, (image, _) = scorer(setting, state), first_round(batch)
    scores = jnp.stack([score(image, jnp.full((B,), c, jnp.int32)) for c in range(CLASSES)])
    assert scores.std(0).mean() > 0.05 * scores.std(1).mean()


def test_13_replicas_stay_equal(toy_data):
    cfg = make_config(train__devices=4, model__architecture="mlp")
    algorithm = make_algorithm(cfg)
    runner = parallel.Runner(cfg, algorithm, {"real": toy_data}, steps_per_call=3)
    state = runner.place(algorithms.initial(algorithm, cfg.seed))
    state, metrics = runner(state, {"real": data.indices(0, 0, 3, 40, 8)})
    for leaf in jax.tree.leaves((state, metrics)):
        copies = {np.asarray(shard.data).tobytes() for shard in leaf.addressable_shards}
        assert len(leaf.addressable_shards) == 4
        assert len(copies) == 1


def test_14_adam_is_the_one_of_the_method():
    """cwgan_gp_conv: 1e-4 with betas 0.5 and 0.9; the paper: 0 and 0.9. Not DCGAN's 2e-4 with 0.999."""
    config = make_config()
    optimizer = config.optimizer
    assert optimizer.generator_learning_rate == optimizer.critic_learning_rate == 1e-4
    assert (optimizer.beta1, optimizer.beta2) == (0.5, 0.9)
    gradient = {"w": jnp.array([1.0, -2.0])}
    for rate in ("generator_learning_rate", "critic_learning_rate"):
        adam = player.optimizer(config, rate)(jnp.int32(0))
        state = adam.init(gradient)
        change, state = adam.update(gradient, state)
        np.testing.assert_allclose(change["w"], [-1e-4, 1e-4], rtol=1e-5)
        np.testing.assert_allclose(state[0].nu["w"], 0.1 * np.array([1.0, 4.0]), rtol=1e-5)
