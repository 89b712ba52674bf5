"""report.html in a browser as narrow as a phone: nothing fails, nothing sticks out, everything moves."""

import html
import json
import re
import shutil
import subprocess

import pytest
from report_helpers import EVIL, content, page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)

PROBE = """
const wait = (time) => new Promise((done) => setTimeout(done, time));
addEventListener("load", async () => {
  const shown = ".player [data-step]:not([hidden]) img";
  const seen = () => [...document.querySelectorAll(shown)].map((image) => image.src);
  const root = document.documentElement;
  document.querySelectorAll("details").forEach((part) => { part.open = true; });
  const found = {frame: innerWidth, room: root.clientWidth, page: root.scrollWidth, last: seen()};
  const slider = document.querySelector(".player input");
  slider.value = 0;
  slider.dispatchEvent(new Event("input"));
  found.first = seen();
  found.label = document.querySelector(".player output").textContent;
  document.querySelector(".player button").click();
  found.played = seen();
  found.button = document.querySelector(".player button").textContent;
  const canvas = document.querySelector(".walks canvas");
  const copy = new OffscreenCanvas(16, 16).getContext("2d", {willReadFrequently: true});
  const pixels = () => {
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, 16, 16).data.join();
  };
  await wait(100);
  const before = pixels();
  document.querySelector(".walks button").click();
  found.walked = before !== pixels();
  document.querySelectorAll("thead button")[2].click();
  document.querySelectorAll("thead button")[2].click();
  found.order = [...document.querySelectorAll("#classes tbody th")].map((cell) => cell.dataset.value);
  document.querySelector(".confusion .miss").dispatchEvent(new Event("click", {bubbles: true}));
  found.cell = document.querySelector(".confusion output").textContent;
  document.querySelector("[data-only=k1]").click();
  found.dim = document.querySelectorAll(".scatter .dim").length;
  found.bright = document.querySelectorAll(".scatter path:not(.dim)").length;
  parent.document.documentElement.dataset.found = JSON.stringify(found);
});
"""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_in_a_browser_on_a_phone(tmp_path):
    text, _ = page(tmp_path, content(tmp_path))
    phone = tmp_path / "phone.html"
    inner = html.escape(text.replace("</body>", f"<script>{PROBE}</script></body>"))
    # No window is narrower than 500 pixels; a frame is.
    phone.write_text(f'<!doctype html><iframe width="375" height="812" srcdoc="{inner}"></iframe>', "utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--dump-dom"]
    command += ["--virtual-time-budget=3000", phone.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr, done.stderr
    found = json.loads(html.unescape(re.search('data-found="([^"]*)"', done.stdout)[1]))
    assert found["page"] <= found["room"] <= found["frame"] == 375
    assert len(found["last"]) == len(found["first"]) == len(found["played"]) == 1
    assert len({*found["last"], *found["first"], *found["played"]}) == 3
    assert (found["label"], found["button"]) == ("step 100", "Pause")
    assert found["walked"]
    assert found["order"] == ["2", "1", "0"]
    assert found["cell"] == f"{EVIL[0]} asked, {EVIL[1]} read: 1 of 10"
    assert (found["bright"], found["dim"]) == (2, 4)
