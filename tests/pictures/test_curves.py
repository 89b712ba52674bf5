"""losses.png and wasserstein.png."""

import json

import numpy as np
import pytest
from cwgan_jax.algorithms.step import Metrics
from PIL import Image

from cwgan_jax.pictures import curves

NAMES = Metrics._fields[:5]


def coloured(path):
    """Pixels of the first curve's colour and of the second's."""
    red, _, blue = np.moveaxis(np.asarray(Image.open(path).convert("RGB"), int), -1, 0)
    return np.array([(blue > red + 50).sum(), (red > blue + 50).sum()])


@pytest.mark.parametrize("title", ["run", r"$\nonsense$", "a_$1$_b", "100%"])
@pytest.mark.parametrize("tail", ["", '{"step": 3, "cri'])
def test_the_curves_are_drawn_whatever_the_log_and_the_name(tmp_path, title, tail):
    line = {"step": 1} | dict.fromkeys(NAMES, 1.0)
    (tmp_path / "a.jsonl").write_text("\n".join([json.dumps(line)] * 2 + [tail]))
    curves.losses(tmp_path / "a.jsonl", tmp_path / "a.png", title=title)
    curves.losses(tmp_path / "missing.jsonl", tmp_path / "b.png", title=title)
    assert (tmp_path / "a.png").stat().st_size > (tmp_path / "b.png").stat().st_size > 0


def test_the_distances_are_drawn(tmp_path):
    lines = [{"step": step, "wasserstein": 0.5, "critic_estimate": 0.4} for step in (1, 2)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    curves.distances(tmp_path / "a.jsonl", tmp_path / "a.png", title="$")
    curves.distances(tmp_path / "missing.jsonl", tmp_path / "b.png", title="")
    drawn, empty = (coloured(tmp_path / name) for name in ("a.png", "b.png"))
    assert (drawn > empty + 300).all()  # either line crosses the panel; the legend shows both colours
