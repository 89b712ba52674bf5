"""Images that are not square, and transparency that is kept."""

import numpy as np
import pytest
from conftest import make_config
from data_helpers import fails
from PIL import Image

from cwgan_jax import data
from cwgan_jax.config import Data
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.source import Source, crop, fit, to_arrays
from cwgan_jax.pictures import sheets


def saved(folder, *pictures, suffix="png"):
    (folder / "a").mkdir()
    for i, picture in enumerate(pictures):
        picture.save(folder / "a" / f"{i}.{suffix}")
    return folder


def load(folder, **options):
    return data.load(Data(name="folder", dir=str(folder), **options), "train")


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((100, 100), (16, 16), (0, 0, 100, 100)),
        ((60, 101), (16, 16), (20, 0, 80, 60)),
        ((64, 96), (64, 96), (0, 0, 96, 64)),
        ((100, 100), (64, 96), (0, 16, 100, 16 + 100 * 64 / 96)),
        ((30, 100), (64, 96), (27, 0, 72, 30)),
        ((1, 500), (8, 1024), (186, 0, 314, 1)),
    ],
)
def test_the_middle_of_the_right_proportions(shape, size, expected):
    assert crop(shape, size) == pytest.approx(expected)


def test_a_picture_that_is_not_square_stays_so():
    """Rows go to rows: a ramp down the height is one in the result."""
    down = np.tile(np.arange(0, 256, 4, dtype=np.uint8)[:, None], (1, 96))
    np.testing.assert_array_equal(fit(down, (64, 96), 1)[..., 0], down)
    half = fit(down, (32, 48), 1)[..., 0].astype(int)
    assert half.shape == (32, 48)
    np.testing.assert_allclose(half[1:-1], np.tile(np.arange(2, 256, 8)[1:-1, None], (1, 48)), atol=1)


@pytest.mark.parametrize("depth", [1, 3])
def test_many_at_once_and_one_by_one(depth):
    """Pictures of all shapes in one data set, against Pillow on each; wide and tall, small and large."""
    random = np.random.default_rng(depth)
    shapes = [(24, 36), (24, 36), (128, 85), (85, 128), (40, 40), (130, 195), (1, 1), (8, 12)]
    pictures = [random.integers(0, 256, (*shape, 3)[: 2 + (depth == 3)], np.uint8) for shape in shapes]
    read = lambda block: ((pictures[i], 0) for i in block)  # noqa: E731
    for size in ((32, 48), (8, 12), (48, 32)):
        source = Source("set", len(pictures), depth, of_classes("a"), read, lambda: np.zeros(8, np.int32))
        image, _ = to_arrays(source, size, None)
        assert image.shape == (8, *size, depth)
        np.testing.assert_array_equal(image, np.stack([fit(picture, size, depth) for picture in pictures]))


@pytest.mark.parametrize("resident_mib", [0, 4096])
def test_a_folder_of_wide_pictures(tmp_path, resident_mib):
    ramp = np.tile(np.arange(48, dtype=np.uint8) * 5, (32, 1))
    square = Image.fromarray(np.full((50, 50), 7, np.uint8))
    got = load(saved(tmp_path, *3 * [Image.fromarray(ramp)], square), size="32x48", resident_mib=resident_mib)
    assert got.shape == (32, 48, 1)
    np.testing.assert_array_equal(got.example[np.array([0])][0, ..., 0], ramp)
    assert dict(got.summary)["crop"].startswith(
        "1 of 4 pictures are not of the proportions 32x48: the middle"
    )
    assert "67% of its area" in dict(got.summary)["crop"]


def test_a_config_with_two_sides():
    assert make_config(data__size="16x32").data.height_width == (16, 32)
    assert make_config(data__size="16").data == make_config(data__size=16).data
    assert make_config(data__size="16").data.height_width == (16, 16)


def rgba(colour, alpha, size=16):
    return np.full((size, size, 4), [*colour, alpha], np.uint8)


def test_four_channels_are_the_picture_on_white_and_alpha(tmp_path):
    """So the first three are those of `channels=3`, whatever colour lies where nothing is seen."""
    picture = rgba((255, 0, 0), 255)
    picture[:8] = [9, 99, 199, 0]
    picture[8:12, :, 3] = 128
    folder = saved(tmp_path, Image.fromarray(picture), Image.fromarray(picture))
    three, four = load(folder, size=16, channels=3), load(folder, size=16, channels=4)
    assert four.shape == (16, 16, 4)
    np.testing.assert_array_equal(four.example[..., :3], three.example)
    np.testing.assert_array_equal(four.example[0, ..., 3], picture[..., 3])
    assert four.example[0, [0, 9, 15], 0].tolist() == [
        [255, 255, 255, 0],
        [255, 127, 127, 128],
        [255, 0, 0, 255],
    ]
    assert load(folder, size=16).shape == (16, 16, 3)


def test_no_colour_that_cannot_be_seen_is_mixed_in(tmp_path):
    """Half the columns are red, half are invisible green; resized, there is no green anywhere."""
    picture = rgba((255, 0, 0), 255, 64)
    picture[:, 1::2] = [0, 255, 0, 0]
    picture[:, ::8] = [255, 0, 0, 255]
    got = load(saved(tmp_path, *2 * [Image.fromarray(picture)]), size=16, channels=4).example[0]
    back = np.asarray(sheets.picture(got))
    assert back[..., 1].max() <= 3
    np.testing.assert_allclose(got[..., 3], 255 - got[..., 1].astype(int), atol=1)


@pytest.mark.parametrize("mode", ["LA", "PA", "P", "L", "RGB"])
def test_every_way_to_be_transparent(tmp_path, mode):
    """An alpha channel, a palette with one, a colour that the file calls transparent."""
    options = {}
    if mode in ("LA", "PA"):
        picture = Image.fromarray(rgba((80, 80, 80), 255)).convert("LA")
        picture.putpixel((0, 0), (80, 0))
        picture = picture if mode == "LA" else picture.convert("RGBA").convert("PA")
    else:
        picture = Image.new(mode, (16, 16), 80 if mode == "L" else 1 if mode == "P" else (80, 80, 80))
        if mode == "P":
            picture.putpalette([9, 9, 9, 80, 80, 80])
        picture.putpixel((0, 0), (1, 2, 3) if mode == "RGB" else 0)
        options = {"transparency": (1, 2, 3) if mode == "RGB" else 0}
    (tmp_path / "a").mkdir()
    suffix = "tif" if mode == "PA" else "png"
    for i in range(2):
        picture.save(tmp_path / "a" / f"{i}.{suffix}", **options)
    got = load(tmp_path, size=16, channels=4).example[0]
    assert got[0, 0].tolist() == [255, 255, 255, 0]
    assert got[5, 5].tolist() == [80, 80, 80, 255]


def test_four_channels_where_nothing_is_transparent(tmp_path):
    folder = saved(tmp_path, Image.fromarray(rgba((1, 2, 3), 255)), Image.fromarray(rgba((1, 2, 3), 255)))
    fails(Data(name="folder", dir=str(folder), channels=4), "no picture is transparent anywhere")
    fails(Data(name="digits", channels=4), "channels=4: digits holds no transparent pictures")


def test_transparent_files_come_back(tmp_path):
    """As exactly as alpha allows: a colour that is hardly seen has few levels."""
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (16, 16, 4), np.uint8)
    picture[..., 3] = picture[..., 3] // 64 * 85
    stored = load(saved(tmp_path, *2 * [Image.fromarray(picture)]), size=16, channels=4).example[0]
    file = sheets.picture(stored)
    assert file.mode == "RGBA"
    back, seen = np.asarray(file).astype(int), picture[..., 3] > 0
    np.testing.assert_array_equal(back[..., 3], picture[..., 3])
    assert np.abs(back - picture)[seen].max() <= 2
    (tmp_path / "again").mkdir()
    again = load(saved(tmp_path / "again", *2 * [file]), size=16, channels=4).example[0]
    assert np.abs(again.astype(int) - stored).max() <= 1


def test_a_sheet_shows_what_is_transparent():
    """On white and grey squares, which are seen through it in proportion."""
    image = np.full((1, 2, 64, 64, 4), 255, np.uint8)
    image[0, 1, ..., 3] = 0
    image[0, 1, 32:] = [10, 20, 30, 255]
    pixels = np.asarray(sheets.sheet([sheets.Panel("x", image)]))[-76:-12]
    left, right = pixels[:, 10:74], pixels[:, 76:140]
    assert (left == 255).all()
    assert (right[32:] == [10, 20, 30]).all()
    assert right[:32].mean(-1)[[0, 0, 8, 8], [0, 8, 0, 8]].tolist() == [255, 225, 225, 255]
