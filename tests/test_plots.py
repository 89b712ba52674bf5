"""losses.png and wasserstein.png."""

import json

import pytest

from cwgan_jax import plots
from cwgan_jax.step import Metrics

NAMES = Metrics._fields[:5]


@pytest.mark.parametrize("title", ["run", r"$\nonsense$", "a_$1$_b", "100%"])
@pytest.mark.parametrize("tail", ["", '{"step": 3, "cri'])
def test_the_curves_are_drawn_whatever_the_log_and_the_name(tmp_path, title, tail):
    line = {"step": 1} | dict.fromkeys(NAMES, 1.0)
    (tmp_path / "a.jsonl").write_text("\n".join([json.dumps(line)] * 2 + [tail]))
    plots.losses(tmp_path / "a.jsonl", tmp_path / "a.png", title=title)
    plots.losses(tmp_path / "missing.jsonl", tmp_path / "b.png", title=title)
    assert (tmp_path / "a.png").stat().st_size > (tmp_path / "b.png").stat().st_size > 0


def test_the_distances_are_drawn(tmp_path):
    line = {"step": 1, "wasserstein": 0.5, "critic_estimate": 0.4}
    (tmp_path / "a.jsonl").write_text("\n".join([json.dumps(line)] * 2))
    plots.distances(tmp_path / "a.jsonl", tmp_path / "a.png", title="$")
    plots.distances(tmp_path / "missing.jsonl", tmp_path / "b.png", title="")
    assert (tmp_path / "a.png").stat().st_size > (tmp_path / "b.png").stat().st_size > 0
