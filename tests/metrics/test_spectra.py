"""Spectra, autocorrelations and values, against closed forms and SciPy."""

import numpy as np
import pytest
from scipy import signal, stats

from cwgan_jax.metrics import fields, signals, spectra


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("length", [32, 33])
def test_power_of_signals_against_scipy(rng, length):
    x = rng.standard_normal((7, length, 2)).cumsum(1)
    _, two_sided = signal.periodogram(x, window="hann", detrend="constant", return_onesided=False, axis=1)
    expected = two_sided.mean(0)[1 : length // 2 + 1]
    np.testing.assert_allclose(spectra.power(x), expected, rtol=1e-9)


def test_power_in_more_dimensions_is_that_of_separable_periodograms(rng):
    """Of a product of two signals the density is the product of theirs; ring by ring as a loop finds it."""
    x = rng.standard_normal((3, 12, 10, 1))
    window = np.outer(np.hanning(13)[:-1], np.hanning(11)[:-1])
    centred = (x[..., 0] - x[..., 0].mean((1, 2), keepdims=True)) * window
    density = (np.abs(np.fft.fft2(centred)) ** 2).mean(0) / np.square(window).sum()
    found = spectra.power(x)
    for ring in range(1, 7):
        members = [
            density[i, j]
            for i in range(12)
            for j in range(10)
            if np.rint(12 * np.hypot(np.fft.fftfreq(12)[i], np.fft.fftfreq(10)[j])) == ring
        ]
        assert found[ring - 1, 0] == pytest.approx(np.mean(members), rel=1e-9)
    assert len(found) == 6


@pytest.mark.parametrize("shape", [(64,), (16, 24), (8, 8, 8)])
def test_white_noise_has_a_density_of_its_variance(rng, shape):
    power = spectra.power(3 * rng.standard_normal((2000, *shape, 1)))
    np.testing.assert_allclose(power[1:], 9, rtol=0.15)


def test_a_wave_stands_at_its_frequency():
    """In any direction: 5 cycles along either axis, and 3 and 4 along both."""
    y, x = np.mgrid[:32, :32] * (2 * np.pi / 32)
    for wave in (np.sin(5 * x), np.sin(5 * y), np.sin(3 * x + 4 * y)):
        assert spectra.power(wave[None, ..., None])[:, 0].argmax() == 5 - 1


def test_spectral_distance_of_a_gain(rng):
    x = rng.standard_normal((50, 64, 1))
    power, louder = spectra.power(x), spectra.power(10 * x)
    assert spectra.spectral_distance(power, power) == 0
    assert spectra.spectral_distance(power, louder) == pytest.approx(20, rel=1e-12)
    half = power.copy()
    half[: len(half) // 2] *= 100
    assert spectra.spectral_distance(power, half) == pytest.approx(20 / np.sqrt(2), rel=1e-12)
    assert spectra.spectral_distance(power, 0 * power) < 70  # silence is 60 dB down, not infinitely far


def test_autocorrelation_of_an_autoregression():
    """x_t = 0.8 x_(t-1) + e_t has 0.8^s; less the bias (1 - s / L) of the estimate, and that of the mean."""
    noise = np.random.default_rng(1).standard_normal((500, 2000, 1))
    x = signal.lfilter([1], [1, -0.8], noise, axis=1)[:, 1000:]
    lags = np.arange(1, 6)
    found = spectra.autocorrelation(x)[:5, 0]
    np.testing.assert_allclose(found, 0.8**lags * (1 - lags / 1000), atol=0.01)


def test_autocorrelation_against_a_loop(rng):
    x = rng.standard_normal((4, 9, 2))
    y = x - x.mean(1, keepdims=True)
    expected = [[(y[:, : 9 - s, d] * y[:, s:, d]).sum() for d in range(2)] for s in range(1, 5)]
    np.testing.assert_allclose(spectra.autocorrelation(x), expected / np.square(y).sum((0, 1)), rtol=1e-9)


def test_value_distance_of_a_shift_and_against_scipy(rng):
    x, y = rng.standard_normal((20, 16, 2)), rng.standard_normal((15, 16, 2)) ** 3
    assert spectra.value_distance(x, x + np.array([0.5, 1.5])) == pytest.approx(1, rel=1e-9)
    each = [stats.wasserstein_distance(x[..., d].ravel(), y[..., d].ravel()) for d in range(2)]
    assert spectra.value_distance(x, y) == pytest.approx(np.mean(each), rel=1e-12)


def test_channel_gap(rng):
    """Two channels that are equal against two that are opposite: correlations 1 and -1."""
    x = rng.standard_normal((30, 8, 1))
    same, opposite = np.concatenate([x, x], -1), np.concatenate([x, -x], -1)
    assert spectra.channel_gap(same, opposite) == pytest.approx(2, rel=1e-12)
    assert spectra.channel_gap(same, np.concatenate([x, 0 * x], -1)) == pytest.approx(1, rel=1e-12)
    assert np.isnan(spectra.channel_gap(x, x))


@pytest.mark.parametrize(("module", "shape"), [(signals, (32,)), (fields, (12, 16)), (fields, (8, 6, 8))])
def test_figures_of_the_same_distribution_are_at_the_floor(rng, module, shape):
    train, test, other = rng.standard_normal((3, 300, *shape, 2))
    floor = module.figures(train, test, train)
    drawn = module.figures(train, test, other)
    assert drawn.keys() == module.FIGURES.keys() == floor.keys() | {"nearest"}
    assert all(drawn[name] < 3 * floor[name] for name in floor)
    assert drawn["nearest"] == pytest.approx(1, abs=0.05)
    wrong = module.figures(train, test, 2 * other.cumsum(1))
    assert all(wrong[name] > 3 * floor[name] for name in ("spectrum", "values"))
    assert module.figures(train, test, train.copy())["nearest"] == 0


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((3, 2)), r"\[N, \.\.\., D\]"),
        (np.zeros((0, 4, 1)), "D"),
        (np.full((2, 4, 1), np.inf), "finite"),
    ],
)
def test_bad_examples(x, message):
    with pytest.raises(ValueError, match=message):
        spectra.power(x)
