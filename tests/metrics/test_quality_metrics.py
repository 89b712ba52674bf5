"""Label metrics and distances of distributions, against closed forms and other people's code."""

import math

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.metrics import confusion_matrix

from cwgan_jax.metrics import distances, labels


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def white(rng, count, size):
    """Examples with mean 0 and covariance 1, not only in expectation."""
    x = rng.standard_normal((count, size))
    x -= x.mean(0)
    return x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T


def covariance(rng, size):
    x = rng.standard_normal((size, 2 * size))
    return x @ x.T / size


ASKED, READ = np.array([0, 0, 0, 2, 2, 3]), np.array([0, 1, 0, 2, 2, 0])


def test_agreement_by_hand():
    assert labels.agreement(ASKED, READ) == pytest.approx(4 / 6)
    np.testing.assert_allclose(labels.per_class(ASKED, READ, 4), [2 / 3, np.nan, 1, 0])


def test_confusion_against_scikit_learn(rng):
    target, read = rng.integers(0, 7, (2, 500))
    table = labels.confusion(target, read, 8)  # class 7 neither asked for nor read
    np.testing.assert_array_equal(table, confusion_matrix(target, read, labels=range(8)))
    assert table.dtype == np.int64
    assert table[2, 5] == ((target == 2) & (read == 5)).sum()


def test_small_integers_do_not_overflow(rng):
    target, read = rng.integers(0, 100, (2, 500)).astype(np.uint8)
    np.testing.assert_array_equal(
        labels.confusion(target, read, 100), confusion_matrix(target, read, labels=range(100))
    )


def test_class_entropy():
    assert labels.class_entropy(np.repeat(np.arange(10), 30), 10) == pytest.approx(math.log(10))
    assert labels.class_entropy(np.full(30, 4), 10) == pytest.approx(0, abs=1e-15)
    assert labels.class_entropy(np.array([0, 0, 1, 1, 2, 2, 3, 3]), 10) == pytest.approx(math.log(4))


def test_a_present_class_has_a_tenth_of_its_real_share():
    read = np.repeat([0, 1, 2, 3], [500, 480, 11, 9])  # of 1000
    real = np.full(5, 0.2)
    assert labels.present(read, real).tolist() == [True, True, False, False, False]
    assert labels.present(read, real, least=0.05).tolist() == [True, True, True, False, False]
    assert labels.present(np.arange(5), real, least=1).all()
    assert labels.present(read, np.array([0.5, 0.4, 0.05, 0.05, 0])).tolist() == [
        True,
        True,
        True,
        True,
        True,
    ]


def test_inception_score_closed_forms():
    assert labels.inception_score(np.eye(10), splits=1) == pytest.approx((10, 0))
    assert labels.inception_score(np.full((40, 10), 0.1)) == pytest.approx((1, 0))
    p = np.array([[0.9, 0.1], [0.1, 0.9]])
    by_hand = 2 * 0.9**0.9 * 0.1**0.1
    assert labels.inception_score(p, splits=1)[0] == pytest.approx(by_hand)


@pytest.mark.parametrize("order", ["by class", "in turn"])
def test_inception_score_does_not_depend_on_the_order_of_classes(order):
    label = np.repeat(np.arange(10), 500) if order == "by class" else np.tile(np.arange(10), 500)
    mean, deviation = labels.inception_score(np.eye(10)[label])
    assert 9.8 < mean < 10
    assert 0 < deviation < 0.1


def test_modes_by_hand():
    reference = np.array([0.5, 0.25, 0.25, 0.0])
    assert labels.modes(np.array([0, 0, 1, 2]), reference) == (3, 0)
    count, divergence = labels.modes(np.array([1, 1, 1, 0]), reference)
    assert count == 2
    assert divergence == pytest.approx(0.75 * math.log(3) + 0.25 * math.log(0.5))
    assert labels.modes(np.array([3]), reference) == (1, np.inf)


def test_modes_of_a_perfect_generator_stay_above_the_floor(rng):
    """(M - 1) / 2N for the stacked MNIST; its relative deviation is sqrt(2 / (M - 1)) for one draw."""
    reference = np.full(1000, 1e-3)
    found = [labels.modes(rng.integers(0, 1000, 25_600), reference) for _ in range(20)]
    assert {count for count, _ in found} == {1000}
    assert np.mean([divergence for _, divergence in found]) == pytest.approx(999 / (2 * 25_600), rel=0.04)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: labels.agreement(np.arange(3), np.arange(2)), "3 labels asked for, but 2 read"),
        (lambda: labels.agreement(np.arange(3) / 2, np.arange(3)), "integers"),
        (lambda: labels.agreement(np.array([], int), np.array([], int)), "no labels"),
        (lambda: labels.confusion(np.array([3]), np.array([0]), 3), r"in \[0, 3\)"),
        (lambda: labels.class_entropy(np.array([-1]), 3), r"in \[0, 3\)"),
        (lambda: labels.class_entropy(np.zeros((2, 2), int), 3), r"\[2, 2\]"),
        (lambda: labels.present(np.array([1]), np.ones(3) / 3, least=0), "least"),
        (lambda: labels.inception_score(np.eye(3)), "splits"),
        (lambda: labels.inception_score(np.ones((20, 3))), "sum to 1"),
        (lambda: labels.inception_score(np.ones(3)), r"\[N, C\]"),
        (lambda: labels.modes(np.array([0]), np.array([0.5, 0.4])), "sum to 1"),
        (lambda: labels.modes(np.array([0]), np.eye(2)), r"\[M\]"),
        (lambda: distances.frechet(np.zeros((5, 2)), np.zeros((5, 3))), "2 and 3 features"),
        (lambda: distances.frechet(np.zeros((1, 2)), np.zeros((5, 2))), "at least 2 examples"),
        (lambda: distances.kernel(np.zeros(5), np.zeros((5, 2))), r"\[N, F\]"),
        (lambda: distances.kernel(np.full((5, 2), np.nan), np.zeros((5, 2))), "finite"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_frechet_of_a_shift_and_of_a_scale(rng):
    a = white(rng, 50, 4)
    shift = np.array([1.0, -2.0, 0.0, 0.5])
    assert distances.frechet(a, a[::-1] + shift) == pytest.approx(5.25)
    assert distances.frechet(a, 3 * white(rng, 70, 4)) == pytest.approx(4 * (3 - 1) ** 2)
    assert distances.frechet(a, 3 * white(rng, 70, 4) - shift) == pytest.approx(16 + 5.25)
    assert distances.frechet(a[:, :1], 2 * a[:, :1]) == pytest.approx(1)


def test_frechet_against_sqrtm(rng):
    a, b = (distances.Moments(9, rng.standard_normal(12), covariance(rng, 12)) for _ in range(2))
    expected = np.square(a.mean - b.mean).sum() + np.trace(
        a.covariance + b.covariance - 2 * np.real(sqrtm(a.covariance @ b.covariance))
    )
    assert distances.frechet_of(a, b) == pytest.approx(expected, rel=1e-10)
    assert distances.frechet_of(b, a) == pytest.approx(expected, rel=1e-10)


def test_frechet_of_singular_covariances(rng):
    """Two Gaussians on lines u and v: |u|^2 + |v|^2 - 2 |u.v|."""
    u, v = rng.standard_normal((2, 30))
    a, b = (distances.Moments(9, np.zeros(30), np.outer(x, x)) for x in (u, v))
    assert distances.frechet_of(a, b) == pytest.approx(u @ u + v @ v - 2 * abs(u @ v), rel=1e-10)
    same = [distances.frechet(x, x) for x in rng.standard_normal((20, 5, 30))]
    assert min(same) == 0  # where rounding alone would give less
    assert max(same) < 1e-10


def test_moments(rng):
    x = rng.standard_normal((20, 3)).astype(np.float32)
    examples, mean, covariance = distances.moments(x)
    assert examples == 20
    assert mean.dtype == covariance.dtype == np.float64
    np.testing.assert_allclose(mean, x.mean(0), atol=1e-6)
    centred = x.astype(np.float64) - mean
    np.testing.assert_allclose(covariance, centred.T @ centred / 19, rtol=1e-12)


def test_frechet_is_biased_upwards_at_few_examples(rng):
    a, b = rng.standard_normal((2, 4000, 16))
    few, more, many = (distances.frechet(a[:n], b[:n]) for n in (100, 1000, 4000))
    assert few > 5 * more > 10 * many > 0


def test_frechet_and_kernel_do_not_depend_on_order_or_rotation(rng):
    a, b = rng.standard_normal((2, 40, 6)) * np.arange(1, 7)
    b += 1
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    for metric in (distances.frechet, distances.kernel):
        expected = metric(a, b)
        assert metric(a[::-1], rng.permutation(b)) == pytest.approx(expected)
        assert metric(a @ turn, b @ turn) == pytest.approx(expected)
        assert metric(b, a) == pytest.approx(expected)


def test_kernel_against_a_double_loop(rng, monkeypatch):
    a, b = rng.standard_normal((7, 3)), rng.standard_normal((5, 3)) + 0.5

    def mean(x, y, same):
        pairs = [(i, j) for i in range(len(x)) for j in range(len(y)) if not (same and i == j)]
        return np.mean([(x[i] @ y[j] / 3 + 1) ** 3 for i, j in pairs])

    expected = mean(a, a, same=True) + mean(b, b, same=True) - 2 * mean(a, b, same=False)
    assert distances.kernel(a, b) == pytest.approx(expected)
    monkeypatch.setattr(distances, "_BLOCK", 2)
    assert distances.kernel(a, b) == pytest.approx(expected)


def test_kernel_is_unbiased(rng):
    values = [distances.kernel(*rng.standard_normal((2, 30, 4))) for _ in range(400)]
    assert min(values) < 0 < max(values)
    assert abs(np.mean(values)) < 4 * np.std(values) / 20
