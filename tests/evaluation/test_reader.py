"""The reader of conditions: any shape and part, its cache; planted faults and their figures."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reader_helpers as given
from conftest import full_steps

from cwgan_jax import data
from cwgan_jax.data import conditions
from cwgan_jax.data.codec import NUMBERS, PIXELS
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text
from cwgan_jax.evaluation import breakdown, conditioned, reader, usefulness

EVERY = (
    Classes("c", ("x", "y")),
    Labels("l", ("p", "q", "r")),
    Number("n", 0.0, 1.0, -2.0, 2.0),
    Cycle("t", 24.0),
    Text("w", ("a", "b")),
)


def test_it_reads_held_out_examples():
    reference, held_out = given.real()
    values = conditioned.errors(reference, held_out)
    assert values["agreement_way"] == 1
    assert values["error_power"] < 0.6  # of 0 to 10
    assert values["r2_power"] > 0.9
    assert "error_power_unseen" in values  # 6 to 8


@pytest.mark.parametrize("shape", [(1, 1, 2), (5,), (37, 2), (256, 1), (9, 30, 3), (16, 4, 1), (8, 9, 10, 1)])
def test_any_shape(shape):
    start = functools.partial(reader.Network(7).init_with_output, train=False)
    (features, outputs), variables = jax.eval_shape(start, jax.random.key(0), jnp.zeros((2, *shape)))
    assert (features.shape, outputs.shape) == ((2, 128), (2, 7))
    names = "".join(variables["params"])
    assert ("conv" in names) == (len(shape) > 1 and max(shape[:-1]) > 5)
    assert ("linear" in names) == (len(shape) == 1)


def test_every_part_is_read_as_it_is_encoded():
    """Two steps are enough to see the form: probabilities sum to one, and decode gives values."""
    assert reader.OUTPUTS.keys() == {part.output for part in conditions.PARTS.values()}
    rng = np.random.default_rng(0)
    vectors = np.concatenate(
        [
            np.eye(2)[rng.integers(0, 2, 50)],
            rng.integers(0, 2, (50, 3)),
            rng.normal(size=(50, 1)),
            rng.normal(size=(50, 2)),
            rng.integers(0, 2, (50, 2)),
        ],
        1,
    ).astype(np.float32)
    rows = data.Dataset(rng.normal(size=(50, 4)).astype(np.float32), vectors, EVERY, kind="tables")
    made = reader.train(rows, NUMBERS, epochs=0, least=20)
    read = made.read(rows.example).condition
    assert read.shape == vectors.shape
    np.testing.assert_allclose(read[:, :2].sum(1), 1, atol=1e-5)
    assert ((read[:, 2:5] >= 0) & (read[:, 2:5] <= 1)).all()
    assert len(conditions.decode(EVERY, read)["t"]) == 50
    np.testing.assert_array_equal(made.read(rows.example[3:4]).condition, read[3:4])  # of its example alone
    same = reader.train(rows, NUMBERS, epochs=0, least=20)
    assert same.name == made.name
    assert reader.train(rows, NUMBERS, epochs=0, least=20, seed=1).name != made.name


def test_cached_by_its_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    trained = []

    def train(dataset, codec, progress):
        trained.append(dataset)
        return given.made()

    monkeypatch.setattr(reader, "train", train)
    monkeypatch.setattr(reader, "WIDTH", 8)
    monkeypatch.setattr(reader, "Network", functools.partial(reader.Network, width=8))
    train_, _ = given.splits()
    assert reader.reader(train_, PIXELS).name == reader.reader(train_, PIXELS).name == given.made().name
    assert len(trained) == 1
    other = train_.condition.copy()
    other[0, 0] += 1
    reader.reader(train_._replace(condition=other), PIXELS)
    reader.cached(train_).write_bytes(b"damaged")
    reader.reader(train_, PIXELS)
    assert len(trained) == 3


def figures(examples):
    reference, held_out = given.real()
    return conditioned.measured(reference, examples, held_out)


def test_real_examples_of_their_own_conditions_are_at_the_floor():
    _, held_out = given.real()
    floor, same = figures(held_out), figures(given.as_set(held_out.example, held_out.condition))
    assert same.items() >= {k: x for k, x in floor.items() if k not in ("nearest", "copies")}.items()
    assert same["diversity"] == pytest.approx(1)
    assert figures(held_out).keys() <= conditioned.figures(given.SCHEMA).keys()


def test_shuffled_conditions_are_chance_and_nothing_else_changes():
    _, held_out = given.real()
    order = np.random.default_rng(0).permutation(len(held_out.example))
    floor, values = figures(held_out), figures(given.as_set(held_out.example, held_out.condition[order]))
    assert values["agreement_way"] == pytest.approx(0.5, abs=0.15)
    assert values["error_power"] == pytest.approx(10 / 3, abs=0.5)  # two independent uniform numbers
    assert values["r2_power"] < -0.5
    assert values["frechet"] == floor["frechet"]


def test_copies_of_training_examples_are_found_though_all_else_is_good():
    train, _ = given.splits()
    values = figures(given.as_set(train.example[:200], train.condition[:200]))
    assert values["nearest"] == pytest.approx(0, abs=1e-5)
    assert values["copies"] == 1


def test_a_collapse_at_like_conditions_shows_in_the_diversity():
    """Every example is the mean of those of its way and power: right, and without any variety."""
    _, held_out = given.real()
    condition = held_out.condition.copy()
    condition[:, 0] = np.round(condition[:, 0])
    _, index = np.unique(condition, axis=0, return_index=True)
    like = [index[np.square(condition[index] - row).sum(1).argmin()] for row in condition]
    values = figures(given.as_set(held_out.example[like], held_out.condition))
    assert values["agreement_way"] == 1
    assert values["diversity"] < 0.6


def test_partners_are_close_and_never_the_same_example():
    rng = np.random.default_rng(1)
    condition = np.concatenate([rng.uniform(0, 1, (300, 1)), np.eye(3)[rng.integers(0, 3, 300)]], 1)
    pair = conditioned.partners(condition)
    assert (pair != np.arange(300)).all()
    assert np.abs(condition - condition[pair]).max() < 0.2
    alike = conditioned.partners(np.zeros((50, 2)))
    assert (alike != np.arange(50)).all()
    assert len(set(alike.tolist())) > 20  # not all with one and the same


def test_conditions_are_asked_for_in_their_joint_distribution():
    _, test = given.splits()
    chosen = conditioned.order(test.size, 3 * test.size)
    assert np.bincount(chosen).tolist() == [3] * test.size
    _, held_out = given.real()
    np.testing.assert_array_equal(held_out.condition, test.condition[chosen[: test.size]])


def test_taken_apart_by_range_and_class():
    reference, held_out = given.real()
    wrong = held_out.condition.copy()
    high = wrong[:, 0] > 0
    wrong[high, 0] -= 1 / 3  # one unit of power less
    parts = breakdown.of_parts(reference, given.as_set(held_out.example, wrong), held_out)
    ranges = parts["power"]["ranges"]
    assert sum(row["generated"] for row in ranges) == 200
    assert [row["training"] for row in ranges[6:8]] == [0, 0]
    assert any(5.5 < low < 6.1 and 7.9 < high < 8.5 for low, high in parts["power"]["gaps"])
    assert ranges[0]["error"] == pytest.approx(ranges[0]["real_error"])
    assert ranges[8]["error"] > ranges[8]["real_error"] + 0.4
    assert parts["way"]["agreement"] == [1, 1]
    rows = breakdown.combinations(reference, held_out, held_out)
    assert {row["values"]["way"] for row in rows} == {"along", "across"}
    assert all(row["right"] == row["real_right"] == 1 for row in rows)


def test_what_is_learnt_of_generated_examples_is_what_they_are_worth(monkeypatch):
    monkeypatch.setattr(usefulness, "_STEPS", 60)
    monkeypatch.setattr(usefulness, "_WIDTH", 8)  # of one program with the reader
    train, test = given.splits()
    useless = conditioned.Set(train.example, train.condition[::-1].copy(), True, None)
    with full_steps():
        found = usefulness.transfer(useless, train, test, PIXELS, lambda done, total: None)
    assert found["real"]["agreement_way"] > 0.95 > 0.7 > found["generated"]["agreement_way"]
    assert found["real"]["error_power"] < 1.5 < 2 < found["generated"]["error_power"]
    entries = usefulness.transfer_metrics({"transfer": found}, given.SCHEMA)
    assert set(entries) == {"transfer_agreement_way", "transfer_error_power"}
    assert entries["transfer_error_power"]["floor"] == found["real"]["error_power"]
