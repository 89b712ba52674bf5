"""Tables about pictures: which columns become the condition, and one line for what does not fit."""

import numpy as np
import pytest
from conftest import make_config
from metadata_helpers import ROWS, N, csv, flat, jsonl, pictures, write

from cwgan_jax import data
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.config import Data
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions.parts import Classes, Number, Text
from cwgan_jax.training import plan

__all__ = ["flat"]  # a fixture


def load(folder, split="train", **options):
    return data.load(Data(name="folder", dir=str(folder), size=8, **options), split)


def numbers(dataset):
    """Of the pictures, which their grey is."""
    return dataset.example[np.arange(dataset.size)][:, 0, 0, 0].tolist()


@pytest.mark.parametrize("resident_mib", [0, 4096])
def test_every_kind_of_column(flat, resident_mib):
    names = "label,power,tags,caption,age"
    train = load(flat, condition=names, resident_mib=resident_mib)
    test = load(flat, "test", condition=names, resident_mib=resident_mib)
    assert [(part.name, part.kind) for part in train.schema] == [
        *(("label", "class"), ("power", "number"), ("tags", "labels"), ("caption", "text"), ("age", "class"))
    ]
    assert numbers(test) == [9, 19, 29, 39]
    assert sorted(numbers(train) + numbers(test)) == list(range(N))
    for part in (train, test):
        stored = part.example.read(np.arange(part.size)) if resident_mib == 0 else part.stored
        np.testing.assert_array_equal(stored.condition, part.condition)
        back = conditions.decode(train.schema, part.condition)
        rows = [ROWS[i] for i in numbers(part)]
        for name in ("label", "tags"):
            assert back[name] == [row[name] for row in rows]
        assert back["age"] == [str(row["age"]) for row in rows]
        np.testing.assert_allclose(back["power"], [row["power"] for row in rows], atol=1e-5)
    assert dict(train.summary)["condition"].startswith(
        "label (2 classes: cat, eel), power (number from 0.5 to "
    )


def test_no_column_is_chosen(flat):
    """That of the classes, with the test split of class folders: every tenth of each class."""
    train, test = load(flat), load(flat, "test")
    assert train.schema == (Classes("label", ("cat", "eel")),)
    assert train.class_names == ("cat", "eel")
    assert numbers(test) == [18, 19, 38, 39]
    assert test.label.tolist() == [0, 1, 0, 1]
    assert dict(train.summary)["classes"] == "2 with 18 images each"


def test_other_forms_of_the_same_table(flat):
    """JSON lines, semicolons, a byte order mark, Windows' line ends and slashes, another order."""
    expected = load(flat, condition="label,power")
    rows = [row | {"file_name": f".\\{row['file_name']}"} for row in ROWS[::-1]]
    plain = [{key: row[key] for key in ("file_name", "label", "power")} for row in rows]
    forms = {
        "metadata.csv": b"\xef\xbb\xbf" + csv(plain, ";").replace("\n", "\r\n").encode(),
        "metadata.jsonl": jsonl(rows).replace("\n", "\n\n"),
    }
    for name, text in forms.items():
        got = load(write(flat, text, name), condition=" label , power")
        assert (got.schema, numbers(got)) == (expected.schema, numbers(expected))
        np.testing.assert_array_equal(got.condition, expected.condition)


@pytest.mark.parametrize("where", ["root", "splits"])
def test_splits(tmp_path, where):
    """One table for all, or one for each; what is learnt is learnt from the training split."""
    names = [f"{['train', 'validation', 'test'][i % 3]}/sub/{row['file_name']}" for i, row in enumerate(ROWS)]
    pictures(tmp_path, names)
    rows = [row | {"file_name": name} for row, name in zip(ROWS, names, strict=True)]
    if where == "root":
        (tmp_path / "metadata.csv").write_text(csv(rows))
    else:
        for split in ("train", "test", "validation"):
            mine = [row | {"file_name": row["file_name"].removeprefix(f"{split}/")} for row in rows]
            mine = [row for row in mine if row["file_name"].startswith("sub")]
            (tmp_path / split / "metadata.jsonl").write_text(jsonl(mine))
    train, test = (
        load(tmp_path, split, condition="power,age", types="age=number") for split in ("train", "test")
    )
    assert numbers(train) == list(range(0, N, 3))
    assert numbers(test) == list(range(2, N, 3))
    power = [ROWS[i]["power"] for i in range(0, N, 3)]
    assert train.schema == test.schema
    assert train.schema[0] == Number.of("power", power)
    back = conditions.decode(test.schema, test.condition)
    np.testing.assert_allclose(back["power"], [ROWS[i]["power"] for i in range(2, N, 3)], atol=1e-5)
    assert dict(train.summary)["splits"].endswith("to test (from test/); not used: validation/")


def test_class_folders_beside_a_table(tmp_path):
    """They are the classes where nothing is chosen, and one of the columns where something is."""
    names = [f"{row['label']}s/{row['file_name']}" for row in ROWS]
    pictures(tmp_path, names)
    rows = [row | {"file_name": name} for row, name in zip(ROWS, names, strict=True)]
    (tmp_path / "metadata.csv").write_text(csv(rows))
    assert (
        load(tmp_path).schema
        == load(tmp_path, condition="class").schema
        == (Classes("class", ("cats", "eels")),)
    )
    both = load(tmp_path, condition="class,power")
    assert [part.name for part in both.schema] == ["class", "power"]
    assert conditions.decode(both.schema, both.condition)["class"] == ["cats"] * 18 + ["eels"] * 18


def test_one_folder_beside_a_table_is_no_class(tmp_path):
    pictures(tmp_path / "images", [row["file_name"] for row in ROWS])
    rows = [row | {"file_name": f"images/{row['file_name']}"} for row in ROWS]
    (tmp_path / "metadata.csv").write_text(csv(rows))
    assert load(tmp_path).class_names == ("cat", "eel")


def test_what_sample_writes_as_a_folder(tmp_path):
    """The names of the folders lack what a file system dislikes; labels.csv has the real ones."""
    pictures(tmp_path, [f"T-shirt-top/{i}.png" for i in range(5)] + [f"Bag/{i}.png" for i in range(5, 10)])
    rows = [{"file": f"T-shirt-top/{i}.png", "label": 0, "class": "T-shirt/top"} for i in range(5)]
    rows += [{"file": f"Bag/{i}.png", "label": 8, "class": "Bag"} for i in range(5, 10)]
    write(tmp_path, csv(rows), "labels.csv")
    assert load(tmp_path).class_names == ("Bag", "T-shirt-top")
    got = load(tmp_path, condition="class")
    assert got.class_names == ("Bag", "T-shirt/top")
    assert dict(zip(numbers(got), got.label.tolist(), strict=True))[0] == 1


def test_a_flat_folder_without_a_table_has_no_condition(tmp_path):
    pictures(tmp_path, [f"{i}.png" for i in range(12)])
    train, test = load(tmp_path), load(tmp_path, "test")
    assert (train.schema, train.condition.shape, numbers(test)) == ((), (11, 0), [9])
    assert dict(train.summary)["splits"] == "11 pictures to train with, 1 to test (every tenth)"


def test_pictures_without_a_row_are_passed_over(flat):
    got = load(write(flat, csv(ROWS[:-4])), condition="power")
    assert got.size == 33
    assert "4 pictures have no row and are passed over (036.png, 037.png, 038.png, ...)" in got.warnings[0]


def test_words(flat):
    (part,) = load(flat, condition="caption").schema
    pairs = ("a blue", "a red", "blue thing", "on grey", "on white", "red thing", "thing on")
    words = ("a", "blue", "grey", "on", "red", "thing", "white")
    assert part == Text("caption", tuple(sorted((*words, *pairs))), ngrams=2)


def test_without_a_condition_only_an_unconditional_model(tmp_path):
    pictures(tmp_path, [f"{i}.png" for i in range(12)])
    options = {"data__name": "folder", "data__dir": tmp_path, "train__batch_size": 4}
    with pytest.raises(ConfigError, match=r"model\.conditional=true: the data of folder have no condition"):
        plan.make(make_config(**options))
    made = plan.make(make_config(**options, model__conditional=False))
    assert "11 training images 16x16x1" in plan.describe(made, tmp_path)
