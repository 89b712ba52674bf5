"""The alarm for collapsed classes while training: once for each, also over a resume."""

import jax
import quality_helpers as given
from conftest import make_config

from cwgan_jax.algorithms import initial
from cwgan_jax.common import history
from cwgan_jax.evaluation import measure, monitor
from cwgan_jax.training import plan
from cwgan_jax.training.watch import Watch

WATCHED = {"quality__every": 2, "quality__samples": 100, "train__devices": 1, "model__architecture": "mlp"}


class Said(Watch):
    def __init__(self):
        super().__init__(())
        self.lines = []

    def say(self, line):
        self.lines.append(line)


def test_the_alarm_rings_once_for_each_collapse(tmp_path, monkeypatch):
    made = plan.make(make_config(**WATCHED, train__steps=100))
    real = given.real()
    monkeypatch.setattr(monitor.stacked_judge, "judge", lambda *_: given.judge())
    watched, watch = monitor.Monitor(made, tmp_path, 0, lambda: None), Said()
    image, label = real.held_out.image, real.held_out.target
    flat = image.copy()
    flat[label == 7] = image[label == 7][0]
    sets = {"good": real.held_out, "flat": given.as_set(flat, label)}
    state = jax.device_get(initial(made.algorithm, 0))
    told = []
    for n, name in enumerate(["flat", "good", "flat", "flat", "good", "flat"], 1):
        monkeypatch.setattr(measure, "generated", lambda *_, name=name, **__: sets[name])
        watch.lines = []
        watched.add(n, state, watch)
        told.append([line for line in watch.lines if line.startswith("alarm")])
    assert [len(x) for x in told] == [0, 0, 1, 0, 1, 1]  # the first: too early to have had any variety
    assert "step 3" in told[2][0]
    assert ": 7; look at" in told[2][0]
    assert told[4] == ["alarm over: step 5: the images of every class differ again"]
    assert history.ringing(tmp_path) == {monitor.COLLAPSED: 6}
    watch.lines = []
    monitor.Monitor(made, tmp_path, 6, lambda: None).add(7, state, watch)  # resumed
    assert not [line for line in watch.lines if line.startswith("alarm")]
