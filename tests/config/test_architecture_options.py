"""An architecture's options are declared with it: who has them, what is said where it has not, a new one."""

import dataclasses

import flax.linen as nn
import jax.numpy as jnp
import ml_collections
import numpy as np
import pytest
import run_helpers as runs
from conftest import TINY, make_config

from cwgan_jax import config
from cwgan_jax.common import options
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.common.model import Model
from cwgan_jax.common.options import Conflict
from cwgan_jax.networks import ARCHITECTURES, Architecture, Form, Networks, build


def refused(given=None, **overrides):
    """The lines with which a config is refused."""
    overrides = {key.replace("__", "."): value for key, value in overrides.items()}
    with pytest.raises(ConfigError) as caught:
        config.resolve(ml_collections.ConfigDict(given or {}), overrides)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_section_is_the_class_of_its_architecture(name):
    given = {"model": {"architecture": name}, "objective": {"penalties": {"interpolates": {"weight": 0}}}}
    if "points" in ARCHITECTURES[name].kinds:
        given["data"] = {"name": "ring"}
    made = config.resolve(ml_collections.ConfigDict(given))
    assert type(made.model) is ARCHITECTURES[name].options
    assert made.model == ARCHITECTURES[name].options()  # its own default is its name in the table
    assert config.from_dict(config.to_dict(made)) == made
    keys = [line.partition(" = ")[0] for line in config.describe(made).splitlines()]
    own = [f"model.{field.name}" for field in dataclasses.fields(made.model)]
    assert [key for key in keys if key.startswith("model.")] == own


def test_an_unknown_architecture_is_one_line_whatever_else_is_set():
    given = {"model": {"architecture": "mpl", "attention": 7}, "data": {"name": "ring", "size": 31}}
    (line,) = refused(given)
    assert line == (
        "config.model.architecture=mpl: not allowed; it must be one of: "
        "conv, mlp, dcgan, style, stylegan2, autoencoder, points, signal, table, resnet, r3gan, translator"
    )
    assert refused({"model": {"architecture": [1]}})[0].startswith("config.model.architecture=[1]: not allow")


MLP_HAS = (
    "its own options are: features, embedding, condition_layers, condition_width, condition_frequencies,"
    " generator_labels, critic_labels, batch_norm_epsilon"
)


def test_an_option_that_the_architecture_has_not():
    expected = f"config.model.attention=8: architecture mlp has no such option; {MLP_HAS}"
    assert refused({"model": {"architecture": "mlp", "attention": 8}}) == [expected]
    assert refused({"model": {"architecture": "mlp"}}, model__attention="8") == [expected]
    assert refused(model__architecture="mlp", model__attention="8") == [expected]
    assert refused({"model": {"architecture": "mlp"}}, model__latnet="8") == [
        "config.model.latnet=8: there is no such key; did you mean config.model.latent?"
    ]


def test_a_file_for_one_architecture_and_another_on_the_command_line():
    given = {"model": {"attention": 8, "critic_norm": "off", "features": 4}}
    file, texts = ml_collections.ConfigDict(given), {"model.architecture": "mlp"}
    assert config.left_out(file, texts) == [
        f"config.model.{option}: of the config file, left out, since architecture mlp has no such option"
        for option in ("attention=8", "critic_norm=off")
    ]
    assert config.left_out(file, {}) == []
    made = config.resolve(file, texts)
    assert (type(made.model), made.model.features) == (ARCHITECTURES["mlp"].options, 4)
    own = refused(given, model__architecture="mlp", model__attention="8")
    assert own == [f"config.model.attention=8: architecture mlp has no such option; {MLP_HAS}"]
    given["model"]["latnet"] = 8
    assert refused(given, model__architecture="mlp") == [
        "config.model.latnet=8: there is no such key; did you mean config.model.latent?"
    ]


def test_two_architectures_differ_in_it_and_in_what_both_have():
    old, new = make_config(), make_config(model__architecture="mlp", model__latent=7)
    assert config.resume_conflicts(old, new) == [
        "config.model.architecture: the checkpoint has conv, this run asks for mlp",
        "config.model.latent: the checkpoint has 5, this run asks for 7",
    ]


@dataclasses.dataclass(frozen=True)
class ShallowOptions(Model):
    """Of the architecture that this file adds."""

    architecture: str = "shallow"
    units: int = options.count(3, high=8)
    gain: float = options.real(1.0, "a number > 0", lambda v: v > 0)

    def conflicts(self, config):
        yield from super().conflicts(config)
        if self.units > config.data.size:
            yield Conflict(("model.units", "data.size"), f"more than the {config.data.size} rows")

    def idle(self):
        if self.units == 1:
            yield "model.gain", "with one unit it is absorbed"


class ShallowGenerator(nn.Module):
    shape: tuple[int, int, int]
    units: int
    gain: float

    @nn.compact
    def __call__(self, latent, condition, *, train, reduce=None):
        x = nn.Dense(self.units)(jnp.concatenate([latent, condition], -1)) * self.gain
        return jnp.tanh(nn.Dense(int(np.prod(self.shape)))(x)).reshape(-1, *self.shape)


class ShallowCritic(nn.Module):
    units: int

    @nn.compact
    def __call__(self, example, condition, *, reduce=None):
        x = example.reshape(*example.shape[:-3], -1)
        x = nn.relu(nn.Dense(self.units)(jnp.concatenate([x, condition], -1)))
        return nn.Dense(1)(x)[..., 0]


def shallow(model, form):
    return Networks(ShallowGenerator(form.shape, model.units, model.gain), ShallowCritic(model.units))


TINY_SHALLOW = {key: value for key, value in TINY.items() if key not in ("model.features", "model.embedding")}
TINY_SHALLOW |= {"model.architecture": "shallow", "train.devices": "1"}


def resolved(**changes):
    changes = {key.replace("__", "."): str(value) for key, value in changes.items()}
    return config.resolve(ml_collections.ConfigDict(), TINY_SHALLOW | changes)


@pytest.fixture
def added(monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "shallow", Architecture(ShallowOptions, shallow, sizes=range(16, 33)))


def test_an_architecture_of_this_file(added, tmp_path):
    """One line of the table: its options are read, checked, described and built from."""
    cfg = resolved(model__units="5")
    assert cfg.model == ShallowOptions(latent=5, units=5)
    assert config.from_dict(config.to_dict(cfg)) == cfg
    assert "model.units = 5" in config.describe(cfg).splitlines()
    assert build(cfg.model, Form((16, 16, 1))).critic.units == 5
    assert runs.in_process(cfg, tmp_path) == 0
    assert runs.resolved(tmp_path) == cfg
    assert runs.final_state(tmp_path)[0] == 6
    changed = resolved(model__units="4", model__gain="2")
    assert config.resume_conflicts(cfg, changed) == [
        "config.model.units: the checkpoint has 5, this run asks for 4",
        "config.model.gain: the checkpoint has 1.0, this run asks for 2.0",
    ]
    assert config.without_effect(resolved(model__units="1", model__gain="2")) == [
        "config.model.gain=2.0 has no effect: with one unit it is absorbed"
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model__units": 9}, "config.model.units=9: not allowed; it must be a whole number in [1, 8]"),
        (
            {"model__features": 9},
            "config.model.features=9: architecture shallow has no such option; its own options are: units,"
            " gain",
        ),
        (
            {"data__size": 40},
            "config.data.size=40: not allowed; it must be a number from 16 to 32, such as 32 (or use"
            " config.model.architecture=mlp)",
        ),
        ({"data__size": 16, "model__architecture": "conv", "model__units": 2}, "has no such option"),
    ],
)
def test_its_options_are_checked(added, changes, expected):
    with pytest.raises(ConfigError) as caught:
        resolved(**changes)
    assert expected in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_it_is_gone_again():
    assert "shallow" not in refused(model__architecture="shallow")[0].partition(": ")[2]
