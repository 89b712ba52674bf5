"""The map between two sets, found without pairs, and translators that start from it."""

import conftest
import cycle_helpers as helpers
import jax
import numpy as np
import run_helpers as runs

from cwgan_jax import data
from cwgan_jax.algorithms import Request, alignment, cyclegan, cyclegan_setting, cyclegan_start
from cwgan_jax.common import history
from cwgan_jax.data.codec import PIXELS


def test_digits_and_other_digits_on_their_sides():
    """No digit is in both sets; afterwards each is nearly the one it should be."""
    known = data.load_domains(helpers.config().data, "train")
    upright, turned = (known[domain].image.reshape(-1, 64) / 255 for domain in data.DOMAINS)
    order = np.random.default_rng(0).permutation(len(upright))
    found = alignment.align(upright[order[:400]], turned[order[400:800]], np.random.default_rng(1))
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(32), atol=1e-9)
    rest = order[800:]
    assert np.abs(upright - turned)[rest].mean() > 0.3
    assert np.abs(found.forth(upright[rest]) - turned[rest]).mean() < 0.08
    assert np.abs(found.back(turned[rest]) - upright[rest]).mean() < 0.08


def test_what_is_turned_back_is_found_again():
    """A rotation of any points is undone, up to nothing: the cost is zero."""
    points = np.random.default_rng(1).gamma(2, np.linspace(1, 2, 5), (60, 5))
    turned = points @ np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0]
    found = alignment.align(points, np.random.default_rng(3).permutation(turned), np.random.default_rng(4))
    assert found.cost < 1e-9
    np.testing.assert_allclose(found.forth(points), turned, atol=1e-6)


def test_translators_learn_the_map(monkeypatch):
    cfg = helpers.config(
        translation__aligned_start=True, model__features=8, train__batch_size=32, train__ema_decay=0.5
    )
    setting = helpers.setting(cfg)
    known = data.load_domains(cfg.data, "train")
    begun = cyclegan.init(setting, 0)
    monkeypatch.setattr(alignment, "EXAMPLES", 400)
    monkeypatch.setattr(cyclegan_start, "_PICTURES", 3200)
    with conftest.full_optimisation():
        state, told = cyclegan.make(cfg, setting.spec).prepare(
            begun, {name: x.stored for name, x in known.items()}
        )
    assert told["pictures"] == 400
    nothing = np.zeros((1, 0))
    for way, (source, target) in cyclegan_setting.DIRECTIONS.items():
        made = PIXELS.decode(
            cyclegan.sample(setting, state, Request(nothing, nothing, known[source].image, way))
        )
        off, before = (
            np.abs(known[target].image / 255 - x / 255).mean() for x in (made, known[source].image)
        )
        assert off < 0.2 < before, way
        same = jax.tree.map(np.array_equal, state.players[way].params, state.players[way].average["params"])
        assert all(jax.tree.leaves(same))
    for domain in data.DOMAINS:
        critic = cyclegan_setting.critic_of(domain)
        jax.tree.map(
            np.testing.assert_array_equal, state.players[critic].params, begun.players[critic].params
        )


def test_a_run_is_prepared_once(tmp_path, one_program, monkeypatch):
    def prepare(setting, state, streams):
        assert {name: len(each.example) for name, each in streams.items()} == {"A": 1438, "B": 1438}
        return state, {"pictures": 7}

    monkeypatch.setattr(cyclegan_start, "prepare", prepare)
    for steps in (1, 2):
        cfg = helpers.config(translation__aligned_start=True, train__steps=steps)
        assert runs.in_process(cfg, tmp_path) == 0
        assert history.lines(tmp_path) == [{"step": 0, "event": "prepared", "pictures": 7}]
