"""Values that are allowed by themselves and not together: one line each."""

import pytest
from conftest import make_config

from cwgan_jax.common.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"model__architecture": "points"},
            "config.model.architecture=points: not for config.data.name=digits, it makes points, from normal,"
            " ring, grid; use conv, mlp, dcgan, style, stylegan2, autoencoder,"
            " signal, table, resnet, r3gan",
        ),
        (
            {"data__name": "ring"},
            "config.model.architecture=conv: not for config.data.name=ring, which are points; use points",
        ),
        (
            {"objective__loss": "began"},
            "config.objective.loss=began: the critic of conv is no autoencoder; use"
            " config.model.architecture=autoencoder",
        ),
        (
            {"ramp__start": 9, "ramp__end": 9},
            "config.ramp.start=9: it must be below config.ramp.end=9",
        ),
        (
            {"ramp__end": 9, "ramp__to": "optimizer.beta1=1"},
            "config.ramp.to=optimizer.beta1=1: optimizer.beta1=1 is not allowed; it must be a"
            " number in [0, 1)",
        ),
        (
            {"ramp__end": 9, "ramp__to": "objective.penalties.real.weight=1"},
            "config.ramp.to=objective.penalties.real.weight=1: config.objective.penalties.real.weight is"
            " 0, so there is nothing to move; start from a small number instead",
        ),
        (
            {"augment__pipeline": "bgc", "augment__p": 0.9},
            "config.augment.p=0.9: it must be at most config.augment.ceiling=0.8",
        ),
        (
            {"augment__pipeline": "bgc", "ramp__end": 9, "ramp__to": "augment.p=0.5"},
            "config.augment.target=0.6: p cannot adapt and move along the ramp at once; set it to none, or"
            " leave p out of ramp.to",
        ),
        (
            {"objective__auxiliary__generator": 0.1},
            "config.objective.auxiliary.critic=0.0: the classifier would learn nothing; raise it above 0, or"
            " set the generator's weight to 0",
        ),
        (
            {"objective__auxiliary__critic": 1},
            "config.objective.auxiliary.critic=1.0: the classifier would see the labels; set it to 0, or"
            " config.model.critic_labels=projection",
        ),
        (
            {"objective__auxiliary__critic": 1, "model__architecture": "autoencoder"},
            "config.objective.auxiliary.critic=1.0: the critic of autoencoder can have no classifier, only"
            " those of conv, mlp, dcgan, style, signal, table, resnet, r3gan; set it to 0",
        ),
        (
            {"model__critic_norm": "batch"},
            "config.objective.penalties.interpolates.weight=10.0: the critic has batch norm, so its score is"
            " not a function of one example; set the weight to 0, or config.model.critic_norm=instance,"
            " layer or off",
        ),
        (
            {
                "model__architecture": "dcgan",
                "objective__penalties__interpolates__weight": 0,
                "train__parts": 2,
            },
            "config.train.parts=2: the critic's batch norm needs the whole batch; set it to 1, or"
            " config.model.critic_norm=instance, layer or off",
        ),
        (
            {"model__dtype": "float64", "model__precision": "tf32"},
            "config.model.precision=tf32: with config.model.dtype=float64 it must be full",
        ),
        (
            {"objective__loss": "relativistic", "objective__fake_labels": "uniform"},
            "config.objective.fake_labels=uniform: relativistic compares each real example with a generated"
            " one of the same label; use real",
        ),
        (
            {"objective__fake_target": 0.5, "objective__real_target": 0.5},
            "config.objective.fake_target=0.5: it must be below real_target=0.5",
        ),
        (
            {"objective__path_length__weight": 2},
            "config.objective.path_length.weight=2.0: the generator of conv has no styles, only those of"
            " style or stylegan2 have; set it to 0",
        ),
        (
            {"model__architecture": "stylegan2", "train__batch_size": 6},
            "config.model.group=4: the batch must be made of whole groups, config.train.batch_size=6; change"
            " one of them",
        ),
        (
            {
                "optimizer__rescaled": True,
                "objective__penalties__interpolates__every": 2,
                "objective__penalties__real__every": 3,
                "objective__penalties__real__weight": 1,
            },
            "config.optimizer.rescaled=True: the critic's penalties have the intervals (2, 3); give them one,"
            " or use false",
        ),
        (
            {"ramp__end": 9, "ramp__to": "translation.identity=5", "translation__identity": 0},
            "config.ramp.to=translation.identity=5: config.translation.identity is 0, so there is nothing to"
            " move; start from a small number instead",
        ),
        (
            {"ramp__end": 9, "ramp__to": "train.ema_half_life=1"},
            "config.ramp.to=train.ema_half_life=1: config.train.ema_half_life is none, so there is nothing to"
            " move; set it",
        ),
    ],
)
def test_what_cannot_go_together(given, expected):
    with pytest.raises(ConfigError) as caught:
        make_config(**given)
    assert str(caught.value).splitlines() == [expected]
