"""Conditions that cannot be drawn, from flags and files: one line each, and nothing is written."""

import numpy as np
import pytest
from cli_helpers import call, refused
from conftest import make_config
from sample_helpers import sample, save, signals

from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import of_classes


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    signals(folder)
    return folder


NAN = "condition power=nan: it must be a finite number"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--condition=power=1,digit=3"], "condition angle is missing; all of these are needed: power"),
        (["--condition=power=1,digt=3,angle=0"], "condition digt: there is none of that name"),
        (["--condition=power=1,digit=3,angle=0,power=2"], "a name is given twice"),
        (["--condition=power=nan,digit=3,angle=0"], NAN),
        (["--condition=power=much,digit=3,angle=0"], "condition power=much: it must be a finite number"),
        (["--condition=power=1,digit=4,angle=0"], "condition digit=4: not among those of the training data"),
        (["--condition=three"], "write power=VALUE,digit=VALUE,angle=VALUE"),
        (["--condition="], "write power=VALUE"),
        (["--classes=3"], 'are not just a class; use --condition="power=2,digit=3'),
        (["--condition=power=1,digit=3,angle=0", "--condition_file=rows.csv"], "both say what to draw"),
        (["--condition_file=rows.csv"], "--condition_file=rows.csv: there is no such file"),
        (["--condition_file=rows.txt"], "--condition_file=rows.txt: no known format"),
        (["--condition_file=rows.pkl"], "no known format"),
        (["--sweep=colour"], "--sweep=colour: colour is no number or class of a condition; there are"),
        (["--sweep=power=1"], "write LOW:HIGH or LOW:HIGH:VALUES, as in --sweep=power=0.5:4:9"),
        (["--sweep=power=1:x"], "write LOW:HIGH"),
        (["--sweep=power=1:nan"], "two different numbers"),
        (["--sweep=power=1:2:1"], "2 to 1000 values"),
        (["--sweep=digit=3:7"], "the classes come as they are; give --sweep=digit"),
        (["--sweep=power", "--condition=power=1,digit=3,angle=0"], "write digit=VALUE,angle=VALUE"),
        (["--sweep=power", "--format=grid"], "--sweep=power: not for --format=grid; leave it out"),
        (["--format=grid", "--out=x.csv"], "--format=grid writes to a folder"),
        (["--format=folder"], "--format=folder: this model makes signals; formats: grid"),
        (["--count=0"], "--count=0"),
        (["--count=1001"], "10 x 1001 examples do not fit on one sheet"),
    ],
)  # fmt: skip
def test_bad_conditions_are_one_line(workdir, tmp_path, monkeypatch, arguments, expected):
    monkeypatch.chdir(tmp_path)
    assert expected in refused("sample", f"--workdir={workdir / 'run'}", *arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "power,digit\n1,3\n",
            "there is no column angle; it needs power, digit, angle, and has power, digit",
        ),
        ("power,digit,angle\n", "there are no rows in it"),
        ("power,digit,angle\n1,3,0\n,3,0\n", "column power, row 2: the value is nan"),
        ("power,digit,angle\n1,3,0\nx,3,0\n", "column power, row 2"),
        ("power,digit,angle\n1,3,0\n1,9,0\n", "condition digit=9: not among those of the training data"),
        ("power,digit,angle,power\n1,3,0,2\n", "two columns are called 'power'"),
        ("1,3,0\n1,3,0\n", "it must hold the names of the columns"),
        ("power,digit,angle\n1,3\n", "cannot be read"),
        ("", "the file is empty"),
    ],
)
def test_bad_files_of_conditions_are_one_line(workdir, tmp_path, text, expected):
    (tmp_path / "rows.csv").write_text(text)
    given = f"--condition_file={tmp_path / 'rows.csv'}"
    assert expected in refused("sample", f"--workdir={workdir / 'run'}", given, f"--out={tmp_path / 'out'}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text", ["[1]\n", "{\n", '{"power": 1}\n', '{"power": null, "digit": 3, "angle": 0}\n', "\n"]
)
def test_bad_json_lines_are_one_line(workdir, tmp_path, text):
    (tmp_path / "rows.jsonl").write_text(text)
    message = refused("sample", f"--workdir={workdir / 'run'}", f"--condition_file={tmp_path / 'rows.jsonl'}")
    assert message.startswith(f"error: --condition_file={tmp_path / 'rows.jsonl'}: ")


def test_a_file_that_is_there_is_kept(workdir, tmp_path):
    (tmp_path / "x.npz").write_text("mine")
    arguments = f"--workdir={workdir / 'run'}", f"--out={tmp_path / 'x.npz'}", "--count=1"
    assert "the file is there already; replace it with --overwrite" in refused("sample", *arguments)
    assert (tmp_path / "x.npz").read_text() == "mine"
    assert call("sample", *arguments, "--overwrite")[0] == 0
    assert len(np.load(tmp_path / "x.npz")["wave"]) == 10


def test_a_model_without_conditions(tmp_path):
    save(
        tmp_path / "run",
        make_config(model__conditional=False),
        conditions=conditions.to_json(of_classes("ab")),
    )
    (tmp_path / "rows.csv").write_text("class\na\n")
    workdir = f"--workdir={tmp_path / 'run'}"
    for flag in ("--condition=class=a", f"--condition_file={tmp_path / 'rows.csv'}", "--sweep=class"):
        assert "this model was trained without conditions" in refused("sample", workdir, flag)
    assert "use --format=walk" in refused("sample", workdir, "--format=sweep")
    sample(tmp_path / "run", tmp_path / "x.npz", "--count=3")
    assert list(np.load(tmp_path / "x.npz")) == ["x"]
