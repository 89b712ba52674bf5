"""The source `arrays`: one line for every mistake."""

import numpy as np
import pytest

from cwgan_jax import config, data
from cwgan_jax.common.errors import DataError


def load(path, **keys):
    return data.load(config.Data(name="arrays", file=str(path), **{"key": "x"} | keys), "train")


def broken(**changes):
    draw = np.random.default_rng(0)
    arrays = {"x": draw.standard_normal((20, 16)), "y": np.arange(20) % 2}
    return arrays | changes


HOLES = np.ones((20, 16))
HOLES[3, 5], HOLES[7, 1] = np.nan, np.inf


@pytest.mark.parametrize(
    ("changes", "keys", "message"),
    [
        ({}, {"file": ""}, "config.data.file is empty"),
        (
            {},
            {"key": "X"},
            r"config.data.key=X: .* no array of that name, only x \[20, 16\], y \[20\]; did you mean x\?",
        ),
        ({}, {"key": ""}, "config.data.key is empty: .* say which array holds the examples"),
        ({}, {"key": "x,y"}, "the examples are one array"),
        ({}, {"condition": "z"}, "config.data.condition=z: .* has no array of that name"),
        ({}, {"condition": "y,y"}, "y is named twice"),
        ({}, {"condition": "x"}, "x is in config.data.condition too"),
        ({"y": np.arange(19)}, {"condition": "y"}, "y has 19 entries, x 20 examples; give one for each"),
        ({"x": HOLES}, {}, r"2 of 320 values are no finite numbers, the first of them \(nan\) at \[3, 5\]"),
        ({"y": HOLES[:, 5]}, {"condition": "y"}, "column y, row 4: the value is nan"),
        ({"x": np.ones((20, 16))}, {}, "all examples are the same, 1.0 everywhere"),
        ({"x": np.arange(20)}, {}, "at least two axes"),
        ({"x": np.zeros((0, 16))}, {}, "it holds no examples"),
        ({"x": np.zeros((1, 16))}, {}, "it holds one example; give two"),
        ({"x": np.zeros((20, 0))}, {}, "there is nothing in it"),
        ({"x": np.zeros((20, 16), complex)}, {}, "complex numbers; save real and imaginary parts"),
        ({"x": np.full((20, 16), "a")}, {}, "the examples are text or times"),
        ({"x": np.outer(np.arange(20), np.ones(16)) * 1e300}, {}, "too large to be standardised"),
        ({}, {"test": "1.5"}, "a share must be at least 0, and below 1"),
        ({}, {"test": "0.99"}, "are left to train with; leave at least two"),
        ({}, {"test": "z"}, "config.data.test=z: .* has no array of that name"),
        ({}, {"test": "none.txt"}, "there is no file .*none.txt"),
        ({"t": np.array([20])}, {"test": "t"}, "no example 20; numbers go from 0 to 19"),
        ({"t": np.arange(20)}, {"test": "t"}, "2 found; it must hold true or 1"),
        ({"t": np.zeros((5, 9))}, {"test": "t"}, r"its examples are \[9, 1\], those to train with \[16, 1\]"),
        ({"t": np.zeros((5, 16))}, {"test": "t", "condition": "y"}, "name their conditions behind it"),
        ({}, {"types": "y=class"}, "y is no condition here"),
        ({}, {"types": "y=colour", "condition": "y"}, "is not of the form column=type"),
        ({}, {"axes": "NLC"}, r"3 axes, but x \[20, 16\] has 2"),
    ],
)
def test_mistakes_are_one_line(tmp_path, changes, keys, message):
    np.savez(tmp_path / "b.npz", **broken(**changes))
    with pytest.raises(DataError, match=message) as error:
        load(keys.get("file", tmp_path / "b.npz"), **{k: v for k, v in keys.items() if k != "file"})
    assert "\n" not in str(error.value)
