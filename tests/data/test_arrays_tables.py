"""The source `arrays` on the rows of a table, as `.csv` and `.parquet`."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from cwgan_jax import config, data
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import held_out

N = 60


def rows():
    draw = np.random.default_rng(0)
    gaps = [None if i % 7 == 0 else float(x) for i, x in enumerate(draw.standard_normal(N).round(3))]
    return {
        "age (years)": draw.integers(18, 90, N),
        "income, net": draw.lognormal(8, 1, N).round(2),
        "städte": [["Köln", "São Paulo", "東京"][i % 3] for i in range(N)],
        "smoker": draw.random(N) < 0.3,
        "since": [
            datetime.datetime(2020, 1, 1) + datetime.timedelta(int(d)) for d in draw.integers(0, 900, N)
        ],
        "gaps": pa.array(gaps, pa.float64()),
        "country": ["x"] * N,
        "group": [["a", "b"][i % 2] for i in range(N)],
    }


@pytest.fixture(params=[".csv", ".parquet"])
def path(request, tmp_path):
    path = tmp_path / f"t{request.param}"
    (csv.write_csv if request.param == ".csv" else parquet.write_table)(pa.table(rows()), path)
    return path


def load(path, split="train", **keys):
    return data.load(config.Data(name="arrays", file=str(path), **keys), split)


@pytest.mark.parametrize(
    ("condition", "names"), [("", ()), ("group", ("a", "b")), ("age (years),smoker", ())]
)
def test_rows_come_back_as_they_were(path, condition, names):
    train, test = (load(path, split, condition=condition) for split in ("train", "test"))
    assert (train.kind, train.class_names, train.size + test.size) == ("tables", names, N)
    given, decoded = rows(), train.scaling.decode(train.example)
    assert list(decoded) == [name for name in given if name not in condition.split(",")]
    marks = ~held_out.by_share(0.1, N, np.arange(N) % 2 if names else None)
    for name, values in decoded.items():
        expected = np.asarray(given[name])[marks]
        if name == "since":
            assert (values.astype("M8[s]") == expected.astype("M8[s]")).all()
            continue
        assert values.dtype.kind == {"U": "O"}.get(expected.dtype.kind, expected.dtype.kind), name
        equal = (values == expected) | ((values != values) & (expected != expected))
        assert equal.all(), name


def test_names_with_commas(path):
    assert load(path, key="smoker, income, net ,gaps").scaling.names == ("smoker", "income, net", "gaps")


def test_a_share_leaves_no_category_to_the_test_split_alone():
    rare = np.array(["rare", *"ab" * 10], object)
    marks = np.arange(21) < 3
    assert held_out.without_unseen(marks, [rare]).tolist() == [False, True, True] + [False] * 18
    many = np.arange(21)  # numbers, not categories
    assert (held_out.without_unseen(marks, [many]) == marks).all()


def test_no_share_of_classes_of_one_example(path):
    assert not held_out.by_share(0.1, 5, np.arange(5)).any()
    assert held_out.by_share(0.1, 5, np.array([0, 1, 2, 2, 3])).tolist().index(True) in (2, 3)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"key": "städte,gaps", "types": "städte=number"}, "it holds no numbers, and cannot be read as such"),
        ({"test": "split"}, "config.data.test=split, the examples held out: .*'Atlantis' is not among its"),
        ({"condition": "städte", "test": "split"}, "the examples held out: .*Atlantis"),
        ({"condition": "income, net"}, 'a name of a condition has no "=" or ","; rename it'),
    ],
)
def test_mistakes_are_one_line(tmp_path, keys, message):
    table = rows() | {"split": ["test" if i < 5 else "train" for i in range(N)]}
    table["städte"] = ["Atlantis", *table["städte"][1:]]
    parquet.write_table(pa.table(table), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=message) as error:
        load(tmp_path / "t.parquet", **keys)
    assert "\n" not in str(error.value)


def test_files_that_are_none(tmp_path, monkeypatch):
    (tmp_path / "d.npz").mkdir()
    with pytest.raises(DataError, match=r"d.npz: it is a folder"):
        load(tmp_path / "d.npz")
    (tmp_path / "latin.csv").write_bytes("näme,b\n1,2\n".encode("latin1"))
    with pytest.raises(DataError, match="its first row is not UTF-8; save it as UTF-8"):
        load(tmp_path / "latin.csv")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")

    def forbidden(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", forbidden)
    with pytest.raises(DataError, match=r"a.csv: there is no permission to read it"):
        load(tmp_path / "a.csv")
