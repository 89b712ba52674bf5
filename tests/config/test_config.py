"""Configs: every problem at once, exact types, a round trip, what a resumed run may change."""

import dataclasses
import re
from pathlib import Path

import ml_collections
import pytest
from conftest import make_config

from cwgan_jax import cli, config
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.networks import conv

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.py"))


def problems(given=None, **overrides):
    overrides = {key.replace("__", "."): value for key, value in overrides.items()}
    with pytest.raises(ConfigError) as caught:
        config.resolve(ml_collections.ConfigDict(given or {}), overrides)
    return str(caught.value).splitlines()


def test_every_problem_is_reported_at_once():
    found = problems(
        {"modle": {"features": 3}, "train": {"batch_size": True}, "data": 7},
        train__stesp="5",
        train__steps="x",
        data__size="31",
        optimizer__beta1="nan",
        seed="-1",
    )
    for expected in (
        "config.modle.features=3: there is no such key; did you mean config.model.features?",
        "config.train.stesp=5: there is no such key; did you mean config.train.steps?",
        "config.train.batch_size=True: not allowed; it must be a whole number in [1, 1048576]",
        "config.train.steps=x: not allowed; it must be a whole number in [1, 2147483647] or none",
        "config.data.size=31: not allowed; it must be a multiple of 4 from 16 to 256, such as 32"
        " (or use config.model.architecture=mlp)",
        "config.optimizer.beta1=nan: not allowed; it must be a number in [0, 1)",
        "config.seed=-1: not allowed; it must be a whole number in [0, 2^32)",
    ):
        assert expected in found
    assert len(found) == 8
    assert any(line.startswith("config.data=7: there is no such key") for line in found)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("model.latnet", "did you mean config.model.latent?"),
        ("modle.features", "did you mean config.model.features?"),
        ("features", "did you mean config.model.features?"),
        ("optimizer.lr", "config.optimizer has: name, generator_learning_rate, critic_learning_rate,"),
        ("train", "config.train has: batch_size, epochs,"),
        ("objective.penalty_weight", "did you mean a key of config.objective.penalties?"),
        ("objective.penalty", "did you mean a key of config.objective.penalties?"),
        ("objective.penalties.weight", "did you mean config.objective.penalties.interpolates.weight?"),
        ("objective.penalties.rael.weight", "did you mean config.objective.penalties.real.weight?"),
        ("objective.constraint", "config.objective has: loss, penalties, path_length, auxiliary, clip,"),
        (
            "foo.bar",
            "no such key or section; config has: seed, algorithm, data, model, objective, augment,",
        ),
    ],
)
def test_what_is_suggested_for_an_unknown_key(key, expected):
    (line,) = problems(**{key.replace(".", "__"): "3"})
    assert line.startswith(f"config.{key}=3: there is no such key")
    assert expected in line


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("train.steps", "12", 12),
        ("train.steps", "none", None),
        ("train.epochs", "3", 3.0),
        ("train.epochs", "1e-1", 0.1),
        ("model.conditional", "False", False),
        ("data.channels", "3", 3),
        ("data.name", "7", "7"),
        ("data.dir", "a=b c", "a=b c"),
    ],
)
def test_overrides_are_read_by_type(key, text, value):
    section, name = key.split(".")
    resolved = config.resolve(ml_collections.ConfigDict(), {key: text})
    read = getattr(getattr(resolved, section), name)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("train.steps", "1.5"),
        ("train.steps", "true"),
        ("train.batch_size", "none"),
        ("train.epochs", "inf"),
        ("model.conditional", "1"),
        ("data.channels", "2"),
        ("data.name", ""),
        ("train.batch_size", "99999999999999999999"),
        ("seed", "0x10"),
    ],
)
def test_wrong_values_are_refused(key, text):
    assert problems(**{key.replace(".", "__"): text})[0].startswith(f"config.{key}={text}: not allowed")


def test_round_trip_and_frozen():
    cfg = make_config(train__ema_decay=0.25, data__channels=3)
    assert config.from_dict(config.to_dict(cfg)) == cfg
    with pytest.raises(dataclasses.FrozenInstanceError):
        cfg.seed = 3


def test_resume_conflicts_name_the_keys():
    old, new = make_config(), make_config(seed=4, optimizer__beta1=0.1, train__steps=999, data__dir="x")
    assert config.resume_conflicts(old, new) == [
        "config.seed: the checkpoint has 0, this run asks for 4",
        "config.optimizer.beta1: the checkpoint has 0.5, this run asks for 0.1",
    ]
    keys = [line.split(" = ")[0] for line in config.describe(old).splitlines()]
    assert set(keys) >= config.RESUMABLE


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configs_resolve_and_say_how_to_run(path):
    config.resolve(cli.load_config(path))
    assert f"python train.py --config=configs/{path.name}" in path.read_text()


@pytest.mark.parametrize(
    "path", [p for p in CONFIGS if "VARIANTS" in p.read_text()], ids=lambda path: path.stem
)
def test_a_first_look_is_short_and_waits_for_no_judge(path):
    """Its pictures were looked at; the judge of MNIST would take longer than the whole variant."""
    whole = config.resolve(cli.load_config(path))
    first_look = config.resolve(cli.load_config(path.with_name(f"{path.name}:quick")))
    assert first_look.train.steps <= min(whole.train.steps or 10**9, 5000)
    assert first_look.quality.every is None or first_look.data.name != "mnist"


def test_the_documents_name_variants_that_there_are():
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = document.read_text()
        for path, name in re.findall(r"--config=(configs/[a-z_0-9]+\.py):(\w+)", text):
            config.resolve(cli.load_config(ROOT / f"{path}:{name}"))
        for run, name in re.findall(r"--workdir=runs/([a-z_0-9]+)-(\w+)", text):
            config.resolve(cli.load_config(ROOT / f"configs/{run}.py:{name}"))


def test_variants_of_a_config_file(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(
        "from ml_collections import ConfigDict\n"
        "VARIANTS = {'small': {'model.features': 3, 'seed': 7}}\n"
        "def get_config(): return ConfigDict({'model': {'features': 9}, 'seed': 0})\n"
    )
    assert config.resolve(cli.load_config(path)).model.features == 9
    small = config.resolve(cli.load_config(tmp_path / "a.py:small"))
    assert (small.model.features, small.seed) == (3, 7)
    for given in ("a.py:large", "a.py:"):
        with pytest.raises(ConfigError, match=r"there is no such variant; the file has: small$"):
            cli.load_config(tmp_path / given)
    with pytest.raises(ConfigError, match="no such file"):
        cli.load_config(tmp_path / "b.py:small")


def test_a_config_file_may_import_from_those_beside_it(tmp_path, monkeypatch):
    """From any folder, whatever else has the name of the base, and as the files are now."""
    monkeypatch.chdir(tmp_path)
    for name, features in (("one", 3), ("two", 4)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "json.py").write_text(
            "from ml_collections import ConfigDict\n"
            "VARIANTS = {'small': {'seed': 7}}\n"
            f"def get_config(): return ConfigDict({{'model': {{'features': {features}}}, 'seed': 0}})\n"
        )
        (folder / "of.json.py").write_text(
            "from . import json\n"
            "VARIANTS = json.VARIANTS\n"
            "def get_config():\n"
            "    config = json.get_config()\n"
            "    config.model.latent = 9\n"
            "    return config\n"
        )
        derived = config.resolve(cli.load_config(Path(name, "of.json.py:small")))
        assert (derived.model.features, derived.model.latent, derived.seed) == (features, 9, 7)
    (tmp_path / "alone.py").write_text("from . import nothing_of_that_name")
    with pytest.raises(ConfigError, match="ImportError: cannot import name 'nothing_of_that_name'"):
        cli.load_config(tmp_path / "alone.py")


def test_the_mnist_config_is_cwgan_gp_conv():
    cfg = config.resolve(cli.load_config(CONFIGS[[p.stem for p in CONFIGS].index("mnist")]))
    assert cfg.data.size == 32
    assert cfg.model == conv.Options(features=64, latent=100, embedding=10)
    assert cfg.objective == config.Objective(
        loss="wasserstein",
        penalties=config.Penalties(interpolates=config.Penalty(weight=10.0, kind="two_sided")),
        critic_updates=5,
        schedule="tutorial",
        fake_labels="real",
    )
    assert cfg.optimizer == config.Optimizer("adam", 1e-4, 1e-4, 0.5, 0.9)
    assert (cfg.train.batch_size, cfg.train.epochs, cfg.train.ema_decay) == (64, 100, 0)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("def get_config(:", "SyntaxError"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("x = 1", "AttributeError"),
        ("def get_config(): return {}", "returned dict, not a ConfigDict"),
        ("raise SystemExit(3)", "SystemExit"),
    ],
)
def test_broken_config_files_are_one_line(tmp_path, content, expected):
    path = tmp_path / "broken.py"
    path.write_text(content)
    with pytest.raises(ConfigError, match=expected) as caught:
        cli.load_config(path)
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(ConfigError, match=r"no such file; config files beside it: .*broken.py"):
        cli.load_config(tmp_path / "brokn.py")
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(ConfigError, match="not a Python file"):
        cli.load_config(tmp_path / "a.txt")
