"""Figures of conditions: perfect and shuffled readings by closed forms, gaps, scikit-learn's as reference."""

import numpy as np
import pytest

from cwgan_jax.data import conditions as c
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text
from cwgan_jax.metrics import conditions

N = 4000
SCHEMA = (
    Classes("digit", ("zero", "one", "two", "three")),
    Labels("sick", ("flu", "cold", "gout")),
    Number("power (W)", 3.0, 2.0, -1.0, 7.0),
    Cycle("hour", 24.0),
    Text("caption", ("a", "red", "three")),
)


def columns(seed):
    rng = np.random.default_rng(seed)
    texts = ["a", "red three", "a red", ""]
    return {
        "digit": [SCHEMA[0].names[i] for i in rng.integers(0, 4, N)],
        "sick": [";".join(n for n in SCHEMA[1].names if rng.random() < 0.5) for _ in range(N)],
        "power (W)": rng.uniform(-1, 7, N).tolist(),
        "hour": rng.uniform(0, 24, N).tolist(),
        "caption": [texts[i] for i in rng.integers(0, 4, N)],
    }


ASKED = c.encode(SCHEMA, columns(0))


def test_every_part_has_a_measure():
    assert conditions.MEASURES.keys() == c.PARTS.keys()


def test_names_are_those_of_the_parts():
    found = conditions.figures(SCHEMA)
    assert {"agreement_digit", "exact_sick", "labels_sick", "error_power_W", "r2_hour", "exact"} < set(found)
    assert found["error_power_W"].title == "error of power (W)"
    assert set(conditions.figures(c.of_classes("ab"))) == {"agreement", "agreement_unseen"}
    assert conditions.figures(()) == {}
    alike = (Classes("a b", ("x",)), Classes("a_b", ("x",)))
    assert len(set(conditions.names(alike))) == 2


def test_a_perfect_reading():
    values = conditions.values(SCHEMA, ASKED, ASKED)
    assert values.keys() <= conditions.figures(SCHEMA).keys()
    for name, value in values.items():
        assert value == pytest.approx(0 if name.startswith("error") else 1, abs=1e-6), name


def test_a_shuffled_reading_is_chance():
    values = conditions.values(SCHEMA, ASKED, c.encode(SCHEMA, columns(1)))
    chance = {
        "agreement_digit": (1 / 4, 0.03),
        "exact_sick": (1 / 8, 0.02),
        "labels_sick": (1 / 2, 0.02),
        "error_power_W": (8 / 3, 0.1),  # E|x - y| of a uniform distribution: a third of its width
        "r2_power_W": (-1, 0.1),
        "error_hour": (6, 0.2),  # uniform on [-12, 12)
        "exact_caption": (1 / 4, 0.03),
        "exact": (1 / 4 / 8 / 4, 0.005),
    }
    for name, (expected, near) in chance.items():
        assert values[name] == pytest.approx(expected, abs=near), name


def test_the_error_of_a_number_is_in_its_unit_and_goes_around():
    number, hour = SCHEMA[2], SCHEMA[3]
    gap = conditions.difference(number, number.encode([1.0, 5.0]), number.encode([2.5, 4.0]))
    np.testing.assert_allclose(gap, [1.5, -1.0], atol=1e-6)
    around = conditions.difference(hour, hour.encode([23.0, 1.0]), 0.3 * hour.encode([1.0, 22.5]))
    np.testing.assert_allclose(around, [2.0, -2.5], atol=1e-5)


def test_r2_against_scikit_learn():
    from sklearn.metrics import mean_absolute_error, r2_score

    schema, rng = (SCHEMA[2],), np.random.default_rng(3)
    asked = rng.normal(size=(200, 1))
    read = asked + rng.normal(size=(200, 1))
    values = conditions.values(schema, asked, read)
    assert values["r2_power_W"] == pytest.approx(r2_score(asked, read), rel=1e-12)
    assert values["error_power_W"] == pytest.approx(2 * mean_absolute_error(asked, read), rel=1e-12)


def test_chance_leaves_no_gaps_but_a_missing_range_is_one():
    for seed in range(20):
        x = np.random.default_rng(seed).uniform(0, 90, 500)
        assert len(conditions.gaps(x)) == 2  # below and above
        assert len(conditions.gaps(x[:60])) == 2  # chance leaves wider ones among few
        assert conditions.gaps(x * 4, 360) == []
        low, high = conditions.gaps(x[(x < 30) | (x > 50)])[1]
        assert 25 < low < 30 < 50 < high < 55
    assert len(conditions.gaps(np.arange(100) % 5)) == 2 + 4  # whole numbers: between each two
    assert len(conditions.gaps(np.array([3.0]))) == 2
    missing = np.random.default_rng(0).uniform(20, 340, 2000)  # around the end of the circle
    assert [np.isinf(x).any() for x in conditions.gaps(missing, 360)] == [True, True]


def test_unseen_is_what_no_training_example_has():
    schema = (SCHEMA[0], Number("x", 0.0, 1.0, 0.0, 10.0))
    rng = np.random.default_rng(0)
    known = {"digit": ["zero", "one"] * 200, "x": [x if x < 6 else x + 4 for x in rng.uniform(0, 10, 400)]}
    asked = {"digit": ["zero", "two", "one", "one", "zero"], "x": [3.0, 3.0, 8.0, 11.0, 30.0]}
    found = conditions.unseen(schema, c.encode(schema, known), c.encode(schema, asked))
    assert found.tolist() == [False, True, True, False, True]
    vectors = np.repeat(c.encode(schema, asked), 20, axis=0)
    read = vectors.copy()
    read[np.repeat(found, 20), -1] += 2
    values = conditions.values(schema, vectors, read, np.repeat(found, 20))
    assert values["error_x_unseen"] == pytest.approx(2, abs=1e-5)
    assert values["error_x"] == pytest.approx(2 * 3 / 5, abs=1e-5)
    assert values["agreement_digit_unseen"] == 1
    assert "error_x_unseen" not in conditions.values(schema, vectors, read, np.arange(100) < 19)
