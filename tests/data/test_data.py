"""The form that every source's images take, and the bundled digits."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from cwgan_jax import data
from cwgan_jax.common.errors import DataError
from cwgan_jax.config import Data
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.source import Source, fit, to_arrays

# --- the final form -------------------------------------------------------------------------------


def test_fit_crops_the_centre():
    wide = np.zeros((16, 48), np.uint8)
    wide[:, 16:32] = np.arange(256).reshape(16, 16)
    np.testing.assert_array_equal(fit(wide, (16, 16), 1)[..., 0], np.arange(256).reshape(16, 16))
    np.testing.assert_array_equal(fit(wide.T, (16, 16), 1)[..., 0].T, np.arange(256).reshape(16, 16))


def test_fit_resizes_bilinearly():
    # Doubling a ramp: plain bilinear interpolation lies a quarter beyond and before each centre.
    ramp = np.tile(np.array([0, 100], np.uint8), (2, 1))
    np.testing.assert_array_equal(fit(ramp, (4, 4), 1)[0, :, 0], [0, 25, 75, 100])
    # Halving: a checkerboard becomes its mean, not one of its colours, so the filter is widened.
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    assert np.abs(fit(board, (16, 16), 1).astype(int)[1:-1, 1:-1] - 127.5).max() <= 2


def test_fit_channels():
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    assert fit(red, (8, 8), 1)[0, 0].tolist() == [76]  # BT.601: 0.299 * 255 = 76.2
    assert fit(np.full((8, 8, 1), 7, np.uint8), (8, 8), 3)[0, 0].tolist() == [7, 7, 7]
    assert fit(np.full((8, 8), 7, np.uint8), (8, 8), 1).shape == (8, 8, 1)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (9, 9, 3), (32, 32, 3), (70, 70, 1), (28, 30)])
@pytest.mark.parametrize("depth", [1, 3])
def test_many_at_once_are_what_each_is_alone(shape, depth):
    pictures = np.random.default_rng(0).integers(0, 256, (5, *shape), np.uint8)
    read = lambda block: ((pictures[i], 0) for i in block)  # noqa: E731
    image, _ = to_arrays(Source("set", 5, 1, of_classes("a"), read, None), (32, 32), depth)
    np.testing.assert_array_equal(image, np.stack([fit(pixels, (32, 32), depth) for pixels in pictures]))


def test_labels_must_be_in_range():
    read = lambda b: ((np.zeros((4, 4), np.uint8), -1) for _ in b)  # noqa: E731
    source = Source("set", 2, 1, of_classes("ab"), read, None)
    with pytest.raises(DataError, match=r"set: label -1 found, labels must be in 0\.\.1"):
        to_arrays(source, (16, 16), None)


def test_order_is_kept_across_blocks_and_threads():
    read = lambda block: ((np.full((4, 4), i % 251, np.uint8), i % 7) for i in block)  # noqa: E731
    image, label = to_arrays(Source("set", 1000, 1, of_classes("abcdefg"), read, None), (16, 16), None)
    assert label.tolist() == [i % 7 for i in range(1000)]
    assert image[:, 0, 0, 0].tolist() == [i % 251 for i in range(1000)]


def test_fingerprint_sees_everything():
    one = data.load(Data(name="digits", size=16), "test")
    assert data.fingerprint(one) == data.fingerprint(data.load(Data(name="digits", size=16), "test"))
    other_label, other_image = one.label.copy(), one.image.copy()
    other_label[-1] += 1
    other_image[-1, -1, -1, -1] ^= 1
    others = [
        one._replace(condition=other_label),
        one._replace(example=other_image),
        one._replace(example=one.image.reshape(-1, 8, 32, 1)),
        one._replace(schema=of_classes((*one.class_names[:-1], "ten"))),
    ]
    assert len({data.fingerprint(d) for d in [one, *others]}) == 5


def test_import_is_light():
    code = "import sys, cwgan_jax.data; print([m for m in HEAVY if m in sys.modules])"
    heavy = "('tensorflow_datasets', 'sklearn', 'PIL', 'requests', 'jax')"
    done = subprocess.run(
        [sys.executable, "-c", code.replace("HEAVY", heavy)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# --- digits ---------------------------------------------------------------------------------------


def test_digits_values():
    both = [data.load(Data(name="digits", size=32), split) for split in ("train", "test")]
    assert [len(d.label) for d in both] == [1438, 359]
    for d in both:
        assert d.image.shape[1:] == (32, 32, 1)
        assert (d.image.dtype, d.label.dtype) == (np.uint8, np.int32)
        assert d.class_names == tuple("0123456789")
    # Together they are the whole set, each image once.
    bundled = load_digits()
    scaled = np.rint(bundled.images * 255 / 16).astype(np.uint8)
    expected = sorted((fit(i, (32, 32), 1).tobytes(), n) for i, n in zip(scaled, bundled.target, strict=True))
    got = sorted((i.tobytes(), n) for d in both for i, n in zip(d.image, d.label, strict=True))
    assert got == expected
    # 20 % of each class, to the nearest whole image.
    share = np.bincount(both[1].label) / np.bincount(bundled.target)
    assert np.abs(share - 0.2).max() < 0.5 / 174


def test_digits_channels():
    rgb = data.load(Data(name="digits", channels=3), "test").image
    grey = data.load(Data(name="digits", channels=1), "test").image
    np.testing.assert_array_equal(rgb, np.repeat(grey, 3, axis=-1))
