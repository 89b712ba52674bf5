"""Tables about pictures: which columns become the condition, and one line for what does not fit."""

import json

import numpy as np
import pytest
from data_helpers import fails
from PIL import Image

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data import conditions
from cwgan_jax.data.parts import Classes, Number, Text

N = 40
ROWS = [
    {
        "file_name": f"{i:03}.png",
        "label": ["cat", "eel"][i % 2],
        "power": round(0.5 + 0.25 * i, 2),
        "tags": ["a;b", "b", ""][i % 3],
        "caption": f"a {['red', 'blue'][i % 2]} thing, on {['grey', 'white'][i // 2 % 2]}",
        "age": i % 7,
    }
    for i in range(N)
]


def pictures(folder, names):
    """Each of the grey that its number says."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), int(path.stem), np.uint8)).save(path)


def csv(rows, separator=","):
    quoted = [
        [f'"{value}"' if separator in str(value) else str(value) for value in row.values()] for row in rows
    ]
    return "\n".join(separator.join(line) for line in [list(rows[0]), *quoted]) + "\n"


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def load(folder, split="train", **options):
    return data.load(Data(name="folder", dir=str(folder), size=8, **options), split)


def numbers(dataset):
    """Of the pictures, which their grey is."""
    return dataset.example[np.arange(dataset.size)][:, 0, 0, 0].tolist()


@pytest.fixture
def flat(tmp_path):
    pictures(tmp_path, [row["file_name"] for row in ROWS])
    (tmp_path / "metadata.csv").write_text(csv(ROWS))
    return tmp_path


def write(folder, text, name="metadata.csv"):
    (folder / "metadata.csv").unlink(missing_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


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


def changed(index, **values):
    return [row | values if i == index else row for i, row in enumerate(ROWS)]


BAD = {
    "a row without a file": (
        csv([*ROWS, ROWS[0] | {"file_name": "40.png"}]),
        "power",
        "not there, 1 (40.png)",
    ),
    "a file outside": (csv(changed(3, file_name="../../etc/passwd\0")), "power", "not there, 1 (../../etc/"),
    "two rows": (
        csv([*ROWS, ROWS[5], ROWS[6]]),
        "power",
        "more than one row about a file, 2 (005.png, 0",
    ),
    "no name": (csv(changed(3, file_name="")), "power", "rows without a file_name, 1 (row 4)"),
    "a number for a name": (jsonl(changed(3, file_name=3)), "power", "rows without a file_name, 1 (row 4)"),
    "no such column": (
        csv(ROWS),
        "watts",
        "no column watts; its columns are: label, power, tags",
    ),
    "no value": (csv(changed(3, power="")), "power", "column power, 003.png: there is no value"),
    "null": (jsonl(changed(3, power=None)), "power", "column power, 003.png: there is no value"),
    "NaN": (jsonl(changed(3, power=float("nan"))), "power", "column power, 003.png: the value is nan"),
    "infinite": (
        jsonl(ROWS).replace(" 1.25,", " 1e999,"),
        "power",
        "power, 003.png: the value is inf",
    ),
    "a word": (csv(changed(3, power="much")), "power", 'column power, 003.png: "much" where a finite number'),
    "constant": (csv([row | {"power": 2.5} for row in ROWS]), "power", "all values are 2.5"),
    "an object": (jsonl(changed(3, power={"w": 1})), "power", "column power holds objects"),
    "no column of files": (csv([{"image": "000.png"}]), "power", "there is no column file_name", "but image"),
    "no rows": ("file_name,power\n", "power", "there is a header and no row"),
    "nothing": ("", "power", "it is empty"),
    "not UTF-8": (b"file_name,power\n\xff\xfe.png,1\n", "power", "not a table in UTF-8"),
    "a ragged row": (csv(ROWS).replace(",cat,", ",cat,cat,", 1), "power", "row 1 has 7 values, the header 6"),
    "a quote": (csv(ROWS).replace(",cat,", ',"cat"t,', 1), "power", "not a table in UTF-8"),
    "two columns alike": ("file_name,a,a\n000.png,1,2\n", "a", 'two columns are called "a"'),
    "not JSON": (jsonl(ROWS)[:-5], "power", "line 40 is not JSON"),
    "a list": ('["000.png", 1]\n', "power", "line 1 is not of the form"),
    "deep": ("[" * 100_000, "power", "metadata.jsonl"),
    "other pictures": (
        csv([{"file_name": "metadata.csv", "power": 1}]),
        "power",
        "none of its rows is about 000",
    ),
    "a wrong type": (csv(ROWS), "power", "config.data.types=power=numbers"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_in_one_line(flat, name):
    text, names, *parts = BAD[name]
    start = text if isinstance(text, str) else ""
    write(flat, text, "metadata.jsonl" if start.startswith(("{", "[")) else "metadata.csv")
    options = {"types": "power=numbers"} if name == "a wrong type" else {}
    fails(Data(name="folder", dir=str(flat), size=8, condition=names, **options), *parts)


def test_folders_that_are_refused(flat, tmp_path):
    config = Data(name="folder", dir=str(flat), size=8, condition="power")
    (flat / "metadata.jsonl").write_text(jsonl(ROWS))
    fails(config, "there are metadata.csv and metadata.jsonl")
    for name in ("metadata.csv", "metadata.jsonl"):
        (flat / name).unlink()
    fails(config, "config.data.condition=power needs metadata.csv or metadata.jsonl", "there is none")


def test_a_class_of_the_test_split_that_was_not_seen(tmp_path):
    for split, label in (("train", "cat"), ("test", "eel")):
        pictures(tmp_path / split, ["1.png", "2.png"])
        rows = [{"file_name": f"{i}.png", "label": label} for i in (1, 2)]
        (tmp_path / split / "metadata.csv").write_text(csv(rows))
    fails(Data(name="folder", dir=str(tmp_path), size=8), "label=eel: not among those of the training data")


def test_words(flat):
    (part,) = load(flat, condition="caption").schema
    assert part == Text("caption", ("a", "blue", "grey", "on", "red", "thing", "white"))
