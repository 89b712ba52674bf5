"""sample.py at conditions: what is drawn for which, from flags and files, as sheets, sweeps and files."""

import csv
import json

import numpy as np
import pytest
from cli_helpers import call, refused
from conftest import make_config
from PIL import Image
from sample_helpers import sample, save

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data import conditions, scaling
from cwgan_jax.data.columns import Columns
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.parts import Classes, Cycle, Labels, Number, Text
from cwgan_jax.data.scaling import Channels

POWER = Number("power", 2.0, 1.0, 0.5, 4.0)
SCHEMA = (POWER, Classes("digit", ("3", "7")), Cycle("angle", 360.0))
VALUES = {
    "power": ["0.3", 1.5, 4],
    "digit": ["7", 3, "3"],
    "angle": [0, "45", 450.0],
}
FROM_FILE = {"data__name": "arrays", "data__key": "wave", "data__condition": "power,digit,angle"}


def signals(workdir, axes="NCL", file="in.npz", schema=SCHEMA):
    """Signals [N, 2, 16] of int16, in a file; a dense generator, not trained."""
    cfg = make_config(**FROM_FILE | {"data__axes": axes, "data__file": file, "model__architecture": "mlp"})
    fit = Channels((100.0, -5.0), (30.0, 2.0), "int16", 0.0, 200.0)
    return save(
        workdir / "run",
        cfg,
        kind="signals",
        shape=[16, 2],
        conditions=conditions.to_json(schema),
        scaling=scaling.to_json(fit),
    )


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    signals(folder)
    return folder


@pytest.fixture(scope="module")
def model(workdir):
    return signals(workdir / "model")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Images of captions."""
    folder = tmp_path_factory.mktemp("captions") / "run"
    schema = (Text("caption", ("a", "blue", "red", "three")),)
    save(folder, make_config(), conditions=conditions.to_json(schema))
    return folder


def flags(values):
    rows = zip(*values.values(), strict=True)
    return [f"--condition={','.join(f'{k}={v}' for k, v in zip(values, row, strict=True))}" for row in rows]


def test_the_file_is_in_the_inputs_format_units_and_axes_with_the_conditions_beside(model, workdir, tmp_path):
    """And the trainer's own reader reads it."""
    code, said, err = call(
        "sample",
        f"--workdir={workdir / 'run'}",
        f"--out={tmp_path}",
        "--format=file",
        "--count=2",
        *flags(VALUES),
    )
    beyond = "the training data have 0.5 to 4; what is drawn outside of that is an extrapolation"
    assert (code, err) == (0, [f"warning: condition power=0.3: {beyond}"])
    (path,) = tmp_path.iterdir()
    assert said == f"step 0: 3 x 2 signals in {path}\n"
    drawn = np.load(path)
    assert list(drawn) == ["wave", "power", "digit", "angle"]
    assert (drawn["wave"].shape, drawn["wave"].dtype) == ((6, 2, 16), np.int16)
    assert drawn["power"].tolist() == [0.3, 0.3, 1.5, 1.5, 4, 4]
    assert (drawn["digit"].tolist(), drawn["digit"].dtype.kind) == ([7, 7, 3, 3, 3, 3], "i")
    vector = np.array([[-1.7, 0, 1, 1, 0], [-0.5, 1, 0, 0.5**0.5, 0.5**0.5], [2, 1, 0, 0, 1]], np.float32)
    for row in range(3):
        stored = model.examples(model.latents(0, row, 2), vector[row])
        expected = np.rint(stored.astype(float) * [30, 2] + [100, -5]).astype(np.int16)
        assert np.abs(drawn["wave"][2 * row : 2 * row + 2].swapaxes(1, 2) - expected).max() <= 1
    back = data.load(
        Data(
            name="arrays",
            file=str(path),
            key="wave",
            condition="power,digit,angle",
            axes="NCL",
            types="angle=cycle:360,digit=class",
            test="0.5",
        ),
        "train",
    )
    assert (back.kind, back.shape, [part.name for part in back.schema]) == ("signals", (16, 2), list(VALUES))


def test_a_row_does_not_depend_on_the_others(workdir, tmp_path):
    """But on its place: the latents are those of the row's number."""

    def drawn(name, *rows, each=3):
        sample(workdir / "run", tmp_path / name, f"--count={each}", *rows)
        return np.load(tmp_path / name)["wave"].reshape(len(rows), each, 2, 16)

    a, b, c = (
        "--condition=power=1,digit=3,angle=0",
        "--condition=power=2,digit=7,angle=9",
        "--condition=power=3,digit=3,angle=0",
    )
    first = drawn("1.npz", a, b)
    np.testing.assert_array_equal(drawn("2.npz", a, c)[0], first[0])
    np.testing.assert_array_equal(drawn("3.npz", c, b, each=2)[1], first[1, :2])
    assert (drawn("4.npz", b)[0] != first[1]).any()


def test_many_are_drawn_in_parts(model, workdir, tmp_path, monkeypatch):
    from cwgan_jax.sampling import stream

    sample(workdir / "run", tmp_path / "a.npz", "--count=130", *flags(VALUES)[1:])
    monkeypatch.setattr(stream, "PART", 70)
    sample(workdir / "run", tmp_path / "b.npz", "--count=130", *flags(VALUES)[1:])
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def write(path, columns):
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".parquet":
        import pandas

        pandas.DataFrame({name: [float(x) for x in values] for name, values in columns.items()}).to_parquet(
            path
        )
    else:
        with path.open("w", newline="") as file:
            lines = csv.DictWriter(file, list(columns))
            lines.writeheader()
            lines.writerows(rows)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_conditions_from_a_file_are_those_of_the_flags(workdir, tmp_path, suffix):
    """In any order; the columns that are no condition are not read."""
    columns = dict(reversed(VALUES.items())) | {"note": [1, 2, 3]}
    given = write(tmp_path / f"rows{suffix}", columns)
    status, _, err = call(
        "sample", f"--workdir={workdir / 'run'}", f"--condition_file={given}", f"--out={tmp_path / 'a.npz'}"
    )
    assert status == 0
    assert err[0] == f"warning: --condition_file={given}: columns that are no condition are not read: note"
    assert (
        call("sample", f"--workdir={workdir / 'run'}", *flags(VALUES), f"--out={tmp_path / 'b.npz'}")[0] == 0
    )
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_classes_from_a_file_take_the_latents_of_their_class_in_turn(tmp_path):
    model = save(tmp_path / "run", make_config())
    given = write(tmp_path / "rows.csv", {"class": ["dog", "ant", "dog"]})
    sample(tmp_path / "run", tmp_path / "a.npz", f"--condition_file={given}", "--count=2")
    drawn = np.load(tmp_path / "a.npz")
    assert drawn["class"].tolist() == ["dog", "dog", "ant", "ant", "dog", "dog"]
    dogs, ants = (model.rows(model.classes([label]), 4, seed=0)[0] for label in (3, 0))
    np.testing.assert_array_equal(drawn["x"], np.concatenate([dogs[:2], ants[:2], dogs[2:]]))
    sample(tmp_path / "run", tmp_path, "--condition=dog", "--condition=ant", "--count=2")
    sample(tmp_path / "run", tmp_path / "other", "--classes=dog,ant", "--count=2")
    (path,) = (tmp_path / "other").iterdir()
    assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def shown(monkeypatch, name):
    """What is put on sheets, as (examples, names of the rows, names of the columns)."""
    from cwgan_jax.sampling import pictures

    seen, real = [], pictures.PICTURES[name]

    def spy(model, title, example, row_names=(), column_names=()):
        seen.append((example, list(row_names), list(column_names)))
        return real(model, title, example, row_names, column_names)

    monkeypatch.setitem(pictures.PICTURES, name, spy)
    return seen


def test_a_sweep_changes_one_part_alone(model, workdir, tmp_path, monkeypatch):
    seen = shown(monkeypatch, "signals")
    said = sample(
        workdir / "run", tmp_path, "--sweep=power=1:3:3", "--condition=digit=7,angle=90", "--count=2"
    )
    path = tmp_path / "sweep-step0-power=1to3by3-digit=7-angle=90-x2-seed0.png"
    assert said == f"step 0: 2 x 3 signals in {path}\n"
    example, rows, columns = seen[0]
    assert (rows, columns) == (["digit=7, angle=90 #0", "digit=7, angle=90 #1"], ["1", "2", "3"])
    for column, power in enumerate((-1, 0, 1)):
        vector = np.array([power, 0, 1, 0, 1], np.float32)
        np.testing.assert_allclose(
            example[:, column], model.examples(model.latents(0, 0, 2), vector), atol=1e-5
        )
    with Image.open(path.with_suffix(".gif")) as gif:
        assert gif.n_frames == 16  # three values, three frames between, there and back
    with Image.open(path) as picture:
        assert picture.width > 300


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--format=sweep"], ["0.5", "0.9375", "1.375", "1.812", "2.25", "2.688", "3.125", "3.562", "4"]),
        (
            ["--sweep=angle", "--condition=power=1,digit=3"],
            ["0", "45", "90", "135", "180", "225", "270", "315", "360"],
        ),
        (["--sweep=digit"], ["3", "7"]),
    ],
)
def test_sweeps_by_default(workdir, tmp_path, monkeypatch, given, expected):
    seen = shown(monkeypatch, "signals")
    sample(workdir / "run", tmp_path, *given, "--count=1")
    assert seen[0][2] == expected


@pytest.mark.parametrize("format_", ["grid", "walk", "plane", "classes", "truncation"])
def test_every_sheet_shows_any_conditions(workdir, tmp_path, monkeypatch, format_):
    seen = shown(monkeypatch, "signals")
    one = ["power=1,digit=3,angle=0", "power=2,digit=7,angle=9"]
    sample(workdir / "run", tmp_path, f"--format={format_}", "--count=2", *(f"--condition={x}" for x in one))
    example, rows, columns = seen[0]
    named = {"grid": rows, "walk": rows, "classes": [x for x in columns if x][:2]}.get(format_)
    if named:
        assert named == [x.replace(",", ", ") for x in one]
    assert np.isfinite(example).all()
    assert len(np.unique(example.reshape(-1, 32), axis=0)) > 1
    sample(workdir / "run", tmp_path / "all", f"--format={format_}", "--count=1")  # with nothing chosen


def test_captions(pictures, tmp_path):
    """Words that are not known are said."""
    folder = tmp_path / "drawn"
    status, _, err = call(
        "sample",
        f"--workdir={pictures}",
        "--condition=a red three",
        "--condition=a green, three",
        "--format=folder",
        "--count=2",
        f"--out={folder}",
    )
    assert (status, err) == (
        0,
        ["warning: condition caption: the training data have no word green; it is not read"],
    )
    with (folder / "metadata.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file_name", "caption"]
    assert [row[1] for row in rows[1:]] == ["a red three"] * 2 + ["a green, three"] * 2
    said = sample(pictures, tmp_path, "--condition=a red three", "--count=1")
    assert "grid-step0-a-red-three-x1-seed0.png" in said
    message = refused("sample", f"--workdir={pictures}")
    assert (
        'a text says what to draw, --condition="some words"; the training data have the words a, blue'
        in message
    )
    assert "caption cannot go from value to value" in refused(
        "sample", f"--workdir={pictures}", "--format=sweep"
    )


def test_a_folder_is_a_training_set_with_its_conditions(tmp_path):
    schema = (POWER, Labels("tags", ("big", "old")))
    save(tmp_path / "run", make_config(), conditions=conditions.to_json(schema), shape=[16, 16, 4])
    rows = [f"--condition=power={1 + i / 10},tags={('big;old', 'old', '')[i % 3]}" for i in range(12)]
    sample(tmp_path / "run", tmp_path / "f", "--format=folder", "--count=1", *rows)
    with Image.open(tmp_path / "f/images/00000.png") as picture:
        assert (picture.size, picture.mode) == ((16, 16), "RGBA")
    found = data.load(
        Data(
            name="folder",
            dir=str(tmp_path / "f"),
            size=16,
            channels=4,
            condition="power,tags",
            types="tags=labels",
        ),
        "train",
    )
    assert (found.shape, [part.kind for part in found.schema]) == ((16, 16, 4), ["number", "labels"])


def table_model(workdir, file="in.csv"):
    rng = np.random.default_rng(0)
    table = {
        "mass": rng.normal(3, 1, 200),
        "count": rng.poisson(30, 200),
        "sex": np.array(["f", "m"], object)[rng.integers(0, 2, 200)],
        "planet": np.full(200, "earth"),
    }
    columns = Columns.fit(table)
    cfg = make_config(
        data__name="arrays", data__file=file, data__condition="power", model__architecture="table"
    )
    return save(
        workdir,
        cfg,
        kind="tables",
        shape=[columns.width],
        conditions=conditions.to_json((POWER,)),
        scaling=scaling.to_json(columns),
    ), table


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npz"])
def test_tables_have_the_columns_of_the_input(tmp_path, suffix):
    from cwgan_jax.data.files import open_file

    _, table = table_model(tmp_path / "run", "in.csv" if suffix == ".csv" else "in.mat")
    out = tmp_path if suffix == ".csv" else tmp_path / f"x{suffix}"
    sample(tmp_path / "run", out, "--format=file", "--condition=1", "--condition=power=2", "--count=3")
    (path,) = tmp_path.glob(f"*{suffix}")
    file = open_file(path)
    assert list(file.shapes) == [*table, "power"]
    assert file.read("power").tolist() == [1, 1, 1, 2, 2, 2]
    assert file.read("count").dtype.kind == "i"
    assert set(file.read("sex")) <= {"f", "m"}
    assert set(file.read("planet")) == {"earth"}


def test_tables_as_a_picture(tmp_path):
    table_model(tmp_path / "run")
    said = sample(tmp_path / "run", tmp_path)
    assert "8 x 1000 rows in" in said
    many = [f"--condition={i}" for i in range(1, 5)] * 3
    assert "12 conditions: more than 8 cannot be told apart" in refused(
        "sample", f"--workdir={tmp_path / 'run'}", *many
    )


@pytest.mark.parametrize(("kind", "shape"), [("fields", [8, 12, 1]), ("volumes", [4, 6, 8, 1])])
def test_fields_and_volumes(tmp_path, kind, shape):
    fit = Channels((1.0,), (2.0,), "float32", -1.0, 3.0)
    cfg = make_config(data__name="arrays", data__file="in.h5", model__architecture="mlp")
    save(
        tmp_path / "run",
        cfg,
        kind=kind,
        shape=shape,
        conditions=conditions.to_json((POWER,)),
        scaling=scaling.to_json(fit),
    )
    sample(tmp_path / "run", tmp_path, "--count=2", "--sweep=power=1:2:2")
    sample(tmp_path / "run", tmp_path, "--count=2", "--condition=power=2", "--format=file")
    import h5py

    (path,) = tmp_path.glob("file-*.h5")
    with h5py.File(path) as file:
        assert file["x"].shape == (2, *shape[:-1])
        assert file["x"].dtype == np.float32
    message = refused(
        "sample", f"--workdir={tmp_path / 'run'}", "--condition=2", f"--out={tmp_path / 'x.csv'}"
    )
    assert message.startswith("error: .csv: a table has a row of numbers for each example, and these are")
    assert not list(tmp_path.glob("*.csv")) + list(tmp_path.glob(".*"))


def test_signals_in_a_table_and_beside_one(tmp_path):
    signals(tmp_path, schema=(POWER,))
    cfg = make_config(
        data__name="arrays", data__key="a,b", data__axes="NL", data__file="in.csv", model__architecture="mlp"
    )
    fit = scaling.to_json(Channels((1.0,), (2.0,), "float32", -1.0, 3.0))
    save(
        tmp_path / "two",
        cfg,
        kind="signals",
        shape=[2, 1],
        conditions=conditions.to_json((POWER,)),
        scaling=fit,
    )
    sample(tmp_path / "two", tmp_path / "x.csv", "--condition=2", "--count=2")
    head, *rows = (tmp_path / "x.csv").read_text().splitlines()
    assert (head, len(rows)) == ("a,b,power", 2)
    sample(tmp_path / "run", tmp_path / "x.npy", "--condition=2", "--condition=3", "--count=2", "--overwrite")
    assert np.load(tmp_path / "x.npy").shape == (4, 2, 16)
    assert (tmp_path / "x.csv").read_text() == "power\n2.0\n2.0\n3.0\n3.0\n"


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
