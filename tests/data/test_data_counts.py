"""What labels and images say themselves, where their source says something else."""

import numpy as np
import pytest
from data_helpers import idx_bytes
from PIL import Image

from cwgan_jax import data
from cwgan_jax.config import Data


def files(folder, image, label):
    for name in ("train", "t10k"):
        (folder / f"{name}-images-idx3-ubyte").write_bytes(idx_bytes(image))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(idx_bytes(np.array(label, np.uint8)))


def test_classes_without_an_image(tmp_path):
    """The highest label is 5; there is no 0 and no 3. MNIST has ten classes whatever its files hold."""
    files(tmp_path, np.full((5, 8, 8), 200, np.uint8), [1, 2, 4, 5, 5])
    (line,) = data.load(Data(name="shapes", dir=str(tmp_path), size=8), "train").warnings
    assert line == "2 of 6 classes have no image (0, 3): what is generated for them means nothing"
    got = data.load(Data(name="mnist", dir=str(tmp_path), size=8), "train")
    assert "6 of 10 classes have no image (0, 3, 6, 7, 8, 9)" in got.warnings[0]
    assert dict(got.summary)["classes"] == "10 with 0 (0) to 2 (5) images each"


@pytest.mark.parametrize("resident_mib", [0, 4096])
@pytest.mark.parametrize(("value", "said"), [(1, True), (31, True), (32, False)])
def test_images_that_are_all_but_black(tmp_path, value, said, resident_mib):
    image = np.zeros((100, 8, 8), np.uint8)
    image[0] = value  # in the first only, which the sample has
    files(tmp_path, image, [0] * 100)
    config = Data(name="shapes", dir=str(tmp_path), size=8, resident_mib=resident_mib)
    lines = data.load(config, "train").warnings
    assert (
        lines
        == (f"no pixel is brighter than {value}, and 255 is white: the images are all but black",) * said
    )


@pytest.mark.parametrize(("highest", "factor"), [(4095, 16), (16_000, 4), (40_000, None)])
def test_sixteen_bit_pictures_that_do_not_use_their_range(tmp_path, highest, factor):
    (tmp_path / "a").mkdir()
    for i in range(3):
        Image.fromarray(np.full((16, 16), highest - i, np.uint16)).save(tmp_path / "a" / f"{i}.png")
    lines = data.load(Data(name="folder", dir=str(tmp_path), size=16), "train").warnings
    said = [line for line in lines if f"hold no value above {highest:,}; 65,535 is white" in line]
    assert bool(said) == (factor is not None)
    assert all(line.endswith(f"multiply them by {factor} first") for line in said)
