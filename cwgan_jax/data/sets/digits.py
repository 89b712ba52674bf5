"""The 1,797 handwritten digits that come with scikit-learn: real data that need no download."""

import numpy as np

from cwgan_jax import config
from cwgan_jax.common import packages
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.order import permutation
from cwgan_jax.data.source import Source

_TEST_SHARE = 0.2


def source(data: config.Data, split: str) -> Source:
    """Opens one split of the digits: 8x8 grey images of the UCI optical recognition set.

    In each class 20 % of the images, always the same ones, are the test split.

    Args:
      data: the config's section; nothing in it matters here.
      split: "train" or "test".
    """
    del data
    image, label = bundled(split)
    read = lambda block: ((image[i], int(label[i])) for i in block)  # noqa: E731
    return Source("digits", len(label), 1, of_classes(tuple("0123456789")), read, lambda: label)


def turned(data: config.Data, split: str) -> Source:
    """Opens one split of the digits on their sides: turned by 90 degrees, counterclockwise.

    Image i is that of `source`, so that it is known what a translation of either should be.
    """
    upright = source(data, split)
    read = lambda block: ((np.rot90(image), label) for image, label in upright.read(block))  # noqa: E731
    return upright._replace(name="turned_digits", read=read)


def bundled(split: str) -> tuple[np.ndarray, np.ndarray]:
    """The images u8[N, 8, 8] of a split, and their classes i[N]."""
    # As `sklearn.datasets.load_digits`, which takes a second to import: pandas and pyarrow come with it.
    folder = packages.folder("sklearn", "config.data.name=digits", "take another data set", extra="")
    numbers = np.loadtxt(folder / "datasets" / "data" / "digits.csv.gz", delimiter=",")
    target = numbers[:, 64].astype(int)
    chosen = np.flatnonzero(_is_test(target) == (split == "test"))
    # The file counts dark pixels of 4x4 blocks, 0 to 16.
    image = np.rint(numbers[chosen, :64] * (255 / 16)).astype(np.uint8)
    return image.reshape(-1, 8, 8), target[chosen]


def _is_test(label: np.ndarray) -> np.ndarray:
    """Marks the test images: bool[N], the same share of every class."""
    test = np.zeros(len(label), bool)
    for number in np.unique(label):
        members = np.flatnonzero(label == number)
        order = permutation(0, int(number), len(members))
        test[members[order[: round(_TEST_SHARE * len(members))]]] = True
    return test
