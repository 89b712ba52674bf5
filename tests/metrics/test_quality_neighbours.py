"""Metrics of nearest neighbours, by brute force and by hand; and all metrics on failures of known kinds."""

import tracemalloc

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist, pdist

from cwgan_jax.metrics import distances, labels, neighbours


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def column(*values):
    return np.array(values, float)[:, None]


def naive_prdc(real, fake, k, density_k):
    """The definitions, word by word."""

    def radius(x, i, n):
        return sorted(np.linalg.norm(x - x[i], axis=1))[n]  # the 0-th is the example itself

    def within(x, i, y, n):
        return np.linalg.norm(x[i] - y) <= radius(x, i, n)

    n, m = range(len(real)), range(len(fake))
    return (
        np.mean([any(within(real, i, fake[j], k) for i in n) for j in m]),
        np.mean([any(within(fake, j, real[i], k) for j in m) for i in n]),
        sum(within(real, i, fake[j], density_k) for i in n for j in m) / (density_k * len(fake)),
        np.mean([any(within(real, i, fake[j], density_k) for j in m) for i in n]),
    )


def test_prdc_by_hand():
    """Real balls k=1: [-1,1] [0,2] [1,5] [3,11], k=2: [-3,3] [-1,3] [0,6] [1,13].

    Fake balls: [-1.5,2.5] [0.5,4.5] [2.5,37.5].
    """
    real, fake = column(0, 1, 3, 7), column(0.5, 2.5, 20)
    assert neighbours.prdc(real, fake, k=1, density_k=1) == pytest.approx((2 / 3, 1, 3 / 3, 3 / 4))
    assert neighbours.prdc(real, fake, k=1, density_k=2) == pytest.approx((2 / 3, 1, 7 / 6, 1))


def test_the_surface_of_a_ball_belongs_to_it():
    real, fake = column(0, 1), column(2, 3)
    assert neighbours.prdc(real, fake, k=1, density_k=1) == pytest.approx((1 / 2, 1 / 2, 1 / 2, 1 / 2))


@pytest.mark.parametrize(("k", "density_k"), [(3, 5), (1, 4), (5, 2)])
def test_prdc_against_brute_force(rng, k, density_k):
    real, fake = rng.standard_normal((40, 3)), 1.5 * rng.standard_normal((30, 3)) + 0.5
    result = neighbours.prdc(real, fake, k=k, density_k=density_k)
    assert result == pytest.approx(naive_prdc(real, fake, k, density_k))
    assert len(set(result)) == 4


def test_prdc_of_identical_and_of_disjoint_sets(rng):
    real = rng.standard_normal((60, 16))
    assert neighbours.prdc(real, rng.permutation(real)) == pytest.approx((1, 1, 6 / 5, 1))
    assert neighbours.prdc(real, real + 100) == (0, 0, 0, 0)


def test_prdc_of_one_distribution(rng):
    """Naeem et al. 2020, Section 3: density 1, coverage 1 - 2^-k."""
    real, fake = rng.standard_normal((2, 1500, 8))
    result = neighbours.prdc(real, fake)
    assert result.density == pytest.approx(1, abs=0.06)
    assert result.coverage == pytest.approx(1 - 2**-5, abs=0.02)


def test_copies_of_duplicates_are_inside_balls_of_no_radius(rng):
    real = np.repeat(rng.standard_normal((20, 50)) + 7, 6, axis=0)
    assert neighbours.prdc(real, real[::2]).precision == 1
    assert neighbours.prdc(real, real[::2]).coverage == 1


def test_results_do_not_depend_on_block_order_or_rotation(rng):
    real, fake = rng.standard_normal((90, 5)), rng.standard_normal((70, 5)) + 0.7
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    prdc, diversity = neighbours.prdc(real, fake), neighbours.diversity(real)
    index, distance = neighbours.nearest(real, fake)
    for block in (1, 7, 70, 1000):
        assert neighbours.prdc(real, fake, block=block) == prdc
        assert neighbours.diversity(real, block=block) == pytest.approx(diversity)
        np.testing.assert_array_equal(neighbours.nearest(real, fake, block=block)[0], index)
        np.testing.assert_array_equal(neighbours.nearest(real, fake, block=block)[1], distance)
    for a, b in ((real[::-1], rng.permutation(fake)), (real @ turn, fake @ turn)):
        assert neighbours.prdc(a, b) == prdc
        assert neighbours.diversity(a) == pytest.approx(diversity)
    np.testing.assert_allclose(neighbours.nearest(real @ turn, fake @ turn)[1], distance)


def test_memory_is_bounded_by_the_block(rng):
    x = rng.standard_normal((3000, 8))
    tracemalloc.start()
    neighbours.prdc(x, x, block=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 100 * 3000 * 8  # the whole matrix has 3000 * 3000 * 8 bytes


@pytest.mark.parametrize("offset", [0, 1e7])
def test_nearest_against_a_tree(rng, offset):
    points, queries = rng.standard_normal((300, 6)) + offset, rng.standard_normal((200, 6)) + offset
    index, distance = neighbours.nearest(queries, points)
    expected, expected_index = cKDTree(points).query(queries)
    np.testing.assert_array_equal(index, expected_index)
    np.testing.assert_allclose(distance, expected, rtol=1e-12)


def test_nearest_tells_copies_and_near_copies(rng):
    points = (10 * rng.standard_normal((500, 128)) + 50).astype(np.float32)
    index, distance = neighbours.nearest(points[::-1], points)
    np.testing.assert_array_equal(index, np.arange(500)[::-1])
    np.testing.assert_array_equal(distance, 0)
    jitter = 1e-4 * rng.standard_normal(points.shape)
    index, distance = neighbours.nearest(points + jitter, points)
    np.testing.assert_array_equal(index, np.arange(500))
    np.testing.assert_allclose(distance, np.linalg.norm(jitter, axis=1), rtol=1e-6)


def test_diversity_against_scipy(rng):
    x = rng.standard_normal((200, 7))
    assert neighbours.diversity(x) == pytest.approx(pdist(x).mean())
    assert neighbours.diversity(column(0, 1, 3)) == pytest.approx(2)
    assert neighbours.diversity(np.full((9, 7), 0.1)) == pytest.approx(0, abs=1e-12)
    subset = neighbours.diversity(x, most=50, seed=3)
    assert subset == neighbours.diversity(x, most=50, seed=3) != neighbours.diversity(x, most=50, seed=4)
    assert subset == pytest.approx(pdist(x).mean(), rel=0.1)


def test_class_diversity(rng):
    x, label = rng.standard_normal((40, 3)), np.repeat([0, 2, 3, 4], [20, 17, 1, 2])
    x[label == 2] = x[30]
    result = neighbours.class_diversity(x, label, 5)
    expected = [pdist(x[:20]).mean(), np.nan, 0, np.nan, np.linalg.norm(x[38] - x[39])]
    np.testing.assert_allclose(result, expected, atol=1e-12)


def test_memorised_by_hand():
    train, held_out = column(0, 10, 20), column(2, 14, 26, 26)  # at 2, 4, 6, 6
    result = neighbours.memorised(column(1, 11, 23), train, held_out)  # at 1, 1, 3
    assert result == pytest.approx((1 / 5, 2 / 3))


def test_memorised(rng):
    train, held_out, new = rng.standard_normal((3, 1000, 10))
    healthy = neighbours.memorised(new, train, held_out)
    assert healthy.ratio == pytest.approx(1, abs=0.05)
    assert healthy.copies == pytest.approx(0.01, abs=0.015)
    assert neighbours.memorised(train[:300], train, held_out) == (0, 1)
    some = neighbours.memorised(np.concatenate([train[:300], new[:700]]), train, held_out)
    assert some.ratio > 0.8  # the median does not see a minority,
    assert some.copies == pytest.approx(0.3, abs=0.02)  # the share does
    wild = new.copy()
    wild[:200] *= 1e6
    assert neighbours.memorised(wild, train, held_out).ratio < 1.2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: neighbours.prdc(x, x, density_k=9), "at least 10 examples"),
        (lambda x: neighbours.prdc(x, x[:3]), "at least 4 examples"),
        (lambda x: neighbours.prdc(x, x, k=0), "k and density_k"),
        (lambda x: neighbours.nearest(x, x[:, :1]), "2 and 1 features"),
        (lambda x: neighbours.nearest(x, x[:0]), "at least 1 examples"),
        (lambda x: neighbours.nearest(x / np.inf * np.inf, x), "finite"),
        (lambda x: neighbours.diversity(x[:1]), "at least 2 examples"),
        (lambda x: neighbours.diversity(x, most=1), "most"),
        (lambda x: neighbours.class_diversity(x, np.zeros(8, int), 2), "one for each example"),
        (lambda x: neighbours.memorised(x, x, x), "in the training set"),
        (lambda x: neighbours.memorised(x, x, x, quantile=1), "quantile"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=message) as error:
        call(np.arange(18.0).reshape(9, 2))
    assert "\n" not in str(error.value)


CLASSES = 10


def known_case(name, rng):
    """Gaussian classes around centres of one length: drawn by a generator with a known failure, and real."""
    centre = np.linalg.qr(rng.standard_normal((16, 16)))[0][:CLASSES] * 8
    target, width = np.tile(np.arange(CLASSES), 60), np.linspace(0.3, 1.5, 16)

    def draw(label):
        return centre[label] + width * rng.standard_normal((len(label), 16))

    train, held_out, drawn = draw(target), draw(target), draw(target)
    if name == "collapsed":
        drawn = drawn[target] + 0.01 * rng.standard_normal(drawn.shape)  # the first image of each class
    elif name == "dropped":
        drawn = draw(np.where(target == 7, 1, target))
    elif name == "memorised":
        drawn = train + 0.01 * rng.standard_normal(train.shape)
    elif name == "noise":
        drawn = 8 * rng.standard_normal(train.shape)
    read = cdist(drawn, centre).argmin(1)
    return target, drawn, read, train, held_out


@pytest.mark.parametrize("name", ["healthy", "collapsed", "dropped", "memorised", "noise"])
def test_each_failure_is_told_by_the_metrics_meant_for_it_and_by_no_other(name, rng):
    target, drawn, read, train, held_out = known_case(name, rng)
    prdc = neighbours.prdc(held_out, drawn)
    own = neighbours.class_diversity(drawn, target, CLASSES)
    real = neighbours.class_diversity(held_out, target, CLASSES)
    copies = neighbours.memorised(drawn, train, held_out)
    floor = distances.frechet(train, held_out)
    told = {
        "a class is one image": (own / real < 0.5).any(),
        "a class is missing": not labels.present(read, np.full(CLASSES, 1 / CLASSES)).all(),
        "entropy is low": labels.class_entropy(read, CLASSES) < np.log(CLASSES) - 0.1,
        "labels are not followed": labels.agreement(target, read) < 0.95,
        "not real": prdc.precision < 0.5,
        "not varied": prdc.coverage < 0.95 * neighbours.prdc(held_out, train).coverage,
        "copies": copies.ratio < 0.5 or copies.copies > 0.5,
        "far": distances.frechet(drawn, held_out) > 2 * floor,
        "far by kernel": distances.kernel(drawn, held_out) > 0.5,
    }
    unlike = {"not varied", "far", "far by kernel"}
    expected = {
        "healthy": set(),
        "memorised": {"copies"},
        "collapsed": {"a class is one image", *unlike},
        "dropped": {"a class is missing", "entropy is low", "labels are not followed", *unlike},
        "noise": {"labels are not followed", "not real", *unlike},
    }[name]
    assert {key for key, yes in told.items() if yes} == expected
