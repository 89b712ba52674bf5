"""Columns of tables: what each becomes, that rows come back as they were, and what is refused."""

import json

import numpy as np
import pytest
from scipy import special, stats

from cwgan_jax.common.errors import DataError
from cwgan_jax.data import scaling
from cwgan_jax.data.tables.columns import Columns
from cwgan_jax.data.tables.types import EXACT, Category, Constant, Number

ROWS = 400


def table(seed):
    """A column of every sort."""
    random = np.random.default_rng(seed)
    heavy = np.exp(3 * random.standard_normal(ROWS))
    modes = np.where(random.random(ROWS) < 0.3, 0.0, np.round(random.normal(50, 4, ROWS), 1))
    holes = heavy.copy()
    holes[random.random(ROWS) < 0.2] = np.nan
    text = np.array(["red", "green", "blue", None], object)[random.integers(0, 4, ROWS)]
    days = np.datetime64("2020-01-01") + random.integers(0, 900, ROWS).astype("m8[D]")
    return {
        "heavy": heavy,
        "modes": modes,
        "holes": holes,
        "single": heavy.astype(np.float32),
        "counts": random.poisson(30, ROWS).astype(np.int16),
        "thousands": 1000 * random.integers(10, 90, ROWS),
        "grade": random.integers(1, 6, ROWS).astype(np.uint8),
        "yes": random.random(ROWS) < 0.1,
        "text": text,
        "word": np.array(["ä,b", "c"])[random.integers(0, 2, ROWS)],
        "day": days.astype("M8[ns]"),
        "constant": np.full(ROWS, "here"),
        "lasts": random.integers(0, 10**6, ROWS).astype("m8[s]"),
    }


def same(a, b, *, exact=True):
    """Whether two columns are equal, missing values too, and of one type."""
    assert a.dtype == b.dtype
    if a.dtype.kind == "f":
        return np.allclose(a, b, rtol=0 if exact else 1e-4, atol=0, equal_nan=True)
    return all(x == y or (x is None and y is None) for x, y in zip(a.tolist(), b.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(8))
def test_rows_come_back_as_they_were(seed):
    rows = table(seed)
    columns = Columns.fit(rows, seed=seed)
    stored = columns.encode(rows)
    assert stored.dtype == np.float32
    assert stored.shape == (ROWS, columns.width)
    assert np.abs(stored).max() <= 1
    back = columns.decode(stored)
    assert list(back) == list(rows)
    for name, column in rows.items():
        assert same(column, back[name]), name
    np.testing.assert_array_equal(stored, columns.encode(rows))  # nothing in it is left to chance
    read = scaling.from_json(json.loads(json.dumps(scaling.to_json(columns))))
    assert read == columns
    np.testing.assert_array_equal(read.encode(rows), stored)
    assert columns.warnings[0].startswith("column 'constant': it has one value only")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_networks_make_lies_in_what_was_seen(seed):
    rows, random = table(seed), np.random.default_rng(seed)
    columns = Columns.fit(rows)
    made = columns.decode(random.normal(0, 1, (ROWS, columns.width)))
    for name in ("heavy", "single", "counts", "thousands", "day", "lasts"):
        assert rows[name].min() <= made[name].min()
        assert made[name].max() <= rows[name].max()
    for name in ("grade", "yes", "text", "word", "constant"):
        assert set(made[name].tolist()) <= set(rows[name].tolist())
    assert (made["thousands"] % 1000 == 0).all()
    assert (np.round(made["modes"], 1) == made["modes"]).all()
    assert made["day"].dtype == rows["day"].dtype


def test_what_each_column_becomes():
    columns = Columns.fit(table(0))
    kinds = {column.name: type(column) for column in columns.columns}
    numbers = ("heavy", "modes", "holes", "single", "counts", "thousands", "day", "lasts")
    assert {name for name, kind in kinds.items() if kind is Number} == set(numbers)
    assert kinds["constant"] is Constant
    blocks = {column.name: column.blocks for column in columns.columns}
    assert blocks["heavy"] == (("tanh", 1),)
    assert blocks["holes"] == (("tanh", 1), ("softmax", 2))
    assert blocks["text"] == (("softmax", 4),)  # a missing one is the fourth
    assert sum(blocks.values(), ()) == columns.layout
    few = Columns.fit({"a": np.arange(40) % 4, "b": np.arange(40)}, numbers=["a"], categories=["b"])
    assert [type(column) for column in few.columns] == [Number, Category]
    assert type(Columns.fit({"a": np.arange(8)}).columns[0]) is Number  # few rows, each with its own


@pytest.mark.parametrize("distinct", [200, 5000])
def test_stored_numbers_are_standard_normal_up_to_a_factor(distinct):
    """Heavy tails, heaps and gaps alike: a randomised probability transform makes them normal."""
    random = np.random.default_rng(0)
    x = np.exp(2 * random.standard_normal(20_000))
    x[::3] = 0.0
    x[1::7] += 1e6
    if distinct < EXACT:
        x = np.quantile(x, np.linspace(0, 1, distinct))[random.integers(0, distinct, len(x))]
    columns = Columns.fit({"x": x})
    z = columns.encode({"x": x})[:, 0] * columns.columns[0].quantiles[-1]
    assert stats.kstest(z, "norm").pvalue > 0.01


def test_point_masses_come_back_in_their_share():
    random = np.random.default_rng(1)
    x = np.where(random.random(5000) < 0.37, 0.0, random.gamma(2, 1, 5000))
    x[random.random(5000) < 0.1] = np.nan
    columns = Columns.fit({"x": x})
    limit = columns.columns[0].quantiles[-1]
    there = random.random(50_000) < 0.9
    drawn = np.stack([random.standard_normal(50_000) / limit, there, ~there], 1)
    made = columns.decode(drawn)["x"]
    zeros = (x == 0).sum() / (~np.isnan(x)).sum()
    assert (made == 0).sum() / (~np.isnan(made)).sum() == pytest.approx(zeros, abs=0.01)
    assert np.isnan(made).mean() == pytest.approx(0.1, abs=0.01)
    positive = x[x > 0]
    for q in (0.01, 0.5, 0.99):
        assert np.quantile(made[made > 0], q) == pytest.approx(np.quantile(positive, q), rel=0.15)


def test_the_map_between_knots_is_the_normal_quantile():
    x = np.arange(4001.0)
    columns = Columns.fit({"x": x})
    z = columns.encode({"x": x})[:, 0] * columns.columns[0].quantiles[-1]
    exact = special.ndtri((np.arange(4001) + 0.5) / 4001)
    np.testing.assert_allclose(z, exact, atol=5e-3)  # 257 knots; the last intervals are the widest
    outside = columns.encode({"x": np.array([-50.0, 9999.0])})[:, 0]
    np.testing.assert_allclose(outside, [-1, 1], rtol=1e-6)


def refused(rows, **more):
    with pytest.raises(DataError) as error:
        Columns.fit(rows, **more)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_refused():
    x = np.arange(50.0)
    assert "has 49 rows, 'x' has 50" in refused({"x": x, "y": x[1:]})
    assert "an infinite number" in refused({"x": np.where(x == 3, np.inf, x)})
    assert "50 different values in 50 rows" in refused({"x": x, "id": x.astype(str)})
    assert "mixes int, str" in refused({"x": x, "y": np.array([1, "a"] * 25, object)})
    assert "holds tuple" in refused({"x": x, "y": np.array([(1,), (2,)] * 25 + [0], object)[:50]})
    assert "of type complex128" in refused({"x": x + 1j})
    assert "has 2 axes" in refused({"x": x[:, None]})
    assert "no rows" in refused({"x": x[:0]})
    assert "no rows" in refused({})
    assert "beyond 2^53" in refused({"x": np.arange(50) + 2**60})
    assert "one value only; there is nothing" in refused({"x": np.ones(50)})
    assert "there is none of this name" in refused({"x": x}, categories=["z"])


def test_other_rows_must_be_alike():
    columns = Columns.fit({"x": np.arange(50.0), "c": np.array(["a", "b"] * 25)})
    for rows, said in (
        ({"x": np.arange(3.0)}, "column 'c' is missing"),
        ({"x": np.arange(3.0), "c": ["a", "b", "e"]}, "'e' is not among its categories ('a', 'b')"),
        ({"x": np.array([1, np.nan]), "c": ["a", "b"]}, "1 missing values, there were none"),
        ({"x": ["u", "v"], "c": ["a", "b"]}, "'u' found where numbers were"),
    ):
        with pytest.raises(DataError) as error:
            columns.encode(rows)
        assert said in str(error.value)
    more = columns.encode({"c": np.array(["b"]), "other": [1], "x": [7]})  # in any order
    assert columns.decode(more)["x"] == 7


def test_objects_that_are_numbers_become_floats():
    columns = Columns.fit({"x": np.array([*range(39), None], object)})
    made = columns.decode(columns.encode({"x": [3, None]}))
    np.testing.assert_array_equal(made["x"], [3.0, np.nan])


def test_constants_keep_their_type():
    rows = {
        "x": np.arange(20.0),
        "nan": np.full(20, np.nan, np.float32),
        "none": np.full(20, None),
        "day": np.full(20, "2020-02-02", "M8[s]"),
        "never": np.full(20, "NaT", "M8[D]"),
        "one": np.ones(20, np.int8),
    }
    columns = Columns.fit(rows)
    read = Columns.from_json(json.loads(json.dumps(columns.to_json())))
    made = read.decode(columns.encode(rows))
    for name in rows:
        assert same(rows[name], made[name]) or np.isnat(made[name]).all(), name
