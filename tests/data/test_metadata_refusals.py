"""One line for each thing that can be wrong with a table about pictures."""

import pytest
from data_helpers import fails
from metadata_helpers import ROWS, csv, flat, jsonl, pictures, write

from cwgan_jax.config import Data

__all__ = ["flat"]  # a fixture


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
