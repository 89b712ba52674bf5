"""Data that cannot be measured, options without effect, other data than a checkpoint's: what is said."""

from pathlib import Path

import ml_collections
import numpy as np
import pytest
from cli_helpers import call
from conftest import TINY, make_config
from run_helpers import ROOT

from cwgan_jax import cli, config, data
from cwgan_jax.common import errors
from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.objectives import losses
from cwgan_jax.training import plan

CONFIGS = sorted((ROOT / "configs").glob("*.py"))


def described(count, classes, **changes):
    """The plan for so many images, and what it says of the measuring."""
    names = tuple(f"c{i}" for i in range(classes))
    label = np.arange(count, dtype=np.int32) % classes
    dataset = data.Dataset(np.zeros((count, 16, 16, 1), np.uint8), label, of_classes(names))
    made = plan.make(make_config(quality__every=5, **changes), dataset)
    (line,) = [x for x in plan.describe(made, "x").splitlines() if x.startswith("quality:")]
    return made, line.partition(":")[2].strip()


def test_learning_rates_that_would_be_zero_before_the_end():
    dataset = data.Dataset(np.zeros((100, 16, 16, 1), np.uint8), np.zeros(100, np.int32), of_classes("a"))
    expected = "config.ramp.end=9: optimizer.generator_learning_rate would be zero .* number of steps, 10"
    with pytest.raises(errors.ConfigError, match=expected):
        plan.make(make_config(ramp__end=9, train__steps=10), dataset)
    plan.make(make_config(ramp__end=9, train__steps=9), dataset)
    plan.make(make_config(ramp__end=9, ramp__to="optimizer.beta1=0", train__steps=10), dataset)


@pytest.mark.parametrize(
    ("count", "classes", "expected"),
    [
        (500, 1, "not measured: the judge of pictures needs at least two classes, the data have one"),
        (99, 2, "not measured: 99 training images are too few for a judge of pictures, it needs 100"),
        (100, 2, "1,000 images every 5 steps; the best checkpoint by frechet"),
        (2400, 1200, "1,200 images every 5 steps; the best checkpoint by frechet"),
    ],
)
def test_measured_wherever_that_is_possible(count, classes, expected):
    made, said = described(count, classes)
    assert said == expected
    assert made.config.quality.every == (None if "not" in expected else 5)
    assert made.about["config"]["quality"]["every"] == made.config.quality.every


def test_folders_of_pictures_are_measured_by_default():
    assert config.resolve(cli.load_config(ROOT / "configs/folder.py")).quality.every == 1000


def warned(given=None, **overrides):
    """The keys that are warned of, and the lines."""
    overrides = {key.replace("__", "."): str(value) for key, value in overrides.items()}
    made = config.resolve(ml_collections.ConfigDict(given or {}), overrides)
    lines = config.without_effect(made, overrides)
    return {line.partition("=")[0].removeprefix("config.") for line in lines}, lines


@pytest.mark.parametrize(
    ("switch", "idle"),
    [
        ({"objective__loss": "hinge"}, {"objective__real_target": 0.9, "objective__fake_target": 0.1}),
        ({"optimizer__name": "rmsprop"}, {"optimizer__beta1": 0.9}),
        (
            {"objective__penalties__interpolates__weight": 0},
            {
                "objective__penalties__interpolates__kind": "one_sided",
                "objective__penalties__interpolates__every": 4,
                "objective__penalties__interpolates__sigma": 0.1,
            },
        ),
        ({}, {"objective__penalties__real__kind": "zero_centred"}),
        ({"objective__penalties__fake__weight": 1}, {"objective__penalties__fake__sigma": 0.1}),
        ({}, {"objective__equilibrium": 0.7, "objective__equilibrium_rate": 0.1}),
        ({"model__conditional": False}, {"model__embedding": 16, "objective__fake_labels": "uniform"}),
        ({"model__conditional": False}, {"model__generator_labels": "batch_norm"}),
        (
            {"model__generator_labels": "batch_norm", "model__critic_labels": "projection"},
            {"model__embedding": 3},
        ),
        ({"model__architecture": "mlp"}, {"model__implementation": "xla"}),
        (
            {"model__architecture": "points", "data__name": "ring"},
            {"model__implementation": "xla", "data__resident_mib": 7},
        ),
        ({}, {"augment__p": 0.5, "augment__target": "none", "augment__speed": 7}),
        (
            {"augment__pipeline": "bgc", "augment__p": 0.5, "augment__target": "none"},
            {"augment__ceiling": 0.9, "augment__every": 2},
        ),
        ({"train__steps": 5}, {"train__epochs": 5}),
        ({}, {"quality__samples": 500, "quality__best": "agreement"}),
        ({"data__name": "digits"}, {"data__dir": "photos"}),
        (
            {"data__name": "ring", "model__architecture": "points"},
            {"data__size": 64, "data__channels": 3, "quality__samples": 500},
        ),
    ],
)
def test_options_without_effect(switch, idle):
    found, lines = warned(**switch, **idle)
    assert found >= {key.replace("__", ".") for key in idle}
    assert all(" has no effect: " in line for line in lines)
    assert not warned(**switch)[0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"ramp__to": "augment.p=0.5,optimizer.beta2=0.99"},
            "ramp.to=augment.p=0.5 has no effect: nothing is augmented, since config.augment.pipeline is"
            " none",
        ),
        (
            {"ramp__to": "translation.cycle=5"},
            "ramp.to=translation.cycle=5 has no effect: config.algorithm=adversarial does not translate",
        ),
        ({"ramp__to": ""}, "ramp.end=9 has no effect: nothing moves, since config.ramp.to is empty"),
    ],
)
def test_what_moves_and_is_not_read(changes, told):
    assert warned(ramp__end=9, **changes)[1] == [f"config.{told}"]
    assert not warned(ramp__end=9)[1]


def test_the_defaults_in_a_file_are_no_news_but_on_the_command_line_they_are():
    given = {"objective": {"penalties": {"real": {"weight": 0.0, "kind": "two_sided"}}}}
    assert not warned(given)[0]
    assert warned(given, objective__penalties__real__kind="two_sided")[0] == {"objective.penalties.real.kind"}
    assert warned({"train": {"steps": 5, "epochs": 50.0}})[0] == set()  # one of the two, to choose from


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configs_hold_nothing_without_effect(path):
    for given in (path, *(path.with_name(f"{path.name}:{v}") for v in variants(path))):
        assert config.without_effect(config.resolve(cli.load_config(given))) == []


def variants(path):
    """The names of a file's variants."""
    with pytest.raises(errors.ConfigError) as caught:
        cli.load_config(path.with_name(f"{path.name}:?"))
    names = str(caught.value).rpartition("the file has: ")[2]
    return [] if names == "none" else names.split(", ")


@pytest.mark.parametrize("name", losses.OBJECTIVES)
def test_which_objectives_have_targets(name):
    score = np.array([0.3, -2.0, 1.5])
    one, other = (
        losses.OBJECTIVES[name].losses(score, score / 2, losses.ObjectiveInputs(*targets, {"balance": 0.5}))
        for targets in ((1, 0), (0.9, 0.1))
    )
    assert (one != other) == ("real_target" in losses.OBJECTIVES[name].options)


def test_train_warns_once_a_line_each(tmp_path):
    small = [f"--config.{key}={value}" for key, value in TINY.items()]
    flags = [f"--config={ROOT / 'configs/digits.py'}", *small, "--config.train.devices=1", "--dry_run"]
    more = ["--config.objective.equilibrium=0.7", "--config.train.epochs=3"]
    status, _, err = call("train", *flags, f"--workdir={tmp_path / 'run'}", *more)
    assert status == 0
    assert err == [
        "warning: config.objective.equilibrium=0.7 has no effect: config.objective.loss=wasserstein does not"
        " read it, only began",
        "warning: config.train.epochs=3.0 has no effect: config.train.steps=6 says how long; set it to none",
    ]


def other(about, **changes):
    """What `accept` says of data that differ so from those of a checkpoint."""
    planned = plan.make(make_config(train__devices=1))
    found = {**planned.about, "data": {**planned.about["data"], **about}}
    planned = planned._replace(about={**planned.about, "data": {**planned.about["data"], **changes}})
    with pytest.raises(errors.CheckpointError) as caught:
        plan.accept(planned, Path("runs/x"), found)
    first, advice = str(caught.value).splitlines()
    assert "choose another --workdir; with --init=runs/x" in advice
    return first


TEN = [str(c) for c in range(10)]


def named(names):
    """What a checkpoint says of conditions that are classes of these names."""
    return conditions.to_json(of_classes(names))


def test_each_difference_of_the_data_is_told_as_what_it_is():
    assert other({"conditions": named(TEN[:9])}) == (
        "data: the checkpoint has 9 classes, the data 10 (new: 9)"
    )
    assert other({"conditions": named([*TEN, "ten"])}) == (
        "data: the checkpoint has 11 classes, the data 10 (gone: ten)"
    )
    assert other({"conditions": named([*TEN[:9], "nine"])}) == (
        "data: classes have other names than in the checkpoint: 9 was nine"
    )
    assert (
        other({"conditions": named(TEN[::-1])}) == "data: the classes are the checkpoint's in another order"
    )
    assert other({"fingerprint": ["0" * 64] * 2}).startswith(
        "data: the examples or their conditions are not those that the checkpoint was trained on: some were"
    )
    assert other({"shape": [16, 16, 3]}) == (
        "data: the checkpoint's examples are 16x16x3, those of the data 16x16x1"
    )
    imported = {"fingerprint": None, "conditions": named(TEN[:4])}
    assert other(imported) == "data: the imported weights are for 4 classes, the data have 10"


def test_a_checkpoint_of_an_earlier_version_is_one_line():
    about = {"config": {"objective": {"constraint": "none"}}, "data": {"image_shape": [16, 16, 1]}}
    with pytest.raises(errors.CheckpointError, match="written by an earlier version") as caught:
        plan.rebuild(about)
    assert len(str(caught.value).splitlines()) == 1
