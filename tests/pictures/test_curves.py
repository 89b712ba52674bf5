"""losses.png and wasserstein.png."""

import json

import numpy as np
import pytest
from matplotlib import pyplot
from PIL import Image

from cwgan_jax.common.metric import Metric
from cwgan_jax.pictures import curves

DECLARED = (
    Metric("critic_loss", "critic", "losses"),
    Metric("generator_loss", "generator", "losses"),
    Metric("critic_gap", "critic gap", "critic gap", zero=True),
    Metric("real_penalty", "real penalty", "penalties", unit="nats"),
)


def coloured(path):
    """Pixels of the first curve's colour and of the second's."""
    red, _, blue = np.moveaxis(np.asarray(Image.open(path).convert("RGB"), int), -1, 0)
    return np.array([(blue > red + 50).sum(), (red > blue + 50).sum()])


@pytest.fixture
def axes(monkeypatch):
    """Fills with the panels of each figure that is closed."""
    found, close = [], pyplot.close
    monkeypatch.setattr(pyplot, "close", lambda figure: (found.extend(figure.axes), close(figure)))
    return found


@pytest.mark.parametrize("title", ["run", r"$\nonsense$", "a_$1$_b", "100%"])
@pytest.mark.parametrize("tail", ["", '{"step": 3, "cri'])
def test_the_curves_are_drawn_whatever_the_log_and_the_name(tmp_path, title, tail):
    lines = [{"step": n} | {metric.name: 1.0 for metric in DECLARED} for n in (1, 2)]
    (tmp_path / "a.jsonl").write_text("\n".join([*map(json.dumps, lines), tail]))
    curves.metrics(tmp_path / "a.jsonl", tmp_path / "a.png", DECLARED, title=title)
    curves.metrics(tmp_path / "missing.jsonl", tmp_path / "b.png", DECLARED, title=title)
    assert (coloured(tmp_path / "a.png") > coloured(tmp_path / "b.png")).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_panel_for_each_group_of_metrics_that_says_what_it_shows(tmp_path, axes, sign):
    lines = [{"step": n} | {metric.name: sign * (4.0 + n) for metric in DECLARED} for n in range(3)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    curves.metrics(tmp_path / "a.jsonl", tmp_path / "a.png", DECLARED, title="run")
    assert [axis.get_title() for axis in axes] == ["losses", "critic gap", "penalties, nats"]
    legends = [axis.get_legend() and [text.get_text() for text in axis.get_legend().texts] for axis in axes]
    assert legends == [["critic", "generator"], None, ["real penalty"]]
    shown = [axis.get_ylim() for axis in axes]
    assert [low <= 0 <= high for low, high in shown] == [False, True, False]


def test_a_metric_that_came_later_is_drawn_from_then_on(tmp_path, axes):
    """As after --allow_change=objective.penalties.real.weight."""
    lines = [{"step": n} | {metric.name: 1.0 for metric in DECLARED} for n in range(6)]
    for line in lines[:3]:
        del line["real_penalty"]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    curves.metrics(tmp_path / "a.jsonl", tmp_path / "a.png", DECLARED, title="run")
    for curve in axes[2].lines:
        np.testing.assert_array_equal(np.isfinite(curve.get_ydata()), [False] * 3 + [True] * 3)
        assert set(curve.get_ydata()[3:]) == {1.0}


def test_the_distances_are_drawn(tmp_path, axes):
    titles = {"wasserstein": "distance", "critic_estimate": "critic gap"}
    lines = [{"step": step, "wasserstein": 0.5, "critic_estimate": 0.4} for step in (1, 2)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    curves.figures(tmp_path / "a.jsonl", tmp_path / "a.png", titles, title="$")
    curves.figures(tmp_path / "missing.jsonl", tmp_path / "b.png", titles, title="")
    drawn, empty = (coloured(tmp_path / name) for name in ("a.png", "b.png"))
    assert (drawn > empty + 300).all()  # either line crosses the panel; the legend shows both colours
    assert [len(axis.get_lines()) for axis in axes] == [2, 0]
    del lines[0]["critic_estimate"], lines[1]["critic_estimate"]  # an algorithm without a critic
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    curves.figures(tmp_path / "a.jsonl", tmp_path / "a.png", titles, title="$")
    assert len(axes[-1].get_lines()) == 1
