"""sample.py on captions, labels, tables, fields and volumes: folders, pictures, and files as the input is."""

import csv

import h5py
import numpy as np
import pytest
from cli_helpers import call, refused
from conftest import make_config
from PIL import Image
from sample_helpers import POWER, sample, save, signals

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data import conditions, scaling
from cwgan_jax.data.conditions.parts import Labels, Text
from cwgan_jax.data.files import open_file
from cwgan_jax.data.origin import Origin
from cwgan_jax.data.scaling import Channels
from cwgan_jax.data.tables.columns import Columns


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Images of captions."""
    folder = tmp_path_factory.mktemp("captions") / "run"
    schema = (Text("caption", ("a", "blue", "red", "three")),)
    save(folder, make_config(), conditions=conditions.to_json(schema))
    return folder


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


@pytest.mark.parametrize(
    ("kind", "shape", "axes"), [("fields", [8, 12, 1], "NHW"), ("volumes", [4, 6, 8, 1], "NXYZ")]
)
def test_fields_and_volumes(tmp_path, kind, shape, axes):
    fit = Channels((1.0,), (2.0,), "float32", -1.0, 3.0)
    cfg = make_config(data__name="arrays", data__file="in.h5", model__architecture="mlp")
    save(
        tmp_path / "run",
        cfg,
        kind=kind,
        shape=shape,
        conditions=conditions.to_json((POWER,)),
        scaling=scaling.to_json(fit),
        origin=Origin(axes=axes).to_json(),
    )
    sample(tmp_path / "run", tmp_path, "--count=2", "--sweep=power=1:2:2")
    sample(tmp_path / "run", tmp_path, "--count=2", "--condition=power=2", "--format=file")
    (path,) = tmp_path.glob("file-*.h5")
    with h5py.File(path) as file:
        assert file["x"].shape == (2, *shape[:-1])
        assert file["x"].dtype == np.float32
    message = refused(
        "sample", f"--workdir={tmp_path / 'run'}", "--condition=2", f"--out={tmp_path / 'x.csv'}"
    )
    assert message.startswith("error: .csv: a table has a row of numbers for each example, and these are")
    assert not list(tmp_path.glob("*.csv")) + list(tmp_path.glob(".*"))


def test_arrays_of_npy_are_files_side_by_side(tmp_path):
    signals(tmp_path, file="in.npy", schema=(POWER,))
    two = ("--condition=2", "--condition=3", "--count=2")
    sample(tmp_path / "run", tmp_path / "x.npy", *two)
    assert np.load(tmp_path / "x.npy").shape == (4, 2, 16)
    assert np.load(tmp_path / "power.npy").tolist() == [2, 2, 3, 3]
    sample(tmp_path / "run", tmp_path / "drawn", "--format=file", *two)
    names = sorted(path.name for path in tmp_path.glob("drawn/*/*"))
    assert names == ["power.npy", "wave.npy"]
    message = refused("sample", f"--workdir={tmp_path / 'run'}", f"--out={tmp_path / 'other.npy'}", *two)
    assert "power.npy: the file is there already" in message
    message = refused("sample", f"--workdir={tmp_path / 'run'}", f"--out={tmp_path / 'power.npy'}", *two)
    assert "power would have to be a file of this name beside it; choose another name" in message
    table_model(tmp_path / "table")
    message = refused("sample", f"--workdir={tmp_path / 'table'}", f"--out={tmp_path / 'y.npy'}", *two)
    assert "holds one array, and these are the columns of a table" in message
