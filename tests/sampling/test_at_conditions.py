"""sample.py at conditions: what is drawn for which, from flags and files, as sheets, sweeps and folders."""

import csv
import json

import numpy as np
import pytest
from cli_helpers import call
from conftest import make_config
from PIL import Image
from sample_helpers import VALUES, flags, sample, save, signals

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.sampling import pictures as pictures_
from cwgan_jax.sampling import stream


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    signals(folder)
    return folder


@pytest.fixture(scope="module")
def model(workdir):
    return signals(workdir / "model")


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
    seen, real = [], pictures_.PICTURES[name]

    def spy(model, title, example, row_names=(), column_names=()):
        seen.append((example, list(row_names), list(column_names)))
        return real(model, title, example, row_names, column_names)

    monkeypatch.setitem(pictures_.PICTURES, name, spy)
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
    named = {"grid": rows, "walk": rows, "classes": [x for x in columns if x][:2]}
    if format_ in named:
        assert named[format_] == [x.replace(",", ", ") for x in one]
    assert np.isfinite(example).all()
    assert len(np.unique(example.reshape(-1, 32), axis=0)) > 1
    if format_ != "classes":  # which takes 80 pictures
        sample(workdir / "run", tmp_path / "all", f"--format={format_}", "--count=1")  # with nothing chosen
