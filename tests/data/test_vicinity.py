"""Vicinal sampling: whom a batch takes, against the closed form; and where there is nothing to borrow."""

import dataclasses

import numpy as np
import pytest
from conftest import make_config

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data import conditions, indices
from cwgan_jax.data.conditions import vicinity
from cwgan_jax.data.conditions.near import Line, Space
from cwgan_jax.data.conditions.parts import Classes, Cycle, Number

SIGMA, RADIUS = 0.3, 0.8
VALUES = np.array([0.0, 0.1, 0.7, 1.5, 2.0, 6.0])
NUMBER = Number("x", 0.0, 1.0, 0.0, 6.0)


def of(schema, condition, kind="hard", sigma=None, radius=None):
    section = dataclasses.replace(
        make_config().data, vicinity=kind, vicinity_sigma=sigma, vicinity_radius=radius
    )
    return vicinity.of(section, schema, np.float32(condition))


def expected(kind):
    """The probability of every example [start, chosen], by quadrature over the noise of each start."""
    noise = np.linspace(-6, 6, 20_001)
    density = np.exp(-(noise**2) / 2)
    rows = []
    for value in VALUES:
        distance = np.abs(VALUES[:, None] - (value + SIGMA * noise))
        if kind == "hard":
            weight = (distance <= RADIUS).astype(float)
        else:
            weight = np.exp(-((distance / RADIUS) ** 2)) * (distance <= RADIUS * np.sqrt(np.log(1000)))
        found = weight.sum(0)
        share = np.divide(weight, found, out=np.zeros_like(weight), where=found > 0) * density
        rows.append(share.sum(1) / (density * (found > 0)).sum())  # noise that leads nowhere is drawn again
    return np.stack(rows)


@pytest.mark.parametrize("tree", [False, True], ids=["one number", "two"])
@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_examples_are_drawn_with_the_probabilities_of_the_estimators(kind, tree):
    """CcGAN, Eqs. 9 and 10: 1 / N of those near, or the weight over the sum of weights."""
    schema, condition = (NUMBER,), VALUES[:, None]
    if tree:  # a second number that is the same everywhere changes nothing
        schema, condition = (NUMBER, Number("y", 0.0, 1.0, 0.0, 0.0)), np.stack([VALUES, 0 * VALUES], 1)
    drawn = of(schema, condition, kind, SIGMA, RADIUS)
    if tree:
        drawn = drawn._replace(sigma=np.array([SIGMA, 0.0]))
    chosen, start = drawn.choose(3, 0, 400, 50), indices(3, 0, 400, len(VALUES), 50)
    found = np.zeros((len(VALUES), len(VALUES)))
    np.add.at(found, (start.ravel(), chosen.index.ravel()), 1)
    count, wanted = found.sum(1, keepdims=True), expected(kind)
    assert (np.abs(found / count - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / count) + 1e-3).all()
    distance = np.abs(VALUES[chosen.index] - chosen.condition[..., 0])
    assert distance.max() <= drawn.reach + 1e-6


def test_rare_weights_are_drawn_by_their_sums(monkeypatch):
    """As when every trial of the rejection fails."""
    monkeypatch.setattr(vicinity, "_TRIALS", 1)
    test_examples_are_drawn_with_the_probabilities_of_the_estimators("soft", tree=False)


def mixed(count=60):
    """A class, a number and an angle of each example, and the schema."""
    draw = np.random.default_rng(0)
    schema = (Classes("kind", ("a", "b", "c")), Number("x", 0.0, 1.0, -3.0, 3.0), Cycle("hour", 24.0))
    columns = {
        "kind": [schema[0].names[i] for i in draw.integers(0, 3, count)],
        "x": draw.standard_normal(count),
        "hour": draw.uniform(0, 24, count),
    }
    return schema, conditions.encode(schema, columns)


@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_without_noise_and_radius_it_is_plain_sampling(kind):
    for schema, condition in (((NUMBER,), VALUES[:, None]), mixed()):
        chosen = of(schema, condition, kind, 0.0, 0.0).choose(7, 2, 5, 4, 1)
        np.testing.assert_array_equal(chosen.index, indices(7, 2, 5, len(condition), 4, 1))
        np.testing.assert_array_equal(chosen.condition, np.float32(condition)[chosen.index])


def test_only_numbers_move_and_the_rest_is_equal():
    schema, condition = mixed()
    chosen = of(schema, condition, "hard", 0.2, 0.5).choose(0, 0, 20, 30)
    start = indices(0, 0, 20, len(condition), 30)
    np.testing.assert_array_equal(chosen.condition[..., :3], condition[chosen.index][..., :3])
    np.testing.assert_array_equal(chosen.condition[..., :3], condition[start][..., :3])
    moved = chosen.condition[..., 3] - condition[start][..., 3]
    assert abs(moved.std() / 0.2 - 1) < 0.1
    np.testing.assert_allclose((chosen.condition[..., 4:] ** 2).sum(-1), 1, atol=1e-6)
    place = chosen.condition[..., 3:].astype(float) - condition[chosen.index][..., 3:]
    assert np.sqrt((place**2).sum(-1)).max() <= 0.5 + 1e-6
    assert (chosen.index != start).mean() > 0.2


def test_a_batch_is_a_function_of_its_number():
    drawn = of(*mixed(), "soft")
    whole = drawn.choose(5, 3, 4, 8, stream=2)
    for i in range(4):
        one = drawn.choose(5, 3 + i, 1, 8, stream=2)
        np.testing.assert_array_equal(one.index[0], whole.index[i])
        np.testing.assert_array_equal(one.condition[0], whole.condition[i])
    other = drawn.choose(5, 3, 4, 8, stream=1)
    assert (other.condition != whole.condition).any()


@pytest.mark.parametrize("reach", [0.0, 0.25, 100.0])
def test_line_and_tree_find_what_a_search_of_all_finds(reach):
    draw = np.random.default_rng(1)
    place, group = draw.integers(-8, 9, (200, 1)) / 4.0, draw.integers(0, 5, 200)
    target, wanted = draw.integers(-10, 11, (50, 1)) / 4.0, draw.integers(0, 5, 50)
    for near in (Line(place, group), Space(place, group)):
        members, start, stop = near.within(wanted, target, reach)
        here = (group == wanted[:, None]) & (np.abs(place[:, 0] - target) <= reach)
        np.testing.assert_array_equal(near.any(wanted, target, reach), here.any(1))
        for i, row in enumerate(here):
            np.testing.assert_array_equal(np.sort(members[start[i] : stop[i]]), np.flatnonzero(row))


def test_rules_of_thumb():
    """CcGAN's on a regular grid; an outlier does not change the radius."""
    grid = np.arange(101) / 10
    drawn = of((NUMBER,), grid[:, None])
    assert drawn.sigma == pytest.approx(1.06 * grid.std() * 101**-0.2, rel=1e-3)
    assert drawn.radius == pytest.approx(0.2, rel=1e-6)
    assert of((NUMBER,), np.append(grid, 1000.0)[:, None]).radius == pytest.approx(0.2, rel=1e-4)
    assert of((NUMBER,), np.ones((5, 1))).radius == 0


def test_a_condition_without_numbers_is_refused():
    with pytest.raises(ConfigError, match=r"config\.data.vicinity=soft: the condition has no number"):
        of(conditions.of_classes("ab"), np.zeros(4), "soft")
