"""Readers of files: every format gives back what other people's code wrote; broken ones are one line."""

import csv
import pickle
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pyarrow
import pytest
import scipy
from pyarrow import parquet
from scipy import io

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.files import FORMATS, mat5, open_file

X = np.arange(60, dtype=np.float32).reshape(5, 4, 3)
WORDS = np.array(["cat", "dog", "cät", "", "bird"])


def matlab_73(path):
    """As MATLAB writes -v7.3: axes reversed, the type as an attribute, texts as references."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values, kind in (("x", X, b"single"), ("on", np.uint8([[1, 0, 1]]), b"logical")):
            file[name] = values.T
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
        cells = file.create_dataset("words", (1, 5), h5py.ref_dtype)
        cells.attrs["MATLAB_class"] = np.bytes_(b"cell")
        for i, word in enumerate(WORDS):
            codes = file.create_dataset(
                f"#refs#/{i}", data=np.array([[ord(c)] for c in word or "\0"], np.uint16)
            )
            codes.attrs["MATLAB_class"] = np.bytes_(b"char")
            if not word:
                codes.attrs["MATLAB_empty"] = 1
            cells[0, i] = codes.ref
        structure = file.create_dataset("s", data=np.zeros((2, 2), np.uint32))
        structure.attrs["MATLAB_object_decode"] = 3
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file".ljust(512))


def write(path):
    """X and WORDS as `x` and `words`, by the library that everyone writes this format with."""
    end = path.suffix
    if end == ".npz":
        np.savez_compressed(path, x=X, words=WORDS)
    elif end == ".npy":
        np.save(path, X)
        np.save(path.with_name("words.npy"), WORDS)
    elif end in (".h5", ".hdf5"):
        with h5py.File(path, "w") as file:
            file["x"], file["group/words"] = X, WORDS.astype(h5py.string_dtype())
    elif end == ".mat":
        io.savemat(path, {"x": X, "words": WORDS.astype(object)})


@pytest.mark.parametrize("end", [".npz", ".npy", ".h5", ".hdf5", ".mat"])
def test_arrays_and_texts_come_back(tmp_path, end):
    write(tmp_path / f"x{end}")
    file = open_file(tmp_path / f"x{end}")
    words = "group/words" if "h" in end else "words"
    assert file.shapes["x"] == X.shape
    assert set(file.shapes) == {"x", words}
    x = file.read("x")
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(file.read(words).ravel(), WORDS.astype(object))


def test_matlab_73_has_its_axes_put_right(tmp_path):
    matlab_73(tmp_path / "x.mat")
    file = open_file(tmp_path / "x.mat")
    assert file.shapes == {"x": (5, 4, 3), "on": (1, 3), "words": (5, 1), "s": (2, 2)}
    np.testing.assert_array_equal(file.read("x"), X)
    np.testing.assert_array_equal(file.read("on"), [[True, False, True]])
    assert file.read("on").dtype == bool
    np.testing.assert_array_equal(file.read("words")[:, 0], WORDS.astype(object))
    with pytest.raises(DataError, match="MATLAB objects; save numbers, or text as cellstr"):
        file.read("s")


def test_nothing_is_read_that_is_not_asked_for(tmp_path):
    np.save(tmp_path / "x.npy", X)
    assert isinstance(open_file(tmp_path / "x.npy").read("x"), np.memmap)
    np.savez(tmp_path / "y.npz", x=X, objects=np.array([{}, None], object))
    np.testing.assert_array_equal(open_file(tmp_path / "y.npz").read("x"), X)


TABLE = {
    "whole": [1, 2, 3],
    "gaps": [1.5, None, 3],
    "flag": [True, False, True],
    "word": ["a, b", None, "é"],
    "day": ["2020-01-01", "2021-05-06", "2022-07-08"],
}


def check_table(file, day):
    assert file.table
    assert file.shapes == dict.fromkeys(TABLE, (3,))
    assert file.read("whole").dtype == np.int64
    np.testing.assert_array_equal(file.read("gaps"), [1.5, np.nan, 3])
    assert file.read("flag").dtype == bool
    assert file.read("word").tolist() == ["a, b", None, "é"]
    assert file.read("day").astype("datetime64[D]").astype(str).tolist() == day


MATLABS_OWN = sorted((Path(scipy.io.__file__).parent / "matlab" / "tests" / "data").glob("*.mat"))


@pytest.mark.skipif(not MATLABS_OWN, reason="SciPy without its tests")
def test_what_scipy_reads_is_whole():
    """A hundred files of many versions of MATLAB, some of them broken."""
    checked = 0
    for path in MATLABS_OWN:
        content = path.read_bytes()
        if 0 in content[:4] or b"7.3" in content[:20]:
            continue
        try:
            io.loadmat(path)
        except Exception:  # some are broken on purpose
            continue
        mat5.check(content)
        checked += 1
    assert checked > 80


@pytest.mark.parametrize(("end", "delimiter"), [(".csv", ","), (".csv", ";"), (".tsv", "\t")])
def test_tables_of_text(tmp_path, end, delimiter):
    with (tmp_path / f"t{end}").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(TABLE)
        writer.writerows(zip(*TABLE.values(), strict=True))
    check_table(open_file(tmp_path / f"t{end}"), TABLE["day"])


def test_a_code_keeps_its_zeros(tmp_path):
    """00501 is a place and no number; 0, 10 and 0.5 are numbers."""
    (tmp_path / "t.csv").write_text("zip,count,share\n00501,0,0.5\n10001,10,07\n,3,0\n")
    file = open_file(tmp_path / "t.csv")
    assert file.read("zip").tolist() == ["00501", "10001", None]
    assert file.read("count").tolist() == [0, 10, 3]
    assert file.read("share").tolist() == [0.5, 7, 0]


def test_parquet(tmp_path):
    columns = TABLE | {"day": np.array(TABLE["day"], "datetime64[D]")}
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    check_table(open_file(tmp_path / "t.parquet"), TABLE["day"])
    lists = {"signal": [[1.0, 2.0], [3.0, 4.0]], "words": pyarrow.array(["a", "a"]).dictionary_encode()}
    parquet.write_table(pyarrow.table(lists), tmp_path / "s.parquet")
    file = open_file(tmp_path / "s.parquet")
    np.testing.assert_array_equal(file.read("signal"), lists["signal"])
    assert file.read("words").tolist() == ["a", "a"]


def test_types_of_a_column_are_those_of_all_its_rows(tmp_path):
    """Also where pyarrow has read a megabyte of others."""
    (tmp_path / "t.csv").write_text("a,b\n" + "1,xxxxxxxxxx\n" * 100_000 + "1.5,y\n")
    assert open_file(tmp_path / "t.csv").read("a")[-1] == 1.5


class Harmful:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


def pickles(folder):
    """Every way in which a pickle can hide in a file of a known format."""
    objects = np.array([Harmful(), 1], object)
    np.save(folder / "a.npy", objects)
    np.savez(folder / "b.npz", x=objects)
    (folder / "c.pkl").write_bytes(pickle.dumps(Harmful()))
    (folder / "d.npy").write_bytes(pickle.dumps(Harmful()))
    with zipfile.ZipFile(folder / "e.npz", "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Harmful()))
    return sorted(folder.iterdir())


def read_first(path):
    file = open_file(path)
    return file.read(next(iter(file.shapes)))


def test_nothing_is_unpickled(tmp_path):
    paths = pickles(tmp_path)
    assert len(paths) == 5
    for path in paths:
        with pytest.raises(DataError) as error:
            read_first(path)
        assert "\n" not in str(error.value)
    with pytest.raises(DataError, match="Python objects, which would be a pickle and are never loaded"):
        open_file(tmp_path / "a.npy")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.npz", b"", "the file is empty"),
        ("x.txt", b"1", "no known format; give one of .npz"),
        ("x.joblib", b"1", "a pickle can run any program"),
        ("x.csv", b"1.5,2.5\n1,2\n", "first row is 1.5, 2.5, ...; it must hold the names"),
        ("x.csv", b"a,b,a\n1,2,3\n", "two columns are called 'a'"),
        ("x.csv", b"a,b\n1,2\n3\n", "cannot be read .*Expected 2 columns, got 1"),
        ("x.mat", b"MATLAB 5.0", "cannot be read"),
        ("x.h5", b"\x89HDF\r\n\x1a\n", "cannot be read"),
        ("x.parquet", b"PAR1", "cannot be read"),
    ],
)
def test_broken_files(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        open_file(tmp_path / name)
    assert "\n" not in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_other_contents_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", pairs=np.zeros(3, [("a", int), ("b", int)]))
    io.savemat(tmp_path / "b.mat", {"s": {"field": 1}, "c": np.array([1, "a"], object)})
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["pairs"] = np.zeros(3, [("a", int), ("b", int)])
        file.create_dataset("promise", (10**12,), float, chunks=True)
    lists = pyarrow.table({"x": [[1, 2], [3]]})
    parquet.write_table(lists, tmp_path / "d.parquet")
    for name, key, message in (
        ("a.npz", "pairs", "structured array"),
        ("b.mat", "s", "structs"),
        ("b.mat", "c", "cells of something else than text"),
        ("c.h5", "pairs", "compound"),
        ("c.h5", "promise", "nothing was written"),
        ("d.parquet", "x", "lists of different lengths"),
    ):
        with pytest.raises(DataError, match=message):
            open_file(tmp_path / name).read(key)


def test_names_that_there_are_not(tmp_path):
    np.savez(tmp_path / "a.npz", signals=X, y=X)
    file = open_file(tmp_path / "a.npz")
    with pytest.raises(
        DataError, match=r"config.data.key=signal: .* only signals \[5, 4, 3\], y .* mean signals\?"
    ):
        file.check("signal", "config.data.key")
    assert set(FORMATS) == {".npz", ".npy", ".h5", ".hdf5", ".mat", ".csv", ".tsv", ".parquet"}
