"""The page to play with: it draws what `sample` draws, asks nobody for anything, and can be used by keyboard.

The browser is Chromium, driven by Playwright; without either, or without the converter to ONNX, they are
skipped.
"""

import base64
import contextlib
import io
import json
import re
import shutil

import numpy as np
import pytest
import sample_helpers as samples
from cli_helpers import call, refused
from PIL import Image

from cwgan_jax import play, pretrained
from cwgan_jax.algorithms import Request
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions.parts import Labels
from cwgan_jax.data.conditions.text import Text
from cwgan_jax.interop import generator
from cwgan_jax.sampling import load

pytestmark = pytest.mark.onnx
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
SIZES = {"desktop, light": (1280, 900, "light"), "phone, dark": (375, 812, "dark")}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    pytest.importorskip("jax2onnx", reason="the page holds ONNX: pip install '.[onnx]'")
    folder = tmp_path_factory.mktemp("play")
    status, said, err = call("play", "--pretrained=digits", f"--out={folder}")
    assert (status, err) == (0, [])
    assert "open it in a browser" in said
    return folder / "index.html"


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="drives the browser: pip install playwright")
    if BROWSER is None:
        pytest.skip("there is no Chromium on the path")
    with (
        sync_api.sync_playwright() as playwright,
        contextlib.closing(playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])) as it,
    ):
        yield it


@pytest.fixture(params=SIZES.values(), ids=list(SIZES))
def page(request, browser, page_file):
    """The page when it has drawn; afterwards, that it has said and asked nothing."""
    width, height, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    opened, said, asked = context.new_page(), [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda one: asked.append(one.url))
    opened.goto(page_file.as_uri())
    opened.wait_for_function("globalThis.cwgan?.drawn() > 0")
    yield opened
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A page of signals with a number, a class, a cycle, labels and a caption; and its model."""
    pytest.importorskip("jax2onnx", reason="the page holds ONNX: pip install '.[onnx]'")
    folder = tmp_path_factory.mktemp("mixed")
    marks, text = Labels("marks", ("a", "b", "c")), Text.of("caption", ["a red three", "two blue fours"])
    model = samples.signals(folder, schema=(*samples.SCHEMA, marks, text))
    play.write(model, folder / "index.html", name="mixed")
    return folder / "index.html", model


def test_every_sort_of_condition(browser, mixed):
    file, model = mixed
    page = browser.new_page()
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    page.wait_for_function("globalThis.cwgan?.drawn() > 0")
    asked = {
        "power": 1.25,
        "digit": "7",
        "angle": 45.0,
        "marks": "a;c",
        "caption": "Red three, two BLUE ones",
    }
    values = [1.25, 1, 45, [0, 2], asked["caption"]]
    vector = conditions.encode(model.schema, {name: [value] for name, value in asked.items()})
    np.testing.assert_allclose(
        page.evaluate("(x) => [...cwgan.encoded(x)]", values), vector[0], rtol=1e-6, atol=1e-7
    )
    size = model.config.model.latent
    of_page = f"(x) => cwgan.generate([cwgan.latentOf(3, 1, 2, {size})], [x]).then((data) => [...data])"
    drawn = np.reshape(page.evaluate(of_page, values), (1, 16, 2))
    latent = model.latents(3, 1, 3)[2:]
    np.testing.assert_allclose(drawn, generator.function(model, "xla")(latent, vector), atol=1e-4)
    page.fill("input[type=text]", "two blue fours")
    page.click(".labels button:text-is('b')")
    page.locator("input[type=range]").nth(1).press("ArrowRight")
    page.wait_for_function("document.getElementById('caption').textContent.includes('two blue fours')")
    assert page.evaluate("cwgan.state.values[3]") == [0, 1]
    page.close()
    assert said == []


@pytest.mark.parametrize("kind", ["stylegan2", "conv"])
def test_truncation_is_that_of_sample(browser, tmp_path, kind):
    """Of a generator with styles psi is an input of the program; of any other it scales the latents."""
    pytest.importorskip("jax2onnx", reason="the page holds ONNX: pip install '.[onnx]'")
    model = samples.untrained(tmp_path, kind)
    play.write(model, tmp_path / "index.html", name=kind)
    page = browser.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_function("globalThis.cwgan?.drawn() > 0")
    assert page.evaluate("cwgan.meta.psi") == (kind != "conv")
    page.evaluate("cwgan.set({ psi: 0.6 })")
    size = model.config.model.latent
    of_page = f"cwgan.generate([cwgan.latentOf(3, 2, 0, {size})], [[2]]).then((data) => [...data])"
    drawn = np.reshape(page.evaluate(of_page), (16, 16, 1))
    page.close()
    image = np.round((np.clip(drawn, -1, 1) + 1) * 127.5)
    request = Request(model.latents(3, 2, 1), model.conditions(np.array([2])))
    wanted = model.draw(request, truncation=0.6)[0].astype(int)
    assert np.abs(image - wanted).max() <= 1
    assert np.abs(image - model.draw(request)[0]).max() > 1


def picture(data_url):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data_url.partition(",")[2]))).convert("L"), int)


def test_its_sheet_has_the_pixels_of_the_files_that_sample_writes(page, tmp_path):
    for seed in (0, 2**32 - 1):
        page.fill("#seed", str(seed))
        page.press("#seed", "Enter")
        sheet = picture(page.evaluate("cwgan.sheet().then((canvas) => canvas.toDataURL())"))
        out = tmp_path / str(seed)
        status, _, _ = call(
            "sample", "--pretrained=digits", "--format=folder", "--count=10", f"--seed={seed}", f"--out={out}"
        )
        assert status == 0
        files = [np.asarray(Image.open(path), int) for path in sorted(out.rglob("*.png"))]
        assert len(files) == 100
        cells = sheet.reshape(10, 16, 10, 16).swapaxes(1, 2).reshape(100, 16, 16)
        assert np.abs(cells - np.stack(files)).max() <= 1
        assert np.ptp(sheet) > 200


def test_it_is_used_by_keyboard(page):
    shown = lambda: page.evaluate("document.getElementById('main').toDataURL()")  # noqa: E731
    page.wait_for_function("document.getElementById('caption').textContent.startsWith('0: seed 0, number 0')")
    first = shown()
    page.focus("[role=radio][aria-checked=true]")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.getElementById('caption').textContent.startsWith('1: ')")
    one = shown()
    page.focus("#pad")
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("document.getElementById('caption').textContent.includes('between latents')")
    moved = shown()
    page.keyboard.press("Home")
    page.wait_for_function("document.getElementById('caption').textContent.includes('number 0')")
    assert len({first, one, moved}) == 3
    assert shown() == one


def test_what_fails_is_said_and_does_not_end_it(page):
    caption = "document.getElementById('caption').textContent"
    page.evaluate("cwgan.set({ values: null })")
    page.wait_for_function(f"{caption}.startsWith('This could not be drawn')")
    page.evaluate("cwgan.set({ values: [0] })")
    page.wait_for_function(f"{caption}.includes('seed 0')")


def test_truncation_walk_and_saving(page):
    assert page.get_by_label("Truncation").get_attribute("type") == "range"  # not the number beside it
    page.evaluate("cwgan.set({ psi: 0.5 })")
    before = page.evaluate("cwgan.drawn()")
    page.click("#walk")
    page.wait_for_function(f"cwgan.drawn() > {before + 3}")
    page.click("#walk")
    assert page.get_attribute("#walk", "aria-pressed") == "false"
    with page.expect_download() as download:
        page.click("#save")
    assert re.fullmatch(r"digits-0-seed0\.png", download.value.suggested_filename)
    with Image.open(download.value.path()) as saved:
        assert saved.size == (16, 16)


def test_what_lies_in_the_page_is_whole(page_file):
    text = page_file.read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    meta = json.loads(re.search(r'<script id="meta" type="application/json">(.*?)</script>', text)[1])
    assert meta["schema"][0]["names"] == list("0123456789")
    assert [len(each) for each in meta["real"]] == [8] * 10


def test_a_page_is_refused_in_one_line(tmp_path, page_file):
    said = refused("play", "--pretrained=digits", f"--out={page_file.parent}")
    assert "--overwrite" in said
    assert "give one" in refused("play", "--pretrained=digits", "--workdir=x")


def test_of_other_kinds_there_is_no_page(tmp_path):
    model = load.load(pretrained.path("digits"), None, set_up=lambda _: None, warn=pytest.fail)
    model.data["kind"] = "tables"
    with pytest.raises(play.ConfigError, match=r"a page is for images and signals"):
        play.write(model, tmp_path / "index.html", name="x")


def test_nor_of_a_generator_that_does_not_convert(tmp_path):
    pytest.importorskip("jax2onnx", reason="the page holds ONNX: pip install '.[onnx]'")
    model = samples.untrained(tmp_path, "style")
    with pytest.raises(play.ConfigError, match=r"^no page can be made of this generator: .*jax2onnx fails"):
        play.write(model, tmp_path / "index.html", name="x")
