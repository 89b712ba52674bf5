"""Figures of tables against closed forms and libraries, and with the floor of real rows."""

import numpy as np
import pytest
from scipy import stats

from cwgan_jax.data.tables.columns import Columns
from cwgan_jax.metrics import marginals, tables


def rows(count, seed, *, shift=0.0, rare=0.02):
    """Two numbers that go together, a category that goes with them, a rare one, and a target."""
    random = np.random.default_rng(seed)
    x = random.standard_normal(count)
    y = 0.8 * x + 0.6 * random.standard_normal(count) + shift
    group = np.where(x > 0.5, "high", np.where(x < -0.5, "low", "middle"))
    odd = np.where(random.random(count) < rare, "rare", "usual")
    return {"x": x, "y": y, "group": group, "odd": odd}


REAL = rows(1500, 0)
TEST = rows(1000, 1)
COLUMNS = Columns.fit(REAL)


def test_distances_of_columns():
    a = {**REAL, "odd": np.array(["usual"] * 1350 + ["rare"] * 150)}
    moved = {**a, "x": a["x"] + 0.7, "odd": np.roll(np.array(["usual"] * 1200 + ["rare"] * 300), 7)}
    found = marginals.marginal_distances(COLUMNS, a, moved)
    assert found["x"] == pytest.approx(0.7 / a["x"].std(), rel=1e-12)  # a shift moves everything by itself
    assert found["odd"] == pytest.approx(0.1, rel=1e-12)
    assert found["y"] == found["group"] == 0


def test_rounding_at_an_edge_moves_a_row_by_a_whole_gap():
    """Why figures of one and of several devices, in float32, can differ by more than the weights do."""
    x = np.arange(100.0)
    columns = Columns.fit({"x": x})
    number = columns.columns[0]
    edge = np.float32(number.quantiles[2 * 40] / number.quantiles[-1])
    sides = np.nextafter(edge, np.float32([-1, 1]))
    assert number.decode(sides[:, None]).tolist() == [39, 40]
    moved = {"x": np.where(x == 39, 40, x)}
    found = marginals.marginal_distances(columns, {"x": x}, moved)
    assert found["x"] == pytest.approx(1 / x.std() / 100)


def test_missing_numbers_count_by_their_share():
    x = np.arange(100.0)
    holes = np.where(np.arange(100) % 4 == 0, np.nan, x)
    columns = Columns.fit({"x": holes})
    found = marginals.marginal_distances(columns, {"x": holes}, {"x": np.where(np.isnan(holes), 1e9, holes)})
    assert found["x"] >= 0.25
    less = np.where(np.arange(100) % 2 == 0, np.nan, np.resize(holes[~np.isnan(holes)], 100))
    there = less[~np.isnan(less)], holes[~np.isnan(holes)]
    moved = stats.wasserstein_distance(*there) / there[1].std()
    found = marginals.marginal_distances(columns, {"x": holes}, {"x": less})
    assert found["x"] == pytest.approx(moved + 0.25)


def test_associations_against_scipy():
    matrix = marginals.associations(COLUMNS, REAL)
    assert matrix[0, 1] == pytest.approx(stats.spearmanr(REAL["x"], REAL["y"])[0], rel=1e-12)
    table = stats.contingency.crosstab(REAL["group"], REAL["odd"]).count
    assert matrix[2, 3] == pytest.approx(stats.contingency.association(table, method="cramer"), rel=1e-12)
    # The correlation ratio is the root of H / (N - 1), H of the test of Kruskal and Wallis.
    parts = [REAL["x"][REAL["group"] == name] for name in ("high", "low", "middle")]
    h = stats.kruskal(*parts).statistic
    assert matrix[0, 2] == pytest.approx(np.sqrt(h / 1499), rel=1e-9)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert marginals.association_gap(matrix, matrix) == 0
    other = matrix.copy()
    other[0, 1] += 0.6
    assert marginals.association_gap(matrix, other) == pytest.approx(0.1)  # of six pairs
    flat = marginals.associations(COLUMNS, {**REAL, "x": np.zeros(1500), "odd": np.full(1500, "usual")})
    assert not np.triu(flat, 1)[[0, 0, 0, 1, 2], [1, 2, 3, 3, 3]].any()


def test_rare_categories_are_covered_or_not():
    share = lambda count: np.array(["rare"] * count + ["usual"] * (1000 - count))  # noqa: E731
    columns = Columns.fit({"odd": share(40)})
    covered = [marginals.rare_coverage(columns, {"odd": share(40)}, {"odd": share(n)}) for n in (0, 19, 20)]
    assert covered == [0, 0, 1]
    assert np.isnan(marginals.rare_coverage(columns, {"odd": share(60)}, {"odd": share(0)}))


def test_a_classifier_tells_what_differs_and_nothing_else():
    """Of two normal distributions apart by d the best accuracy is the normal CDF of d / 2."""
    same = tables.c2st(COLUMNS, TEST, rows(1000, 2))
    assert same["c2st"] == pytest.approx(0.5, abs=0.05)
    assert same["c2st_auc"] == pytest.approx(0.5, abs=0.05)
    one = Columns.fit({"x": REAL["x"]})
    told = tables.c2st(one, {"x": TEST["x"]}, {"x": rows(1000, 2)["x"] + 2.0})
    assert told["c2st"] == pytest.approx(stats.norm.cdf(1.0), abs=0.04)
    assert told["c2st_auc"] == pytest.approx(stats.norm.cdf(np.sqrt(2)), abs=0.04)
    # The marginals are right, the columns do not go together any more.
    torn = {name: np.roll(x, 17 * i) for i, (name, x) in enumerate(rows(1000, 2).items())}
    assert tables.c2st(COLUMNS, TEST, torn)["c2st"] > 0.7


def test_trained_on_generated_rows():
    real = tables.trained_on(COLUMNS, REAL, TEST, "group")
    assert real["accuracy"] > 0.97  # the groups are a function of x
    wrong = {**REAL, "group": np.random.default_rng(0).permutation(REAL["group"])}
    assert tables.trained_on(COLUMNS, wrong, TEST, "group")["accuracy"] < 0.5
    one = {**REAL, "group": np.full(1500, "high")}  # collapsed
    share = (TEST["group"] == "high").mean()
    assert tables.trained_on(COLUMNS, one, TEST, "group")["accuracy"] == pytest.approx(share)
    r2 = tables.trained_on(COLUMNS, REAL, TEST, "y")["r2"]
    assert r2 == pytest.approx(0.64, abs=0.08)  # the share of y's variance that x has


def test_copies_are_seen():
    fresh = tables.copies(COLUMNS, rows(800, 5), REAL, TEST)
    assert fresh["nearest"] == pytest.approx(1, abs=0.15)
    assert fresh["copies"] == pytest.approx(0.01, abs=0.015)
    assert tables.copies(COLUMNS, TEST, REAL, TEST)["nearest"] == 1
    half = {name: np.where(np.arange(1000) % 2, REAL[name][:1000], TEST[name]) for name in REAL}
    assert tables.copies(COLUMNS, half, REAL, TEST)["copies"] > 0.5


def test_all_figures_and_their_floor():
    floor = tables.figures(REAL, TEST, REAL, "group")
    assert floor.keys() == tables.FIGURES.keys() - {"r2"}
    made = tables.figures(REAL, TEST, rows(900, 3, shift=1.5, rare=0.0), "group")
    assert made.keys() == floor.keys()
    for name in ("marginal", "c2st", "c2st_auc"):
        assert made[name] > floor[name] + 0.1, name
    assert (made["rare"], floor["rare"]) == (0, 1)
    assert floor["nearest"] == 1
    light = tables.light(COLUMNS, REAL, rows(900, 3, shift=1.5))
    assert light.keys() == {"marginal", "association", "c2st"}
