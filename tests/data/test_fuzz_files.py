"""A hundred damaged files: each is one line, or is read; nothing else is ever raised."""

import random

import h5py
import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from scipy import io

from cwgan_jax import config, data
from cwgan_jax.common.errors import DataError

FILES = 100


def originals(folder):
    """A small good file of each format, with its arrays as `x` and `y`."""
    draw = np.random.default_rng(0)
    x, y = draw.standard_normal((20, 16, 2)).astype(np.float32), np.arange(20) % 3
    np.savez(folder / "a.npz", x=x, y=y)
    np.savez_compressed(folder / "b.npz", x=x, y=y)
    np.save(folder / "c.npy", x)
    with h5py.File(folder / "d.h5", "w") as file:
        file.create_dataset("x", data=x, compression="gzip", fletcher32=True)
        file["y"] = y
    io.savemat(folder / "e.mat", {"x": x, "y": y})
    io.savemat(folder / "f.mat", {"x": x, "y": y}, do_compression=True)
    table = {"x": x[:, 0, 0], "y": y, "word": ["a", "b"] * 10}
    parquet.write_table(pyarrow.table(table), folder / "g.parquet")
    rows = "".join(f"{a},{b},word\n" for a, b in zip(table["x"], y, strict=True))
    (folder / "h.csv").write_text("x,y,z\n" + rows)
    return sorted(path for path in folder.iterdir())


def damaged(content, draw):
    """The content cut, with bytes changed, doubled or taken out, or with another header."""
    content, way = bytearray(content), draw.randrange(6)
    place = draw.randrange(len(content))
    if way == 0:
        return content[:place]
    if way == 1:
        for _ in range(draw.choice((1, 5, 50))):
            content[draw.randrange(len(content))] = draw.randrange(256)
    elif way == 2:  # where formats keep what they are
        content[draw.randrange(min(256, len(content)))] ^= 1 << draw.randrange(8)
    elif way == 3:
        del content[place : place + draw.randrange(1, 100)]
    elif way == 4:
        content[place:place] = draw.randbytes(draw.randrange(1, 100))
    else:  # a shape or a type of NumPy's that cannot be
        for old, new in ((b"(20, 16, 2)", b"(9" + b"9" * 17 + b",)"), (b"<f4", b"|O8"), (b"<f4", b"<f8")):
            if draw.random() < 0.5:
                content = bytearray(bytes(content).replace(old, new))
    return content


@pytest.mark.filterwarnings("ignore")  # those of the libraries about what they find
def test_damaged_files(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    paths, draw, refused = originals(good), random.Random(0), 0
    for number in range(FILES):
        original = paths[number % len(paths)]
        path = bad / f"{number}" / original.name
        path.parent.mkdir(parents=True)
        path.write_bytes(damaged(original.read_bytes(), draw))
        dataset, line = loaded(path)
        refused += dataset is None
        if dataset:
            assert np.isfinite(dataset.example).all()
            assert dataset.size == len(dataset.example) >= 2
        else:
            assert "\n" not in line
            assert len(line) < 1500
    assert FILES // 2 < refused < FILES


def loaded(path):
    """The data set of a file, or the error."""
    has_y, table = path.suffix != ".npy", path.suffix in (".csv", ".parquet")
    keys = {"key": "x" * has_y, "condition": "y" * has_y, "axes": "NL" * table}
    try:
        return data.load(config.Data(name="arrays", file=str(path), **keys), "train"), ""
    except DataError as error:
        return None, str(error)
