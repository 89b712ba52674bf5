"""Files of arrays and tables: what is written in parts is read back whole, by others' readers and by ours."""

import csv

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import io

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data.files import FORMATS, open_file
from cwgan_jax.sampling import writers
from cwgan_jax.sampling.writers import WRITERS, Contents

RNG = np.random.default_rng(0)
WAVE = RNG.standard_normal((7, 4, 2)).astype(np.float32)
TABLE = {
    "mass": RNG.standard_normal(7).astype(np.float32),
    "count": np.arange(7, dtype=np.int16),
    "share": np.where(np.arange(7) == 2, np.nan, RNG.random(7)),
    "day": np.datetime64("2020-01-01") + np.arange(7),
    "yes": np.arange(7) % 2 == 0,
    "text": np.array(["a", "b,c", 'd "e"', None, "ä", "nan", "g;h"], object),
}
CONDITIONS = {
    "power": np.linspace(0, 1, 7),
    "digit": np.arange(7),
    "name": TABLE["text"][[0, 1, 2, 4, 4, 0, 6]],
}


def write(path, table, place=0):
    parts = [{name: x[a:b] for name, x in table.items()} for a, b in ((0, 3), (3, 6), (6, 7))]
    WRITERS[path.suffix](path, Contents(7, iter(parts), place))
    return path


def test_there_is_a_writer_for_each_reader():
    assert set(WRITERS) == set(FORMATS)


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".mat", ".parquet"])
@pytest.mark.parametrize("place", [0, 2])
def test_arrays_with_their_conditions(tmp_path, suffix, place):
    if suffix == ".parquet" and place:
        pytest.skip("the rows of a table are the examples")
    path = write(tmp_path / f"x{suffix}", {"wave": WAVE} | CONDITIONS, place)
    file = open_file(path)
    assert list(file.shapes) == (
        ["digit", "name", "power", "wave"] if suffix == ".h5" else ["wave", *CONDITIONS]
    )
    np.testing.assert_array_equal(np.moveaxis(file.read("wave"), place, 0), WAVE)
    assert file.read("wave").dtype == np.float32
    for name, column in CONDITIONS.items():
        assert file.read(name).ravel().tolist() == column.tolist()


def test_they_are_read_by_others(tmp_path):
    table = {"wave": WAVE} | CONDITIONS
    with np.load(write(tmp_path / "x.npz", table), allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["wave"], WAVE)
    np.testing.assert_array_equal(np.load(write(tmp_path / "x.npy", table), allow_pickle=False), WAVE)
    with h5py.File(write(tmp_path / "x.h5", table)) as file:
        assert file["name"].asstr()[:].tolist() == CONDITIONS["name"].tolist()
    loaded = io.loadmat(write(tmp_path / "x.mat", table))
    assert [cell.item() for cell in loaded["name"].ravel()] == CONDITIONS["name"].tolist()
    assert loaded["power"].shape == (7, 1)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".npz"])
def test_tables(tmp_path, suffix):
    """Numbers to the bit, gaps as gaps; names and order are kept."""
    path = write(tmp_path / f"x{suffix}", TABLE)
    file = open_file(path)
    assert list(file.shapes) == list(TABLE)
    for name, column in TABLE.items():
        read = file.read(name)
        if name == "text":
            text = ["" if x is None and suffix == ".npz" else x for x in column]
            if suffix != ".parquet":  # the word nan is a gap to every reader of CSV
                text[5] = read[5]
            assert read.tolist() == text
        else:
            np.testing.assert_array_equal(read.astype(column.dtype), column)


def test_numbers_in_text_are_the_shortest_that_read_back_the_same(tmp_path):
    table = {"a": np.array([0.1, 1e-30, 3], np.float32), "b": np.array([0.1, 1 / 3, np.nan]), "c": [1, 2, 3]}
    table = {name: np.resize(x, 7) for name, x in table.items()}
    with write(tmp_path / "x.csv", table).open() as file:
        head, first, second, third, *_ = csv.reader(file)
    assert (head, first) == (["a", "b", "c"], ["0.1", "0.1", "1"])
    assert (second, third) == (["1e-30", "0.3333333333333333", "2"], ["3.0", "", "3"])
    read = pd.read_csv(tmp_path / "x.csv", dtype={"a": np.float32})
    np.testing.assert_array_equal(read["a"], table["a"])


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_same_contents_are_the_same_bytes(tmp_path, suffix):
    table = CONDITIONS if suffix in writers.ROWS else {"wave": WAVE} | CONDITIONS
    a, b = (write(tmp_path / f"{name}{suffix}", table).read_bytes() for name in "ab")
    assert a == b


def test_a_matlab_file_too_large_is_refused_before_it_is_drawn(tmp_path):
    def parts():
        yield {"wave": WAVE}
        pytest.fail("more was drawn")

    with pytest.raises(ConfigError, match=r"holds 2 GiB .* lower --count"):
        WRITERS[".mat"](tmp_path / "x.mat", Contents(10**9, parts()))
