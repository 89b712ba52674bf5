"""Signals, fields and volumes: what their sheets show, and small runs of them from a file."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import run_helpers as runs
from conftest import long, make_config, relative
from PIL import Image

from cwgan_jax import data
from cwgan_jax.common.files import json_lines
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions.parts import Classes, Number
from cwgan_jax.kinds import KINDS, fields, numbers, rows, volumes
from cwgan_jax.pictures.numbers import Panel, lines, maps

SHAPES = {"signals": (16, 1), "fields": (8, 12, 2), "volumes": (4, 6, 5, 1)}


def dataset(kind="signals", parts=(), count=40):
    draw = np.random.default_rng(0)
    columns = {"power": draw.uniform(2, 5, count), "animal": np.array(["cat", "dog"])[np.arange(count) % 2]}
    schema = tuple(Number.of(x, columns[x]) if x == "power" else Classes(x, ("cat", "dog")) for x in parts)
    condition = conditions.stored(schema, {x: columns[x] for x in parts}) if parts else np.zeros((count, 0))
    return data.Dataset(draw.standard_normal((count, *SHAPES[kind])), condition, schema, kind=kind)


def of_conditions(examples, conditional):
    return rows.rows(examples, conditional, 8, 4)


def test_a_row_is_a_class():
    found = of_conditions(dataset(parts=["animal"]), True)
    assert [row.name for row in found] == ["cat", "dog"]
    assert [row.condition.item() for row in found] == [0, 1]
    for label, row in enumerate(found):
        assert len(row.real) == 4
        assert all(number % 2 == label for number in row.real)


@pytest.mark.parametrize("parts", [["power"], ["animal", "power"]])
def test_a_row_is_the_condition_of_a_real_example(parts):
    """The first number is spread evenly over its range, from end to end."""
    examples = dataset(parts=parts)
    found = of_conditions(examples, True)
    column = examples.condition[:, -1]
    values = [column[row.real[0]] for row in found]
    assert values[0] == column.min()
    assert values[-1] == column.max()
    assert values == sorted(values)
    assert max(np.diff(values)) < 0.4 * (values[-1] - values[0])
    for row in found:
        np.testing.assert_array_equal(row.condition, examples.condition[row.real[0]])
        (power,) = (float(part.split("=")[1]) for part in row.name.split(", ") if part.startswith("power"))
        shown = conditions.decode(examples.schema, row.condition[None])["power"][0]
        assert power == pytest.approx(shown, rel=1e-3)


def test_rows_without_conditions():
    for examples in (dataset(), dataset(parts=["animal"])):
        found = of_conditions(examples, False)
        assert [(row.name, len(row.real)) for row in found] == [("", 4)] * 8
        config = make_config(model__conditional=False)
        assert rows.vectors(examples.schema, examples.condition, config).shape == (40, 0)


def test_slices_of_a_volume():
    x = np.arange(4 * 6 * 5).reshape(1, 1, 4, 6, 5)
    across_x, across_y, across_z = np.split(volumes.slices(x)[0, 0], [6, 12], axis=1)
    np.testing.assert_array_equal(across_x[:6, :5], x[0, 0, 2])
    np.testing.assert_array_equal(across_y[:4, :5], x[0, 0, :, 3])
    np.testing.assert_array_equal(across_z[:4], x[0, 0, :, :, 2])
    assert np.isnan(across_y[4:]).all()
    assert np.isnan(across_x[:, 5]).all()


def test_channels_of_a_field_side_by_side():
    x = np.arange(24).reshape(1, 1, 2, 4, 3)
    tile = fields.side_by_side(x)[0, 0]
    assert tile.shape == (2, 14)
    np.testing.assert_array_equal(tile[:, 5:9], x[0, 0, ..., 1])
    assert np.isnan(tile[:, 4]).all()


def blue(picture):
    pixels = np.asarray(picture).astype(int)
    return (pixels[..., 2] > 150) & (pixels[..., 0] < 100)


def test_lines_stand_where_their_values_are():
    """One real signal is low, one high, one missing; generated ones beyond these are cut at the edge."""
    real = np.full((1, 3, 8, 1), np.nan)
    real[0, 0], real[0, 1] = 0, 1
    picture = lines([Panel("generated", real + 5), Panel("real", real)], ["one"], "mV")
    edge = picture.info["panel"]
    drawn = blue(picture)
    rows = [np.flatnonzero(part.any(1)) for part in np.array_split(drawn[:, edge:], 3, axis=1)]
    assert rows[0].min() > rows[1].max() + 20
    assert not len(rows[2])
    left = np.flatnonzero(drawn[:, :edge].any(1))
    assert abs(left.max() - rows[1].max()) <= 1  # at the upper edge


def test_maps_have_one_scale():
    """The same field has the same colours in both panels; beyond the real range it has those of its ends."""
    field = np.linspace(0, 1, 64).reshape(1, 1, 8, 8)
    same, high = (
        np.asarray(maps([Panel("a", x), Panel("b", field)], [], "", "")) for x in (field, field + 9)
    )
    edge = _edge(maps([Panel("a", field), Panel("b", field)], [], "", ""))
    middle = slice(60, 100)
    left, right = same[middle, :edge], same[middle, edge:]
    first, second = ({tuple(colour) for colour in part.reshape(-1, 3)} for part in (left, right))
    assert len(first) > 8
    assert first <= second  # where the bar is
    yellow = high[middle, 30:90].reshape(-1, 3)
    assert len(np.unique(yellow, axis=0)) == 1
    assert yellow[0, 0] > 200 > 100 > yellow[0, 2]


def _edge(picture):
    return picture.info["panel"]


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("parts", [(), ("animal",), ("power", "animal")])
def test_sheets(kind, parts, monkeypatch):
    examples = dataset(kind, parts)
    asked = []

    def sample(algorithm, state, request, decode):
        asked.append(request)
        return np.zeros((len(request.latent), *examples.shape), np.float32)

    monkeypatch.setattr(numbers.generation, "sample", sample)
    run = SimpleNamespace(config=make_config(), dataset=examples, algorithm=None)
    picture, drawn = KINDS[kind].sheet(run, None, 7)
    assert isinstance(picture, Image.Image)
    assert 0 < picture.info["panel"] < picture.width
    assert drawn.shape[1:] == (4, *examples.shape)
    assert asked[0].condition.shape == (4 * len(drawn), conditions.width(examples.schema))
    assert len(np.unique(asked[0].latent, axis=0)) == len(asked[0].latent)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    draw = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("numbers") / "a.npz"
    arrays = {kind: draw.standard_normal((48, *shape)) for kind, shape in SHAPES.items()}
    np.savez(path, power=draw.uniform(size=48), animal=np.arange(48) % 2, **arrays)
    return path


AXES = {"signals": "NLC", "fields": "NHWC", "volumes": "NXYZC"}


def config_of(path, kind, condition, **changes):
    once = {"objective__critic_updates": 1, "train__sample_every": 100, "train__batch_size": 4}
    tiny = once | {
        "model__architecture": "mlp",
        "data__name": "arrays",
        "data__file": path,
        "data__key": kind,
    }
    tiny |= {"data__axes": AXES[kind], "data__condition": condition, "model__dtype": "float64"}
    return make_config(**tiny | {"train__devices": 1} | changes)


def measured(path, kind, condition, **changes):
    own = {"model__architecture": "signal"} if kind == "signals" else {}
    return config_of(path, kind, condition, quality__every=3, **own, **changes)


# The signals have a network of their own; tables and classes are in evaluation/test_tables.py.
@pytest.mark.parametrize(
    ("kind", "condition"), [("signals", "power"), pytest.param("fields", "animal", marks=long)]
)
def test_runs_resume_to_the_bit(x64, path, kind, condition, tmp_path, one_program):
    def run(name):
        assert runs.in_process(measured(path, kind, condition), tmp_path / name) == 0
        return runs.final_state(tmp_path / name)

    whole = run("whole")
    runs.rewound(tmp_path / "whole", tmp_path / "resumed", 3)
    step, middle = runs.final_state(tmp_path / "resumed")
    assert step == 3
    runs.assert_same(run("resumed"), whole)
    learnt = [name for name in whole[1] if ".params" in name and "critic" in name and "kernel" in name]
    assert all(relative(whole[1][name], middle[name]) > 1e-6 for name in learnt)
    assert any("view" in name for name in learnt) == (kind == "signals")
    logged = json_lines(tmp_path / "whole" / "quality.jsonl")
    assert [line["step"] for line in logged] == [3, 6]
    assert {"spectrum", "values", "spectrum_floor", "values_floor"} < logged[0].keys()
    assert logged == json_lines(tmp_path / "resumed" / "quality.jsonl")
    assert (tmp_path / "whole" / "spectrum.png").exists()


def test_the_monitor_compares_with_held_out_examples(path):
    config = config_of(path, "signals", "power")
    train = data.load(config.data, "train")
    test = numbers.held_out(SimpleNamespace(config=config, dataset=train))
    assert test.size == 5
    other = dataclasses.replace(config.data, test="0")
    none = SimpleNamespace(config=dataclasses.replace(config, data=other), dataset=train)
    assert numbers.held_out(none) is None
    given = SimpleNamespace(config=config, dataset=dataset("fields"))  # by Python, not from this file
    assert numbers.held_out(given) is None


@long
@pytest.mark.parametrize(("kind", "condition"), [("signals", "power"), ("fields", "animal")])
def test_four_devices_follow_one(x64, path, kind, condition, tmp_path):
    for name, devices in (("one", 1), ("four", 4)):
        cfg = measured(path, kind, condition, train__devices=devices)
        assert runs.in_process(cfg, tmp_path / name) == 0
    (step, one), (other, four) = (runs.final_state(tmp_path / name) for name in ("one", "four"))
    assert step == other == 6
    for name, leaf in one.items():
        assert relative(four[name], leaf) < 1e-9, name
