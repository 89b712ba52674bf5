"""How to add one of each, from outside the package: each test adds a thing, and a run uses it.

In the package the same takes one new function or file, and one line in the table named here.
"""

import dataclasses

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
import pytest
import run_helpers as runs
from cli_helpers import refused
from conftest import NO_PENALTY, make_config
from two_translators import make as make_translators

from cwgan_jax import algorithms, checkpoint, config, data, kinds
from cwgan_jax.common import options
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.files import json_lines
from cwgan_jax.common.metric import Metric
from cwgan_jax.data.codec import Codec
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.source import Source
from cwgan_jax.kinds.kind import Kind
from cwgan_jax.networks import ARCHITECTURES, Architecture, Networks
from cwgan_jax.networks.architecture import Options
from cwgan_jax.networks.condition import beside
from cwgan_jax.objectives import controllers, losses, penalties
from cwgan_jax.pictures import sheets
from cwgan_jax.training import plan

MLP = {"model__architecture": "mlp", "train__devices": 1}


def run(workdir, **changes):
    """Trains for six steps; the last step, and every leaf of its state."""
    assert runs.in_process(make_config(**changes), workdir) == 0
    return runs.final_state(workdir)


def last_metrics(workdir):
    return json_lines(workdir / "metrics.jsonl")[-1]


def test_a_data_set(tmp_path, monkeypatch):
    """`data.DATASETS`: a source that reads pictures on demand, of any size."""

    def stripes(section, split):
        def read(numbers):
            for i in numbers:
                picture = np.zeros((20, 20), np.uint8)
                picture[
                    (slice(None, None, 2), slice(None)) if i % 2 else (slice(None), slice(None, None, 2))
                ] = 255
                yield picture, i % 2

        size = 40 if split == "train" else 20
        labels = np.arange(size, dtype=np.int32) % 2
        return Source("stripes", size, 1, of_classes(("upright", "level")), read, lambda: labels)

    monkeypatch.setitem(data.DATASETS, "stripes", stripes)
    step, state = run(tmp_path, **MLP, data__name="stripes")
    assert step == 6
    assert state[".players['generator'].params['label_embed']['embedding']"].shape[0] == 2


def test_a_kind_of_data(tmp_path, monkeypatch):
    """`kinds.KINDS`: waves of 16 samples, stored as i16, drawn as curves."""
    time = np.linspace(0, 2 * np.pi, 16)

    def sines(section, split):
        label = np.arange(40, dtype=np.int32) % 2
        signal = 30_000 * np.sin((label[:, None] + 1) * time)
        return data.Dataset(
            signal[:, None, :, None].astype(np.int16), label, of_classes(("slow", "fast")), kind="waves"
        )

    def sheet(run, state, n):
        condition = np.eye(2, dtype=np.float32)
        latent = np.zeros((2, run.config.model.latent), np.float32)
        drawn = algorithms.generation.sample(
            run.algorithm, state, algorithms.Request(latent, condition), codec.decode
        )
        bars = np.broadcast_to(drawn[..., 0] > 0, (2, 16, 16)) * np.uint8(255)
        return sheets.sheet([sheets.Panel(f"step {n}", bars[:, None, ..., None])]), drawn

    codec = Codec(lambda x, dtype: x.astype(dtype) / 32768, lambda x: jnp.round(x * 32767).astype(jnp.int16))
    waves = Kind(
        codec=codec,
        unit="waves",
        sheet=sheet,
        finish=lambda run, workdir, frames: (),
        monitor=lambda run, workdir, first, check: Loudness(workdir),
        measurable=lambda cfg, dataset: (cfg, ""),
        measures=lambda cfg: "loudness",
    )
    monkeypatch.setitem(data.DATASETS, "sines", sines)
    monkeypatch.setitem(kinds.KINDS, "waves", waves)
    step, _ = run(tmp_path, **MLP, data__name="sines", quality__every=3)
    assert step == 6
    assert len(list((tmp_path / "samples").iterdir())) == 2
    assert "waves_per_second" in last_metrics(tmp_path)
    assert [line["step"] for line in json_lines(tmp_path / "quality.jsonl")] == [3, 6]
    with pytest.raises(ConfigError, match=r"=conv: it makes examples .* the data are 1x16x1; use mlp"):
        plan.make(make_config(data__name="sines"))


class Loudness:
    """Measures waves by the size of the generator's last layer; any function of the state would do."""

    def __init__(self, workdir):
        self.log = workdir / "quality.jsonl"

    def add(self, step, state, watch):
        bias = float(np.abs(state.players["generator"].params["image"]["bias"]).mean())
        with self.log.open("a") as file:
            file.write(f'{{"step": {step}, "loudness": {bias}}}\n')
        watch.quality(step, {"loudness": bias})


@dataclasses.dataclass(frozen=True)
class DenseOptions(Options):
    architecture: str = "dense"
    depth: int = options.count(2)


class Stack(nn.Module):
    """Generator and critic: dense layers of the input and its condition."""

    width: int
    depth: int
    shape: tuple = ()

    @nn.compact
    def __call__(self, x, condition, *, train=True, reduce=None):
        x = x if self.shape else x.reshape(*x.shape[:-3], -1)
        x = beside(x, condition, 3)
        for _ in range(self.depth):
            x = nn.relu(nn.Dense(self.width)(x))
        y = nn.Dense(int(np.prod(self.shape)))(x)
        return jnp.tanh(y).reshape(*y.shape[:-1], *self.shape) if self.shape else y[..., 0]


def test_a_network(tmp_path, monkeypatch):
    """`networks.ARCHITECTURES`: a pair of modules, and an option of its own."""

    def build(model, form):
        return Networks(Stack(model.features, model.depth, form.shape), Stack(model.features, model.depth))

    monkeypatch.setitem(ARCHITECTURES, "dense", Architecture(DenseOptions, build))
    _, state = run(tmp_path, train__devices=1, model__architecture="dense", model__depth=3)
    assert ".players['critic'].params['Dense_3']['kernel']" in state
    with pytest.raises(
        ConfigError, match=r"config\.model\.attention=8: architecture dense has no such option"
    ):
        make_config(model__architecture="dense", model__attention=8)


def test_an_objective_that_sees_pairs(tmp_path, monkeypatch):
    """`losses.OBJECTIVES`: here the critic and the generator compare example by example."""

    def squares(real, fake, inputs):
        return losses.Losses(jnp.square(real - fake - 1).mean(), jnp.square(fake - real).mean())

    monkeypatch.setitem(losses.OBJECTIVES, "squares", losses.Objective(squares, paired=True))
    run(tmp_path, **MLP, **NO_PENALTY, objective__loss="squares")
    assert last_metrics(tmp_path)["generator_loss"] >= 0
    with pytest.raises(ConfigError, match="same label"):
        make_config(**MLP, objective__loss="squares", objective__fake_labels="uniform")


def test_a_penalty(tmp_path, monkeypatch):
    """`penalties.PENALTIES`: here on the size of the scores (the drift term of Karras et al. 2018)."""

    def drift(at):
        return jnp.square(at.score(at.example, at.condition)).mean(), {}

    monkeypatch.setitem(penalties.PENALTIES, "drift", penalties.Penalty(drift))
    at_real = {"objective__penalties__real__kind": "drift", "objective__penalties__real__weight": 0.001}
    run(tmp_path, **MLP, **at_real)
    metrics = last_metrics(tmp_path)
    assert metrics["real_penalty"] > 0
    assert metrics["penalty"] > 0  # that at the interpolates is still there
    assert "real_gradient_norm" not in metrics


def test_a_controller(tmp_path, monkeypatch):
    """A controller is named by the objective that reads it: here a margin that follows the critic's gap."""

    def margin(section):
        def observe(value, observed):
            moved = 0.9 * value + 0.1 * observed["critic_gap"]
            return moved, {"margin": moved}

        metrics = (Metric("margin", "margin", "margin"),)
        return controllers.Controller(lambda dtype: jnp.ones((), dtype), observe, metrics)

    def hinge(real, fake, inputs):
        width = inputs.controllers["margin"]
        return losses.Losses((nn.relu(width - real) + nn.relu(width + fake)).mean(), -fake.mean())

    monkeypatch.setitem(losses.OBJECTIVES, "hinge2", losses.Objective(hinge, controllers={"margin": margin}))
    _, state = run(tmp_path, **MLP, **NO_PENALTY, objective__loss="hinge2")
    assert state[".controllers['margin']"] == np.float32(last_metrics(tmp_path)["margin"])
    assert state[".controllers['margin']"] != 1


def test_an_algorithm_with_two_generators_and_two_critics(tmp_path, monkeypatch, one_program):
    """`algorithms.ALGORITHMS`: see two_translators.py. Four devices, stopped and resumed, bit for bit."""
    monkeypatch.setitem(algorithms.ALGORITHMS, "two_translators", make_translators)
    changes = {"algorithm": "two_translators", "train__devices": 4, "train__ema_decay": 0.9}
    whole = run(tmp_path / "whole", **changes)
    assert set(algorithms.make(*_rebuilt(tmp_path / "whole")).inputs) == {"a", "b"}
    run(tmp_path / "parts", **changes, train__steps=3)
    runs.assert_same(run(tmp_path / "parts", **changes), whole)
    one = run(tmp_path / "one", **changes | {"train__devices": 1})
    for path, leaf in whole[1].items():
        np.testing.assert_allclose(one[1][path], leaf, rtol=1e-3, atol=1e-5, err_msg=path)
    assert {"loss_ab", "loss_ba", "cycle"} <= last_metrics(tmp_path / "whole").keys()
    for command in ("sample", "evaluate"):  # they take latents, which it has not
        said = refused(command, f"--workdir={tmp_path / 'whole'}", status=2)
        assert "config.algorithm=two_translators has no generator of latents" in said


def _rebuilt(workdir):
    about = {}

    def template(found):
        about.update(found)
        return algorithms.abstract(plan.rebuild(found)[1])

    checkpoint.restore(workdir / "checkpoints", template, set_aside=False, warn=print)
    cfg = config.from_dict(about["config"])
    return cfg, kinds.spec_of(cfg, about["data"])
