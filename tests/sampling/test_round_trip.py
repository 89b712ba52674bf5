"""What is written is laid out as the input was (names, order, axes, types), and is read as the same."""

import dataclasses

import h5py
import numpy as np
import pandas as pd
import pyarrow
import pytest
from pyarrow import parquet
from scipy import io

from cwgan_jax import data
from cwgan_jax.config import Config, Data
from cwgan_jax.data import conditions
from cwgan_jax.data.files import open_file
from cwgan_jax.data.origin import typed
from cwgan_jax.sampling import file
from cwgan_jax.sampling.load import Model
from cwgan_jax.sampling.stream import Part

N = 24
RNG = np.random.default_rng(0)
WAVE = RNG.integers(-99, 99, (N, 2, 16)).astype(np.int16)
COLUMNS = {
    "digit": (np.arange(N) % 3).astype(np.int8),
    "power": RNG.random((N, 2)).astype(np.float32),
    "tags": RNG.random((N, 3)) < 0.5,
    "one_hot": np.eye(4)[np.arange(N) % 4],
    "code": np.array(["3", "07", "x"])[np.arange(N) % 3],
    "old": np.arange(N) % 2 == 0,
    "level": RNG.random((N, 1)),
}
ARRAYS = {"digit": COLUMNS["digit"], "wave": WAVE} | COLUMNS
GROUP = {f"group/{name}": x.astype(object) if x.dtype.kind == "U" else x for name, x in ARRAYS.items()}
MATLAB = {  # examples in the last axis, class numbers as double
    "wave": np.moveaxis(WAVE, 0, -1),
    "digit": COLUMNS["digit"][:, None].astype(float),
    "power": COLUMNS["power"],
    "level": COLUMNS["level"],
    "code": COLUMNS["code"].astype(object)[:, None],
}
TABLE = {
    "mass": np.where(np.arange(N) == 2, np.nan, RNG.random(N).round(3)).astype(np.float32),
    "power": RNG.random(N),
    "count": RNG.integers(0, 1000, N).astype(np.int16),
    "code": COLUMNS["code"].astype(object),
    "sex": np.array(["f", "m"], object)[np.arange(N) % 2],
    "old": COLUMNS["old"],
}
SERIES = {"t0": WAVE[:, 0, 0], "kind": TABLE["code"], "t1": WAVE[:, 0, 1], "power": TABLE["power"]}
ROWS = {"power": RNG.random(N), "wave": RNG.integers(0, 999, (3, N))}
LISTS = {"digit": COLUMNS["digit"], "wave": WAVE[:, 0], "power": COLUMNS["power"]}
MIXED = {"key": "mass,count,sex", "condition": "power,code,old"}


def hdf5(path, arrays):
    with h5py.File(path, "w") as stream:
        for name, array in arrays.items():
            stream[name] = array


def npy(path, arrays):
    for name, array in arrays.items():
        np.save(path.with_name(f"{name}.npy"), array)


def arrow(path, columns):
    arrays = {
        name: pyarrow.FixedSizeListArray.from_arrays(x.ravel(), x.shape[1]) if x.ndim > 1 else x
        for name, x in columns.items()
    }
    parquet.write_table(pyarrow.table(arrays), path)


def csv(path, columns):
    pd.DataFrame(columns).to_csv(path, index=False)


CASES = {
    "npz": (lambda path, x: np.savez(path, **x), "in.npz", ARRAYS, {"key": "wave"}),
    "npy": (npy, "wave.npy", ARRAYS, {}),
    "npy-pictures": (npy, "u8.npy", {"u8": WAVE.view(np.uint8)[:, None]}, {"axes": "NCHW"}),
    "npz-rows": (lambda path, x: np.savez(path, **x), "in.npz", ROWS, {"axes": "CN", "key": "wave"}),
    "h5": (hdf5, "in.h5", GROUP, {"key": "group/wave"}),
    "mat": (lambda path, x: io.savemat(path, x), "in.mat", MATLAB, {"key": "wave", "axes": "CLN"}),
    "csv": (csv, "in.csv", TABLE, MIXED),
    "csv-signals": (csv, "in.csv", SERIES, {"axes": "NL", "key": "t0,t1", "condition": "kind,power"}),
    "parquet": (arrow, "in.parquet", TABLE, MIXED),
    "parquet-lists": (arrow, "in.parquet", LISTS, {"key": "wave"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_is_as_the_input(tmp_path, case):
    """The examples and conditions of the training data, as if they had been drawn."""
    write, name, given, keys = CASES[case]
    source = tmp_path / "in" / name
    source.parent.mkdir()
    write(source, given)
    beside = ",".join(x for x in given if x not in (keys.get("key"), source.stem))
    section = Data(name="arrays", file=str(source), **{"condition": beside, "test": "0"} | keys)
    train = data.load(section, "train")
    about = data.described(train)
    model = Model(0, Config(data=section), None, {}, train.class_names, about)
    asked = conditions.decode(train.schema, conditions.vectors(train.schema, train.condition))
    rows, order = model.asked(asked), np.arange(N)
    path = file.named(model, tmp_path / "out", "drawn")
    some = [Part(order[a:b], order[a:b], train.example[a:b]) for a, b in ((0, 9), (9, N))]
    file.write(model, rows, some, N, path, marks=("generated",))
    was, now = open_file(source), open_file(path)
    assert set(now.shapes) == {*was.shapes, "generated"}
    if was.table:
        assert list(now.shapes) == [*was.shapes, "generated"]
    for each in was.shapes:
        x, y = was.read(each), now.read(each)
        assert (y.dtype, y.shape) == (x.dtype, x.shape), each
        if x.dtype.kind == "f":
            np.testing.assert_allclose(y, x, rtol=2e-6, atol=2e-7, err_msg=each)
        else:
            assert y.tolist() == x.tolist(), each
    again = data.load(dataclasses.replace(section, file=str(path)), "train")
    assert again.origin._replace(order=()) == train.origin._replace(order=())
    np.testing.assert_allclose(again.example, train.example, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(again.condition, train.condition, rtol=1e-5, atol=1e-5)


def test_a_fraction_that_was_asked_for_is_not_made_whole():
    np.testing.assert_array_equal(typed(np.array([1.0, 0.3]), "int64"), [1, 0.3])
    assert typed(np.array([1.0, 300]), "int8").dtype == np.float64
    assert typed(np.array(["true", "false"], object), "bool").tolist() == [True, False]
