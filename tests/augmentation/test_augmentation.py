"""Topping up: which groups, what is kept, how much is drawn, and what is written."""

import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest
import run_helpers as runs
from conftest import make_config
from PIL import Image

from cwgan_jax import config, data
from cwgan_jax.augmentation import checks, job, output, run
from cwgan_jax.augmentation.groups import asked, groups, part_of
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data import Dataset
from cwgan_jax.data.conditions import of_classes, stored
from cwgan_jax.data.conditions.parts import Classes, Number, Text
from cwgan_jax.evaluation import reader
from cwgan_jax.evaluation.reader import Reading

POWER = Number.of("power", [0, 1, 3, 10])
ANIMAL = Classes("animal", ("cat", "dog"))


def dataset(schema, **columns):
    condition = stored(schema, columns)
    return Dataset(np.zeros((len(condition), 16, 1), np.float32), condition, schema, kind="signals")


def test_groups_are_classes_or_bins_of_equal_width():
    examples = dataset((POWER, ANIMAL), power=[0, 1, 3, 10], animal=["cat", "cat", "dog", "cat"])
    cats, dogs = groups(examples, part_of(examples.schema, "animal"), 10)
    assert (cats.name, cats.members.tolist(), dogs.members.tolist()) == ("cat", [0, 1, 3], [2])
    bins = groups(examples, part_of(examples.schema, ""), 5)
    assert [group.members.tolist() for group in bins] == [[0, 1], [2], [], [], [3]]
    assert bins[2].name == "4 to 6"
    with pytest.raises(ConfigError, match=r"--part=size: .* it has power, animal"):
        part_of(examples.schema, "size")
    with pytest.raises(ConfigError, match="it has none"):
        part_of((Text("caption", ("red",)),), "")


def test_a_group_is_asked_for_with_what_its_examples_have_beside():
    examples = dataset((POWER, ANIMAL), power=[0, 1, 3, 10], animal=["cat", "cat", "dog", "cat"])
    draw = np.random.default_rng(0)
    low, _, empty, *_ = groups(examples, POWER, 5)
    columns, vectors = asked(examples, POWER, low, 50, draw)
    assert set(columns["animal"]) == {"cat"}
    assert 0 <= min(columns["power"]) < 0.3 < 1.7 < max(columns["power"]) <= 2
    np.testing.assert_allclose(vectors[:, 0], POWER.encode(columns["power"])[:, 0])
    assert set(asked(examples, POWER, empty, 50, draw)[0]["animal"]) == {"cat", "dog"}
    cats, _ = groups(examples, ANIMAL, 1)
    assert set(asked(examples, ANIMAL, cats, 50, draw)[0]["power"]) == {0, 1, 10}  # whole, as they were


class Plain:
    """Reads the first three numbers of an example as features, and as its condition."""

    def __init__(self, schema):
        self.schema = schema

    def read(self, example):
        flat = example.reshape(len(example), -1)
        return Reading(flat[:, :3], flat[:, : sum(part.width for part in self.schema)])


def test_copies_and_what_is_misread_are_found():
    schema = (POWER, ANIMAL)
    draw = np.random.default_rng(0)
    example = draw.standard_normal((400, 16, 1)).astype(np.float32)
    vectors = example[:, :3, 0].copy()
    vectors[:, 1:] = np.eye(2)[vectors[:, 1:].argmax(1)]
    train = Dataset(example[:200], vectors[:200], schema, kind="signals")
    vectors[:, 0] += draw.uniform(0, 1, 400)  # by which the reader is wrong
    held_out = Dataset(example[200:], vectors[200:], schema, kind="signals")
    learnt = checks.learn(train, held_out, Plain(schema))
    assert learnt.far["animal"] == 0
    assert learnt.far["power"] == pytest.approx(0.95, abs=0.03)
    drawn = np.concatenate([example[:2], example[:2] + 5])
    wanted = train.condition[[0, 1, 0, 1]].copy()
    wanted[2:, 0] += 5
    wanted[3, 1:] = wanted[3, :0:-1]
    wanted[1, 0] += 0.99
    copies, misread = learnt.faults(drawn, wanted)
    np.testing.assert_array_equal(copies, [True, True, False, False])
    np.testing.assert_array_equal(misread[[0, 1, 3]], [False, True, True])
    few, _ = learnt.faults(held_out.example, held_out.condition)
    assert few.mean() == pytest.approx(0.01, abs=0.006)
    assert checks.learn(train, None, Plain(schema)).near > 0


def model_of(schema, bad=0.0):
    """Draws examples that hold their condition, and the number of the latent."""

    def examples(latent, vector, truncation):
        drawn = np.zeros((len(latent), 16, 1), np.float32)
        drawn[:, : vector.shape[1], 0], drawn[:, 5, 0] = vector, latent[:, 0]
        return drawn

    each_latent = lambda seed, series, slot: np.stack([slot, 0 * slot + series], 1).astype(np.float32)  # noqa: E731
    return SimpleNamespace(schema=schema, examples=examples, each_latent=each_latent)


class Every:
    """Takes every third example for a copy, and all dogs for misread."""

    def faults(self, example, vectors):
        return example[:, 5, 0] % 3 == 0, vectors[:, 1] > 0.5


def test_topped_up_to_the_target_and_no_further():
    schema = of_classes(("cat", "dog", "emu"))
    train = dataset(schema, **{"class": ["cat"] * 4 + ["dog"] * 2 + ["emu"] * 9})
    part = part_of(schema, "")
    added = job.top_up(model_of(schema), train, part, groups(train, part, 1), Every(), target=8)
    cats, dogs, emus = added.tallies
    assert cats == ("cat", 4, 4, 6, 2, 0, 4)  # latents 1, 2, 4 and 5 of 0 to 5
    assert dogs == ("dog", 2, 6, 60, 20, 40, 0)
    assert emus == ("emu", 9, 0, 0, 0, 0, 0)
    assert added.columns == {"class": ["cat"] * 4}
    assert added.example[:, 5, 0].tolist() == [1, 2, 4, 5]
    assert str(cats) == "cat: 4 real, 4 added; 6 drawn, of which 2 were near-copies and 0 misread"
    assert "0 added of 6 wanted" in str(dogs)
    assert str(emus) == "emu: 9 real, nothing to add"


@pytest.fixture
def quick(monkeypatch):
    """A reader of a few steps."""
    train = reader.train
    few = lambda dataset, codec, progress: train(dataset, codec, epochs=0, least=20, width=2)  # noqa: E731
    monkeypatch.setattr(run.reader, "reader", few)
    monkeypatch.setattr(checks, "_NEAR", 0.0)


def test_a_run_is_topped_up_in_its_own_format(quick, tmp_path, capsys):
    draw = np.random.default_rng(0)
    classes = np.array(["cat"] * 50 + ["dog"] * 30)
    wave = np.sin(np.linspace(0, 9, 16) * np.where(classes == "cat", 1, 3)[:, None])
    path = tmp_path / "a.npz"
    wave = wave.astype(np.float32) + draw.normal(0, 0.1, (80, 16))
    np.savez(path, x=wave, animal=classes, power=np.linspace(2, 4, 80) ** 2)
    section = {"name": "arrays", "file": str(path), "key": "x", "condition": "animal,power", "test": "0.25"}
    cfg = make_config(
        **{f"data__{name}": value for name, value in section.items()},
        model__architecture="mlp",
        train__devices=1,
        train__steps=2,
        train__sample_every=100,
        train__batch_size=4,
    )
    assert runs.in_process(cfg, tmp_path / "run") == 0
    capsys.readouterr()
    options = run.Options(target=60, out=tmp_path / "out")
    warned = []
    added = run.run(tmp_path / "run", options, set_up=lambda config: None, warn=warned.append)
    said = capsys.readouterr().out
    assert "cat: 35 real, " in said
    assert "dog: 25 real, " in said
    report = json.loads((tmp_path / "out" / "augment.json").read_text())["groups"]
    assert [group["wanted"] for group in report] == [25, 35]
    for group in report:
        assert group["drawn"] == group["copies"] + group["misread"] + group["added"]
    total = sum(group["added"] for group in report)
    assert total == len(added.example) > 0
    with np.load(tmp_path / "out" / "generated.npz") as file:
        assert file["x"].shape == (total, 16)
        assert file["generated"].tolist() == [1] * total
        counts = {name: int((file["animal"] == name).sum()) for name in ("cat", "dog")}
    assert counts == {group["name"]: group["added"] for group in report}
    with pytest.raises(ConfigError, match="not empty"):
        run.run(tmp_path / "run", options, set_up=lambda config: None, warn=warned.append)

    options = run.Options(part="power", bins=3, out=tmp_path / "bins")
    run.run(tmp_path / "run", options, set_up=lambda config: None, warn=warned.append)
    low, middle, high = json.loads((tmp_path / "bins" / "augment.json").read_text())["groups"]
    part = part_of(data.load(cfg.data, "train").schema, "power")
    edges = np.linspace(part.low, part.high, 4)
    assert low["wanted"] == 0 < low["real"] - high["real"] == high["wanted"]  # up to the fullest
    with np.load(tmp_path / "bins" / "generated.npz") as file:
        assert np.histogram(file["power"], edges)[0].tolist() == [0, middle["added"], high["added"]]
        assert set(file["animal"]) <= {"cat", "dog"}
    assert middle["added"] + high["added"] > 0


def test_pictures_are_a_folder_that_can_be_read_again(tmp_path):
    schema = of_classes(("cat", "dog"))
    names = ["dog", "cat", "dog"]
    image = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    columns = {"class": np.array(names, object)}
    rows = SimpleNamespace(columns=columns, series=np.array([1, 0, 1]))
    model = SimpleNamespace(
        data={"kind": "images"},
        config=SimpleNamespace(data=SimpleNamespace(name="folder")),
        asked=lambda columns: rows,
        class_names=("cat", "dog"),
        schema=schema,
        step=3,
    )
    additions = job.Additions(image, {"class": names}, [])
    path = output.write(model, additions, tmp_path / "out", overwrite=False)
    lines = list(csv.DictReader(path.read_text().splitlines()))
    assert [line["class"] for line in lines] == names
    assert {line["generated"] for line in lines} == {"1"}
    assert [line["file_name"].split("/")[0] for line in lines] == names
    for line, pixels in zip(lines, image, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path.parent / line["file_name"])), pixels)
    section = config.Data(name="folder", dir=str(tmp_path / "out"), size=16, channels=3, condition="class")
    again = data.load(section, "train")  # one of them may be held out
    assert set(again.class_names) == {"cat", "dog"}
