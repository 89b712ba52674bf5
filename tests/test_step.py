"""One step against a plain, slow restatement of the algorithm: loops, no scan, no shared forward passes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_config, make_networks, relative

from cwgan_jax import rng, step

CLASSES = 3


def make(**changes):
    cfg = make_config(model__dtype="float64", train__batch_size=2, **changes)
    networks = make_networks(cfg, CLASSES)
    return cfg, networks, warmed(initial(cfg, networks))


def initial(cfg, networks):
    return step.initial(cfg, networks)


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


def take(cfg, networks, state, batch):
    return jax.jit(functools.partial(step.train_step, config=cfg, networks=networks))(state, batch)


class Adam:
    """Kingma and Ba 2015, Algorithm 1, for one tree of arrays."""

    def __init__(self, rate, cfg):
        self.rate, self.betas = rate, (cfg.optimizer.beta1, cfg.optimizer.beta2)
        self.mean = self.square = None
        self.count = 0

    def update(self, params, gradient):
        b1, b2 = self.betas
        zero = jax.tree.map(jnp.zeros_like, params)
        self.mean = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, self.mean or zero, gradient)
        self.square = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, self.square or zero, gradient)
        self.count += 1

        def moved(p, m, v):
            return p - self.rate * (m / (1 - b1**self.count)) / (jnp.sqrt(v / (1 - b2**self.count)) + 1e-8)

        return jax.tree.map(moved, params, self.mean, self.square)


def draw(cfg, step_number, k, real_label):
    """Latents, mixing weights and fake labels of draw k, one example at a time."""
    streams = (rng.Stream.LATENT, rng.Stream.WEIGHT, rng.Stream.LABEL)
    keys = [
        [
            jax.random.fold_in(rng.key(cfg.seed, stream, step_number, k), i)
            for i in range(cfg.train.batch_size)
        ]
        for stream in streams
    ]
    z = jnp.stack([jax.random.normal(key, (cfg.model.latent,)) for key in keys[0]])
    a = jnp.stack([jax.random.uniform(key) for key in keys[1]])
    y = jnp.stack([jax.random.randint(key, (), 0, CLASSES, jnp.int32) for key in keys[2]])
    return z, a, (y if cfg.objective.fake_labels == "uniform" else jnp.asarray(real_label))


def blackboard_critic_loss(cfg, networks, params, real, real_label, fake, fake_label, a):
    """Eq. 3 of arXiv:1704.00028, example by example."""
    score = lambda x, y: networks.critic.apply({"params": params}, x, y)  # noqa: E731
    terms = []
    for i in range(cfg.train.batch_size):
        mixed = a[i] * real[i] + (1 - a[i]) * fake[i]
        gradient = jax.grad(lambda x, i=i: score(x[None], real_label[i : i + 1])[0])(mixed)
        penalty = (jnp.sqrt((gradient**2).sum()) - 1) ** 2
        gap = score(real[i], real_label[i]) - score(fake[i], fake_label[i])
        terms.append(-gap + cfg.objective.penalty_weight * penalty)
    return sum(terms) / len(terms)


def textbook(cfg, networks, state, batch):
    """The step as one would write it on a blackboard."""
    tutorial = cfg.objective.schedule == "tutorial"

    def generate(params, stats, z, y):
        variables = {"params": params, "batch_stats": stats}
        return networks.generator.apply(variables, z, y, train=True, mutable=["batch_stats"])

    critic, stats, adam = state.critic, state.batch_stats, Adam(cfg.optimizer.critic_learning_rate, cfg)
    for k in range(cfg.objective.critic_updates):
        r = 0 if tutorial else k
        real, label = batch.image[r] / 127.5 - 1, batch.label[r]
        z, a, fake_label = draw(cfg, state.step, k, label)
        fake, changed = generate(state.generator, stats, z, fake_label)
        stats_before, stats = stats, changed["batch_stats"]
        loss, gradient = jax.value_and_grad(functools.partial(blackboard_critic_loss, cfg, networks))(
            critic, real, label, fake, fake_label, a
        )
        critic = adam.update(critic, gradient)
    if tutorial:
        stats = stats_before  # the last fakes again: their statistics count once
    else:
        z, _, fake_label = draw(cfg, state.step, cfg.objective.critic_updates, batch.label[-1])

    def generator_loss(params):
        fake, changed = generate(params, stats, z, fake_label)
        return -networks.critic.apply({"params": critic}, fake, fake_label).mean(), changed["batch_stats"]

    (loss_g, stats), gradient = jax.value_and_grad(generator_loss, has_aux=True)(state.generator)
    generator = Adam(cfg.optimizer.generator_learning_rate, cfg).update(state.generator, gradient)
    return {"generator": generator, "critic": critic, "batch_stats": stats}, loss, loss_g


@pytest.mark.parametrize(
    ("schedule", "fake_labels", "updates"),
    [("tutorial", "real", 2), ("tutorial", "uniform", 1), ("paper", "real", 1), ("paper", "uniform", 2)],
)
def test_step_equals_the_textbook(x64, schedule, fake_labels, updates):
    cfg, networks, state = make(
        objective__schedule=schedule, objective__fake_labels=fake_labels, objective__critic_updates=updates
    )
    batch = make_batch(cfg)
    new, metrics = take(cfg, networks, state, batch)
    expected, loss, loss_g = jax.jit(functools.partial(textbook, cfg, networks))(state, batch)
    assert new.step == 8
    # Changes, not values: an update is 1e-4 of a parameter. Adam divides by the gradient's size, which takes
    # 1e-16 of rounding to 1e-10 where a gradient element is a millionth of the largest.
    for name, value in expected.items():
        old = getattr(state, name)
        change = jax.tree.map(jnp.subtract, getattr(new, name), old)
        assert relative(change, jax.tree.map(jnp.subtract, value, old)) < 1e-9, name
    np.testing.assert_allclose(metrics.critic_loss, loss, rtol=1e-10)
    np.testing.assert_allclose(metrics.generator_loss, loss_g, rtol=1e-10)


def test_metrics_add_up(x64):
    cfg, networks, state = make()
    _, metrics = take(cfg, networks, state, make_batch(cfg))
    total = -metrics.critic_gap + cfg.objective.penalty_weight * metrics.penalty
    np.testing.assert_allclose(metrics.critic_loss, total, rtol=1e-14)
    assert metrics.gradient_norm > 0


def test_moving_average(x64):
    cfg, networks, state = make(train__ema_decay=0.9)
    new, _ = take(cfg, networks, state, make_batch(cfg))
    now = {"params": new.generator, "batch_stats": new.batch_stats}
    expected = jax.tree.map(lambda old, value: 0.9 * old + 0.1 * value, state.average, now)
    assert relative(new.average, expected) < 1e-15
    assert relative(new.average["params"], state.generator) > 0
    cfg, networks, state = make()
    assert take(cfg, networks, state, make_batch(cfg))[0].average is None


def test_without_classes_the_labels_do_not_matter(x64):
    cfg, networks, state = make(model__conditional=False, objective__fake_labels="uniform")
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
    first, again = initial(cfg, networks), initial(cfg, networks)
    assert relative(first, again) == 0
    other = initial(make_config(seed=1), networks)
    for name in ("generator", "critic"):
        for a, b in zip(
            jax.tree.leaves(getattr(first, name)), jax.tree.leaves(getattr(other, name)), strict=True
        ):
            assert a.std() == 0 or relative(a, b) > 0.1  # batch norm scales start at one
    buffers = [
        leaf.unsafe_buffer_pointer()
        for leaf in jax.tree.leaves(initial(make_config(train__ema_decay=0.5), networks))
    ]
    assert len(set(buffers)) == len(buffers)
