"""Sheets, PNG and GIF files: every pixel where it belongs, every file whole."""

import numpy as np
import pytest
from PIL import Image

from cwgan_jax.common import files
from cwgan_jax.pictures import sheets
from cwgan_jax.pictures.sheets import Panel


def random_images(rows, columns, size=16, channels=1, seed=0):
    shape = (rows, columns, size, size, channels)
    return np.random.default_rng(seed).integers(0, 200, shape, np.uint8)


def find_tiles(sheet, image):
    """Where each image lies on the sheet, (top, left) by (row, column); each must be there once, exactly."""
    pixels = np.asarray(sheet)
    scale = max(1, -(-sheets.TILE // image.shape[2]))
    places = {}
    for row, column in np.ndindex(image.shape[:2]):
        tile = np.broadcast_to(image[row, column].repeat(scale, 0).repeat(scale, 1), (*2 * (side(image),), 3))
        # The first row of a random tile is as good as its signature.
        windows = np.lib.stride_tricks.sliding_window_view(pixels, (1, tile.shape[1], 3))[:, :, 0, 0]
        corners = np.argwhere((windows == tile[0]).all((2, 3)))
        assert len(corners) == scale, (row, column)
        top, left = corners[0]
        np.testing.assert_array_equal(pixels[top : top + len(tile), left : left + len(tile)], tile)
        places[row, column] = int(top), int(left)
    return places


def side(image):
    return image.shape[2] * max(1, -(-sheets.TILE // image.shape[2]))


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (32, 3), (64, 1), (128, 3)])
def test_every_image_is_on_the_sheet_pixel_by_pixel(size, channels):
    image = random_images(2, 3, size, channels)
    sheet = sheets.sheet([Panel("title", image)], row_names=["a", "b"])
    assert sheet.mode == "RGB"
    places = find_tiles(sheet, image)
    for (row, column), (top, left) in places.items():
        assert top == places[0, 0][0] + row * (side(image) + 2)
        assert left == places[0, 0][1] + column * (side(image) + 2)
    pixels = np.asarray(sheet)
    assert (pixels[[0, -1]] == 255).all()
    assert (pixels[:, [0, -1]] == 255).all()


def ink_outside(sheet, image):
    """bool[height, width]: where something is drawn that is not a tile, which is where the texts are."""
    ink = (np.asarray(sheet) != 255).any(-1)
    for top, left in find_tiles(sheet, image).values():
        ink[top : top + side(image), left : left + side(image)] = False
    return ink


@pytest.mark.parametrize("names", [["3", "7"], ["a class with quite a long name", "b"]])
def test_names_stand_beside_the_tiles(names):
    image = random_images(2, 2)
    places = find_tiles(sheet := sheets.sheet([Panel("", image)], row_names=names), image)
    ink = ink_outside(sheet, image)
    left = places[0, 0][1]
    assert not ink[:, left:].any()
    for row in range(2):  # each name at the height of its row, none cut off
        top = places[row, 0][0]
        assert ink[top : top + side(image), :left].any()
    assert not ink[:, :4].any()
    places = find_tiles(sheet := sheets.sheet([Panel("", image)], column_names=names), image)
    ink = ink_outside(sheet, image)
    top = places[0, 0][0]
    assert not ink[top - 3 :].any()  # else the tiles would cut the names
    assert ink[:top].any()


def test_long_column_names_keep_clear_of_each_other_and_of_the_edge():
    names = ["automobile", "a traffic light at dusk", "no", "airplane"]
    image = random_images(1, 4)
    sheet = sheets.sheet([Panel("t", image)], column_names=names)
    columns = ink_outside(sheet, image)[30:].any(0)  # below the title
    inked = np.flatnonzero(columns)
    assert inked[0] >= 4
    assert inked[-1] < sheet.width - 4
    apart = [gap for gap in np.diff(inked) if gap > 8]
    assert len(apart) == 3  # gaps far wider than those between words
    starts = [place[1] for place in find_tiles(sheet, image).values()]
    assert len(set(np.diff(starts))) == 1


def drawn(name):
    """The ink of a name beside a row, as bytes."""
    image = np.full((1, 1, 16, 16, 1), 100, np.uint8)
    sheet = sheets.sheet([Panel("", image)], row_names=[name])
    pixels = np.asarray(sheet)
    return (pixels[:, : pixels.shape[1] - 64 - 2 - 10] < 128).any(-1)


@pytest.mark.parametrize(
    "names",
    [
        ("\u00e9t\u00e9", "\u00e8t\u00e8", "ete"),
        ("\u0436\u0430", "\u0437\u0430"),
        ("\u732b", "\u72ac", "\U0001f600"),
    ],
)
def test_names_in_any_script_are_told_apart(names):
    """Pillow's own font draws the same box for all that is not ASCII."""
    assert len({drawn(name).tobytes() for name in names}) == len(names)


def test_a_very_long_name_is_shortened_and_no_name_stops_a_sheet():
    long = "a" * 200 + "b"
    assert drawn(long).shape == drawn("a" * 40 + "..." + "a" * 16 + "b").shape
    for name in ("a\nb", "\udce9", "", " ", "\u202eabc", "\u0645\u0631", "\u200d"):
        drawn(name)


def test_panels_stand_side_by_side_and_a_long_title_fits():
    one, two = random_images(2, 1), random_images(2, 3, seed=1)
    title = "generated, step 12345678, with a long title"
    sheet = sheets.sheet([Panel(title, one), Panel("real", two)])
    first, second = find_tiles(sheet, one), find_tiles(sheet, two)
    assert first[1, 0][0] == second[1, 0][0]
    assert first[0, 0][1] + side(one) < sheet.info["panel"] <= second[0, 0][1]
    titles = np.flatnonzero((np.asarray(sheet)[: first[0, 0][0]] != 255).any((0, 2)))
    gap = np.diff(titles).argmax()
    assert titles[gap] < sheet.info["panel"] <= titles[gap + 1]  # the long title ends before the next panel
    alone = sheets.sheet([Panel(title, one)])
    assert np.flatnonzero((np.asarray(alone) != 255).any((0, 2)))[-1] < alone.width - 4


def test_png_round_trip_with_the_panel(tmp_path):
    sheet = sheets.sheet([Panel("a", random_images(1, 1)), Panel("b", random_images(1, 2))])
    sheets.save_png(sheet, tmp_path / "new" / "a.png")
    with Image.open(tmp_path / "new" / "a.png") as loaded:
        assert int(loaded.info["panel"]) == sheet.info["panel"]
        np.testing.assert_array_equal(np.asarray(loaded), np.asarray(sheet))
    for channels, mode in ((1, "L"), (3, "RGB")):
        image = random_images(1, 1, channels=channels)[0, 0]
        sheets.save_png(sheets.picture(image), tmp_path / "one.png")
        with Image.open(tmp_path / "one.png") as loaded:
            assert loaded.mode == mode
            np.testing.assert_array_equal(np.asarray(loaded).reshape(image.shape), image)


def read_gif(path):
    with Image.open(path) as gif:
        times, frames = [], []
        for i in range(gif.n_frames):
            gif.seek(i)
            times.append(gif.info["duration"])
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
        return gif.info.get("loop"), times, frames


def test_gif_frames_durations_and_loop(tmp_path):
    shades = [20, 90, 160, 230]
    frames = [Image.new("RGB", (20, 10), (s, s, s)) for s in shades]
    (tmp_path / "a.gif").write_bytes(sheets.gif(frames, seconds=0.08, hold=2.0))
    loop, times, shown = read_gif(tmp_path / "a.gif")
    assert loop == 0  # for ever
    assert times == [80, 80, 80, 2000]
    assert [frame.mean() for frame in shown] == pytest.approx(shades, abs=3)  # 64 colours
    (tmp_path / "one.gif").write_bytes(sheets.gif(frames[:1]))
    assert len(read_gif(tmp_path / "one.gif")[2]) == 1


def write_sheets(folder, steps):
    """A sheet per step: its first panel is all of one shade, the second black."""
    for i, step in enumerate(steps):
        shade = np.full((1, 1, 16, 16, 1), 20 + 2 * i, np.uint8)
        panels = [Panel(f"generated, step {step}", shade), Panel("real", 0 * shade)]
        sheets.save_png(sheets.sheet(panels), folder / f"{step:06d}.png")


def shades(path):
    """The shade of the tile in each frame; none is as dark as the second panel."""
    tiles = []
    for frame in read_gif(path)[2]:
        grey = frame[..., 0][45:100, 12:70]
        tiles.append(np.median(grey))
        assert np.median(grey) > 10
        assert frame[40:110, -5:].min() > 200  # the second panel is cut off
    return tiles


@pytest.mark.parametrize(("count", "most", "expected"), [(7, 100, 7), (40, 9, 9), (3, 3, 3), (2, 1, 1)])
def test_animation_has_the_first_panels_in_order_thinned_evenly(tmp_path, count, most, expected):
    write_sheets(tmp_path / "samples", range(100, 100 + count))
    assert sheets.animate(tmp_path / "samples", tmp_path / "a.gif", most=most) == expected
    tiles = shades(tmp_path / "a.gif")
    assert len(tiles) == expected
    assert sorted(tiles) == tiles
    if most > 1:
        assert tiles[0] == pytest.approx(20, abs=2)
        assert tiles[-1] == pytest.approx(20 + 2 * (count - 1), abs=2)
        assert np.diff(tiles).max() <= 2 * np.ceil(count / most) + 3


def test_animation_over_steps_of_different_length(tmp_path):
    """A million is wider than a thousand, and later."""
    steps = (400, 99_999, 999_999, 1_000_000, 12_345_678)
    write_sheets(tmp_path / "samples", steps)
    Image.new("RGB", (5, 5)).save(tmp_path / "samples" / "holiday.png")
    assert sheets.animate(tmp_path / "samples", tmp_path / "a.gif") == 5
    assert shades(tmp_path / "a.gif") == pytest.approx([20, 22, 24, 26, 28], abs=1)


def test_nothing_to_animate(tmp_path):
    assert sheets.animate(tmp_path, tmp_path / "a.gif") == 0
    assert not (tmp_path / "a.gif").exists()


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, fault):
    path = tmp_path / "a.png"
    files.write_whole(path, b"old")

    def half(self, content):
        with self.open("wb") as file:
            file.write(content[:2])
        raise fault

    monkeypatch.setattr(type(path), "write_bytes", half)
    with pytest.raises(type(fault)):
        files.write_whole(path, b"new content")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_lines_end_where_a_crash_cut_them(tmp_path):
    path = tmp_path / "a.jsonl"
    assert files.json_lines(path) == []
    for tail in (b'{"step": 3', b"\0\0\0\n", b"\xff\xfe\n", b"7\n", b""):
        path.write_bytes(b'{"step": 1}\n{"step": 2, "x": 0.1}\n' + tail)
        assert files.json_lines(path) == [{"step": 1}, {"step": 2, "x": 0.1}]
