"""A page with everything, a page with nothing, and a reader of pages; shared by its tests."""

from html.parser import HTMLParser

import numpy as np

from cwgan_jax.common.metric import Metric
from cwgan_jax.pictures import sheets
from cwgan_jax.report import page as page_

EVIL = ["<b>\"&'</b>", "</script><script>alert(1)</script>", "a_name_that_goes_on" + 5 * "_and_on"]
DECLARED = (
    Metric("critic_loss", "critic", "losses"),
    Metric("generator_loss", "generator", "losses"),
    Metric("critic_gap", "critic gap", "critic gap", zero=True),
    Metric("gradient_norm", "gradient norm", "gradient norm"),
)
VOID = {"meta", "link", "img", "br", "input"}
NONE = np.zeros((0,), np.uint8)
EMPTY = page_.Content(
    "run", {}, [], [], [], [], NONE, NONE, [], NONE, NONE, NONE, (NONE, NONE), NONE, {}, {}
)  # fmt: skip


def pictures(*lead, size=16, channels=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*lead, size, size, channels), np.uint8)


def quality(names):
    count = len(names)
    matrix = np.diag(np.full(count, 9))
    matrix[0, 1] = 1
    return {
        "step": 1500,
        "class_names": names,
        "recipe": {"generated_images": "10 of each class"},
        "metrics": {
            "frechet": {
                "title": f"Fréchet {names[0]}", "value": 3.21, "spread": [3.0, 3.4], "floor": 0.8, "n": 30,
                "better": "lower", "about": "Between features.",
            },
            "recall": {"title": "Recall", "value": float("nan"), "spread": None, "floor": None, "n": 30,
                       "better": "higher", "about": "Share."},
        },
        "per_class": {"agreement": [0.9] * (count - 1) + [None], "distance": list(map(float, range(count)))},
        "confusion": matrix.tolist(),
        "alarms": [f"{names[1]} is never read, nor {names[2]}"],
        "usefulness": {
            "gan_train": {"generated": 0.953, "real": 0.989, "images": 10000},
            "augmentation": [{"real_images": 10, "without": 0.5, "with": 0.9}],
        },
    }  # fmt: skip


def content(folder, names=EVIL):
    """Everything a page can have, with names that would like to be markup."""
    files = []
    for step in (100, 200, 300):
        panels = [sheets.Panel(f"generated, step {step}", pictures(2, 2, seed=step))]
        panels.append(sheets.Panel("real", pictures(2, 2)))
        sheets.save_png(sheets.sheet(panels), folder / "samples" / f"{step}.png")
        files.append((step, folder / "samples" / f"{step}.png"))
    line = {"critic_loss": -1.0, "generator_loss": 2.0, "critic_gap": 3.0, "gradient_norm": 1.0}
    rng = np.random.default_rng(0)
    return page_.Content(
        title=names[1] + names[2],
        quality=quality(names),
        declared=DECLARED,
        metrics=[{"step": n, **line, "critic_gap": 300 / n} for n in range(1, 201)],
        watched=[{"step": n, "frechet": 1000 / n, "agreement": float("nan")} for n in (100, 200, 300)],
        sheets=files,
        real=pictures(3, 10),
        fake=pictures(3, 10, seed=1),
        row_names=list(names),
        points=rng.normal(size=(2, 40, 2)),
        point_labels=rng.integers(0, 3, (2, 40)),
        walks=pictures(3, 24),
        nearest=(pictures(4), pictures(4, seed=1)),
        nearest_distance=np.arange(4.0),
        config={"seed": 0, "data": {"name": names[0], "dir": "/data"}},
        versions={"python": "3.11", "machine": names[1] + names[2]},
    )


class Reader(HTMLParser):
    """Keeps elements and text of a page; fails where tags are not balanced."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def page(path, content):
    page_.write(path / "report.html", content)
    text = (path / "report.html").read_text("utf-8")
    return text, Reader(text)
