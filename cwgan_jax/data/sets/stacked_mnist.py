"""Stacked MNIST: three random digits as the channels of one picture, a test of how many modes are found.

The 1,000 modes are the numbers 000 to 999 (Metz et al. 2016, arXiv:1611.02163).
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.source import IN_MEMORY, Source, Stack, to_arrays

# The training images of PacGAN (Lin et al. 2018, arXiv:1712.04086), and as many images for testing as Metz et
# al. draw samples. Image i does not depend on these numbers.
SIZES = {"train": 128_000, "test": 25_600}

_SIDE = 28  # pixels of a side of MNIST
_KEY = 2**32  # above every seed of a run, whose shuffles have a seed and an epoch as their key


def source(data: config.Data, split: str, published: Callable[[config.Data, str], Source]) -> Source:
    """Opens one split: digits of the same split of MNIST, u8[28, 28, 3], 128,000 or 25,600 of them.

    The label is 100 a + 10 b + c for the digits a, b and c in red, green and blue. Which ones image i holds
    depends on the split and on i only, given one order of MNIST's images; TFDS has another than the files.

    Args:
      data: the config's section; MNIST is read from where `mnist` would be.
      split: "train" or "test".
      published: opens MNIST.

    Raises:
      DataError: a number of channels other than three is asked for, or MNIST cannot be read.
    """
    if data.channels not in (None, 3):
        raise DataError(
            f"config.data.channels={data.channels}: the pictures of stacked_mnist hold one digit in each of "
            f"three channels; give 3 or none"
        )
    mnist = published(dataclasses.replace(data, name="mnist"), split)
    image, digit = to_arrays(mnist, (_SIDE, _SIDE), 1)
    chosen = _chosen(split, mnist.size)
    label = digit[chosen] @ np.array([100, 10, 1])

    def read(block: Sequence[int]) -> Stack:
        return Stack(image[chosen[block], ..., 0].transpose(0, 2, 3, 1), label[block])

    names = tuple(f"{number:03}" for number in range(1000))
    return Source("stacked_mnist", SIZES[split], 3, of_classes(names), read, lambda: label, block=IN_MEMORY)


def _chosen(split: str, size: int) -> np.ndarray:
    """Numbers in [0, size), three for each image: i64[N, 3], from raw words as in `order.permutation`."""
    key = np.array([_KEY, list(SIZES).index(split)], np.uint64)
    words = np.random.Philox(key=key).random_raw(3 * SIZES[split])
    return (words % np.uint64(size)).astype(np.int64).reshape(-1, 3)
