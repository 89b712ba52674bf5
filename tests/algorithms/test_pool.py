"""The pool of earlier examples: filled first, then exchanged by coins, one example after the other."""

import jax
import jax.numpy as jnp
import numpy as np

from cwgan_jax import random
from cwgan_jax.algorithms import pool
from cwgan_jax.networks.layers.norms import SINGLE, Reduce

SIZE, BATCH = 5, 4


def key(n):
    return random.key(0, random.Stream.POOL, n, 0)


def numbered(n):
    """Batch n: examples that are their own numbers."""
    return jnp.arange(n * BATCH, (n + 1) * BATCH, dtype=jnp.float32)[:, None]


@jax.jit
def exchange(state, example, slot, n):
    return pool.exchange(state, example, slot, key(n), SINGLE)


def run(steps, slot=None):
    """What the pool gives at each step, and what it holds in the end."""
    slot = jnp.arange(BATCH) if slot is None else slot
    state, given = pool.empty(SIZE, (1,), jnp.float32), []
    for n in range(steps):
        state, some = exchange(state, numbered(n)[slot], slot, n)
        given.append(np.asarray(some)[:, 0])
    return np.stack(given), state


def test_filled_first_then_half_are_exchanged_for_a_random_one():
    steps = 300
    given, state = run(steps)
    np.testing.assert_array_equal(given.ravel()[:SIZE], np.arange(SIZE))  # while there is room
    assert state.filled == SIZE
    own = np.arange(steps * BATCH).reshape(steps, BATCH)
    later = given.ravel()[SIZE:], own.ravel()[SIZE:]
    exchanged = later[0] != later[1]
    assert abs(exchanged.mean() - 0.5) < 4 * 0.5 / len(exchanged) ** 0.5
    # An example leaves the pool with probability 1 / (2 * 5) at each further one: it waits for ten.
    age = (later[1] - later[0])[exchanged]
    assert abs(age.mean() - 2 * SIZE) < 4 * 2 * SIZE / len(age) ** 0.5
    # Once there is no room, nothing is given twice, and nothing is lost: the rest is still in the pool.
    assert len(np.unique(later[0])) == len(later[0])
    everything = np.concatenate([given.ravel(), np.asarray(state.example)[:, 0]])
    assert set(range(steps * BATCH)) <= set(everything.astype(int).tolist())


def test_a_batch_goes_through_in_the_order_of_its_slots():
    expected, state = run(6)
    slot = jnp.array([2, 0, 3, 1])
    given, mixed = run(6, slot)
    np.testing.assert_array_equal(given, expected[:, slot])
    np.testing.assert_array_equal(mixed.example, state.example)


def test_replicas_make_the_same_pool_and_share_what_it_gives():
    expected, state = run(6)
    found = [pool.empty(SIZE, (1,), jnp.float32)] * 2
    shares = jnp.split(jnp.arange(BATCH), 2)
    for n in range(6):
        every = jnp.stack([numbered(n)[share] for share in shares])
        for i, share in enumerate(shares):
            found[i], given = on_one_of_two(found[i], every, jnp.stack(shares), n, i)
            np.testing.assert_array_equal(given[:, 0], expected[n, share])
    for one in found:
        np.testing.assert_array_equal(one.example, state.example)


@jax.jit
def on_one_of_two(state, every, slots, n, i):
    """As device i sees it: its own share, and what both have."""
    gather = lambda leaf: every if leaf.dtype == every.dtype else slots  # noqa: E731
    return pool.exchange(state, every[i], slots[i], key(n), Reduce(gather=gather, replicas=2))


def test_without_room_the_newest_are_given():
    state, given = pool.exchange(
        pool.empty(0, (1,), jnp.float32), numbered(3), jnp.arange(BATCH), key(0), SINGLE
    )
    np.testing.assert_array_equal(given, numbered(3))
    assert not len(state.example)
