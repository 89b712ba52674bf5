"""Shared by the tests of the data sources."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest

from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.config import Data

MNIST_DIR = Path(os.environ.get("CWGAN_MNIST_DIR") or Path(__file__).parents[2] / "shared" / "data" / "mnist")
needs_mnist = pytest.mark.skipif(
    not (MNIST_DIR / "train-images-idx3-ubyte.gz").exists(),
    reason=f"no MNIST files in {MNIST_DIR}; set CWGAN_MNIST_DIR",
)


def fails(config: Data, *parts: object, split: str = "train") -> None:
    """Checks that loading ends in one line that holds all parts."""
    with pytest.raises(DataError) as caught:
        data.load(config, split)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert str(part) in message, message


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
