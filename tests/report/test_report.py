"""report.html: one page, whole, harmless, with everything it was given."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from report_helpers import EMPTY, EVIL, NONE, content, page, pictures, quality

from cwgan_jax.pictures import sheets
from cwgan_jax.report import charts, embed
from cwgan_jax.report import page as page_

SECTIONS = ["curves", "samples", "beside", "classes", "confusion", "map", "walks", "nearest"]
SECTIONS += ["usefulness", "recipe", "config", "versions"]


@pytest.fixture
def full(tmp_path):
    return content(tmp_path)


def test_everything_is_there_once_whole_and_harmless(full, tmp_path):
    text, found = page(tmp_path, full)
    assert [section["id"] for section in found.all("section")] == SECTIONS
    assert [link["href"] for link in found.all("a")] == [f"#{name}" for name in SECTIONS]
    identities = [attrs["id"] for _, attrs in found.found if "id" in attrs]
    assert len(set(identities)) == len(identities)
    assert found.all("html")[0]["lang"] == "en"
    assert any(meta.get("name") == "viewport" for meta in found.all("meta"))
    assert len(found.all("script")) == 1
    for name in (*EVIL, "Fréchet", "3 to 3.4", "real images 0.8", "0.953", "/data", "step 300"):
        assert name in "".join(found.text), name
    assert not any(key.startswith("on") for _, attrs in found.found for key in attrs)
    assert len(text) < 200_000


def test_names_are_text_wherever_they_stand(full, tmp_path):
    _, evil = page(tmp_path, full)
    _, plain = page(tmp_path, content(tmp_path, ["x" * len(name) for name in EVIL]))
    assert [(tag, list(attrs)) for tag, attrs in evil.found] == [
        (tag, list(attrs)) for tag, attrs in plain.found
    ]


def test_nothing_comes_from_elsewhere(full, tmp_path):
    text, found = page(tmp_path, full)
    for _, attrs in found.found:
        for key in ("src", "href", "srcset", "action", "data", "poster", "xlink:href"):
            assert attrs.get(key, "#").startswith(("#", "data:")), attrs
    for part in ("url(", "@import", "http:", "https:", "fetch(", "import("):
        assert part not in text
    assert "default-src 'none'" in found.all("meta")[2]["content"]


def test_every_image_decodes_and_says_what_it_is(full, tmp_path):
    _, found = page(tmp_path, full)
    tags = found.all("img")
    assert len(tags) == 3 + 3 + 3 + 3 + 4  # sheets, real, generated, walks, pairs
    for tag in tags:
        kind, data = tag["src"].removeprefix("data:image/").split(";base64,")
        picture = Image.open(io.BytesIO(base64.b64decode(data)))
        picture.load()
        assert (picture.format.lower(), *map(str, picture.size)) == (kind, tag["width"], tag["height"])
        assert tag["alt"]
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in found.all("svg"))


def decoded(tag):
    data = re.search('base64,([^"]*)', tag)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_strip_keeps_every_pixel(channels):
    row = pictures(3, size=8, channels=channels)
    pixels = decoded(embed.strip(row, "x"))
    assert pixels.shape == (8, 3 * 9 - 1, 4)
    for i in range(3):
        part = pixels[:, 9 * i : 9 * i + 8]
        np.testing.assert_array_equal(part[..., :3], np.broadcast_to(row[i], (8, 8, 3)))
        assert (part[..., 3] == 255).all()
    assert (pixels[:, [8, 17], 3] == 0).all()


def test_sheets_are_thinned_evenly_cut_to_the_first_panel_and_kept_light(full, tmp_path):
    path = full.sheets[0][1]
    with Image.open(path) as sheet:
        width = int(sheet.info["panel"])
    steps = [frame.step for frame in embed.frames([(n, path) for n in range(1, 101)])]
    assert len(steps) == 40
    assert (steps[0], steps[-1]) == (1, 100)
    assert set(np.diff(steps)) == {2, 3}
    frames = embed.frames([(1, path)])
    assert f'width="{width}"' in frames[0].tag
    noise = pictures(size=1500, channels=3)
    sheets.save_png(sheets.picture(noise), tmp_path / "large.png")
    heavy = embed.frames([(n, tmp_path / "large.png") for n in range(100)])
    assert 2 <= len(heavy) < 40
    assert sum(len(frame.tag) for frame in heavy) < 2_500_000
    assert decoded(heavy[0].tag).shape[:2] == (800, 800)


def test_what_is_empty_is_left_out(tmp_path):
    _, found = page(tmp_path, EMPTY)
    assert found.all("section") == found.all("img") == found.all("svg") == found.all("li") == []
    assert "run" in "".join(found.text)


@pytest.mark.parametrize(
    ("section", "without"),
    [
        ("curves", {"metrics": [], "watched": []}),
        ("samples", {"sheets": []}),
        ("beside", {"real": NONE, "fake": NONE}),
        ("map", {"points": NONE, "point_labels": NONE}),
        ("walks", {"walks": NONE}),
        ("nearest", {"nearest": (NONE, NONE), "nearest_distance": NONE}),
        ("config", {"config": {}}),
        ("versions", {"versions": {}}),
        *((name, name) for name in ("confusion", "usefulness", "recipe")),
        ("classes", "per_class"),
    ],
)
def test_each_part_may_be_missing(full, tmp_path, section, without):
    if isinstance(without, str):
        without = {"quality": {key: value for key, value in full.quality.items() if key != without}}
    _, found = page(tmp_path, full._replace(**without))
    assert [s["id"] for s in found.all("section")] == [name for name in SECTIONS if name != section]


def test_an_unconditional_run_has_no_classes(full, tmp_path):
    kept = {"step": 3, "class_names": [], "per_class": {}, "confusion": []}
    _, found = page(tmp_path, full._replace(quality=kept, row_names=[], point_labels=np.zeros((2, 40), int)))
    shown = [section["id"] for section in found.all("section")]
    assert not {"classes", "confusion", "usefulness", "recipe"} & set(shown)
    assert [b["data-only"] for b in found.all("button") if "data-only" in b] == ["real", "fake"]


@pytest.mark.parametrize(("classes", "cells"), [(10, 11), (100, 101), (101, 0)])
def test_a_confusion_matrix_up_to_a_hundred_classes(classes, cells, full, tmp_path):
    names = [f"class-{i}" for i in range(classes)]
    text, _ = page(tmp_path, full._replace(quality=quality(names)))
    assert len(re.findall('<rect class="(?:hit|miss)"', text)) == cells
    assert ("too large to read" in text) == (classes > 100)
    assert "class-0 read as class-1: 1 of 10" in text
    assert ("class-0 asked, class-1 read: 1 of 10" in text) == (classes <= 100)


def test_curves_lie_inside_their_frame():
    x = np.arange(5000.0)
    for y in (np.sin(x), np.full(5000, 7.0), np.where(x == 17, 1e9, x), np.where(x == 3, np.nan, -x)):
        drawn = charts.curves("t", {"a": (x, y)}, level=float(np.nanmean(y)))
        for path in re.findall(' class="(?:line|band) s0" d="M([^"Z]*)', drawn):
            points = np.array([pair.split() for pair in path.split("L")], float)
            assert points.min() >= 10
            assert points[:, 0].max() <= 342
            assert points[:, 1].max() <= 186
        assert len(drawn) < 10_000
    assert charts.curves("t", {"a": (x, np.full(5000, np.nan))}) == ""
    assert "dots" in charts.curves("t", {"a": (x[:1], x[:1])})


def test_a_chart_shows_zero_where_its_metric_says_so():
    curve = {"a": (np.arange(9.0), np.linspace(5, 7, 9))}
    assert ">0</text>" not in charts.curves("t", curve).replace('text-anchor="middle">0<', "")
    assert ">0</text>" in charts.curves("t", curve, zero=True).replace('text-anchor="middle">0<', "")


def test_the_charts_of_the_training_are_those_of_the_declared_metrics(full, tmp_path):
    text, _ = page(tmp_path, full._replace(watched=[]))
    titles = re.findall("<figcaption><b>([^<]*)</b>", text)
    assert titles == ["Losses", "Critic gap", "Gradient norm"]
    curves = re.findall('<span class="key s[0-9]">([a-z ]*) ', text)
    assert curves == ["critic", "generator", "critic gap", "gradient norm"]


def test_nested_sections_of_the_config_are_shown_by_their_keys(full, tmp_path):
    nested = {"objective": {"penalties": {"real": {"weight": 0.05}}}}
    assert "<dt>penalties.real.weight</dt><dd>0.05</dd>" in page(tmp_path, full._replace(config=nested))[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.97314, "0.9731"),
        (0.0048681, "0.00487"),
        (-1.5, "\u22121.5"),
        (1500, "1500"),
        (12345.6, "12\u00a0346"),
        (None, "\u2013"),
    ],
)
def test_numbers_are_short(value, text):
    assert charts.number(value) == text


def test_the_same_content_gives_the_same_page(full, tmp_path):
    assert page(tmp_path, full)[0] == page(tmp_path, full)[0]


def test_what_a_path_may_hold_and_no_text_is_escaped():
    assert page_.encoded("caf\udce9") == b"caf\\udce9"
