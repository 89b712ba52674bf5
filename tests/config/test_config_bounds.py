"""Every key of a config at the edges of what is allowed, and just beyond."""

import ml_collections
import pytest
from ml_collections import config_dict

from cwgan_jax import config
from cwgan_jax.common import options
from cwgan_jax.common.errors import UserError
from cwgan_jax.config.penalties import PLACES
from cwgan_jax.config.resolve import every_key
from cwgan_jax.networks import ARCHITECTURES
from cwgan_jax.objectives import augment, losses, penalties
from cwgan_jax.training import plan

KNOWN = dict(options.declared(config.Config))
COUNT = ((1, 2**31 - 1), (0, 2**31))
RATE = ((5e-324, 1.7e308), (0.0, -1.0, float("inf")))
DECAY = ((0.0, 1 - 2**-53), (1.0, -5e-324))
# The least and the greatest value allowed, and the nearest that are not.
BOUNDS = {
    "seed": ((0, 2**32 - 1), (-1, 2**32)),
    "algorithm": (("adversarial", "cyclegan"), ("Adversarial", "step", "")),
    "data.name": (("digits", "folder", "7", "💥"), ("",)),
    "data.domains": (("", "folder", "digits,mnist"), ("digits", "a,b,c", "folder,digits", "a,", "ring,grid")),
    "data.dir": (("", "~", "a" * 5000), ()),
    "data.file": (("", "~", "a" * 5000), ()),
    "data.key": (("", "x", "💥"), ()),
    "data.axes": (("", "NCHW"), ()),
    "data.test": (("0.1", "x_test,y_test", ""), ()),
    "data.condition": (("", "a", "a,b"), ()),
    "data.types": (("", "a=class"), ()),
    "data.size": (
        (16, 28, 36, 100, 256, "16x256", "28x36"),
        (0, 12, 17, 258, 260, 1025, "", "16x17", "16x", "x16", "16X16", "16x16x3", "016x16", "8x1025"),
    ),
    "data.resize": ((32, 1024, "32x40", None), (31, 1025, "", "40x31", "x40")),
    "data.channels": ((1, 3, 4, None), (0, 2, 5)),
    "data.dtype": (("uint8", "float32"), ("uint16", "float64", "")),
    "data.examples": ((2, 2**31 - 1, None), (1, 2**31)),
    "data.mirror": ((True, False), (0, None)),
    "data.balanced": ((True, False), (1, None)),
    "data.resident_mib": ((0, 2**31 - 1), (-1, 2**31)),
    "data.vicinity": (("none", "hard", "soft"), ("Hard", "")),
    "data.vicinity_sigma": ((0.0, 0.5, None), (-0.1, float("nan"))),
    "data.vicinity_radius": ((0.0, 0.5, None), (-0.1, float("inf"))),
    "model.architecture": (("conv", "mlp", "style"), ("points", "Conv", "", "conv ")),
    "model.features": ((1, 4096), (0, 4097)),
    "model.latent": ((1, 65536), (0, 65537)),
    "model.embedding": ((1, 65536), (0, 65537)),
    "model.condition_layers": ((0, 16), (-1, 17, None)),
    "model.condition_width": ((1, 4096), (0, 4097)),
    "model.condition_frequencies": ((0, 16), (-1, 17)),
    "model.conditional": ((True, False), (0, 1, None)),
    "model.generator_labels": (("concatenated", "batch_norm"), ("none", "")),
    "model.critic_labels": (("concatenated", "projection"), ("none", "")),  # off not by itself
    "model.critic_norm": (("auto", "instance", "layer", "off"), ("group", None)),
    "model.attention": ((4, 8, 16, None), (3, 129, 0)),
    "model.dtype": (("float32", "float64"), ("float16", "bfloat16", "")),
    "model.implementation": (("auto", "winograd", "matmul", "xla"), ("Auto", "")),
    "model.precision": (("full", "tf32", "bfloat16"), ("fp16", "")),
    "model.batch_norm_epsilon": RATE,
    "model.smooth": ((True, False), (0, 1, None)),
    "model.full_features": ((0, 1, 4096), (-1, 4097, None)),
    "objective.loss": ((*sorted(set(losses.OBJECTIVES) - {"began"}),), ("began", "Hinge", "")),
    **{
        f"objective.penalties.{place}.{name}": bounds
        for place in PLACES
        for name, bounds in {
            "weight": ((0.0, 5e-324, 1.7e308), (-5e-324, float("inf"), float("nan"))),
            "kind": (tuple(penalties.PENALTIES), ("two", "", None)),
            "every": ((1, 10**6), (0, 10**6 + 1)),
            "sigma": RATE,
        }.items()
    },
    "augment.pipeline": (tuple(augment.PIPELINES), ("bcg", "", None)),
    "augment.p": ((0.0, 0.8), (-0.1, 1.1, float("nan"))),
    "augment.target": ((-0.9, 0.6, None), (-1.0, 1.0, float("nan"))),
    "augment.every": ((1, 10**6), (0, 10**6 + 1)),
    "augment.speed": COUNT,
    "augment.ceiling": ((5e-324, 1.0), (0.0, 1.1)),
    "objective.path_length.weight": ((0.0,), (-5e-324, float("inf"))),  # above 0 not with conv
    "objective.path_length.decay": ((5e-324, 1.0), (0.0, 1.1)),
    "objective.path_length.every": ((1, 10**6), (0, 10**6 + 1)),
    "objective.path_length.share": ((1, 4096), (0, 4097)),
    "objective.auxiliary.critic": ((0.0,), (-1.0, float("inf"))),  # above 0 not by itself
    "objective.auxiliary.generator": ((0.0,), (-1.0, float("inf"))),  # above 0 not by itself
    "objective.clip": ((5e-324, 1.7e308, None), (0.0, -1.0, float("inf"))),
    "objective.critic_spectral_norm": ((True, False), (0, 1, None)),
    "objective.generator_spectral_norm": ((True, False), (0, 1, None)),
    "objective.real_target": ((5e-324, 0.9, 1.0), (0.0, 1.1, float("nan"))),
    "objective.fake_target": ((0.0, 0.1), (-0.1, 1.0)),
    "objective.equilibrium": ((5e-324, 0.5, 1.0), (0.0, 1.1)),
    "objective.equilibrium_rate": RATE,
    "objective.critic_updates": ((1, 1000), (0, 1001)),
    "objective.schedule": (("tutorial", "paper"), ("Paper", "")),
    "objective.fake_labels": (("real", "uniform"), ("Real", "")),
    "optimizer.name": (("adam", "rmsprop"), ("Adam", "sgd", "")),
    "optimizer.generator_learning_rate": RATE,
    "optimizer.critic_learning_rate": RATE,
    "optimizer.beta1": DECAY,
    "optimizer.beta2": DECAY,
    "optimizer.rescaled": ((True, False), (0, 1, None)),
    "ramp.start": ((0, 2**31 - 1), (-1, 2**31, None)),
    "ramp.end": ((1, 2**31 - 1, None), (0, 2**31)),
    "ramp.shape": (("linear", "cosine"), ("Linear", "")),
    "ramp.to": (("", "optimizer.beta2=0.99"), ("optimizer.beta2", "seed=1", "optimizer.beta2=a")),
    "train.batch_size": ((2, 2**20), (1, 2**20 + 1, None)),
    "train.epochs": RATE,
    "train.steps": ((1, 2**31 - 1, None), (0, 2**31)),
    "train.steps_per_call": ((1, 2**31 - 1, None), (0, 2**31)),
    "train.seeds": ((1, 1024), (0, 1025, None)),
    "train.devices": ((1, 2**31 - 1, None), (0, 2**31)),
    "train.parts": ((1, 2**31 - 1), (0, 2**31)),
    "train.ema_decay": DECAY,
    "train.ema_half_life": ((0.0, 1.7e308, None), (-5e-324, float("inf"))),
    "train.ema_rampup": ((0.0, 0.05, 1.0), (-5e-324, 1.1)),
    "train.log_every": COUNT,
    "train.sample_every": COUNT,
    "train.checkpoint_every": COUNT,
    "train.keep_checkpoints": COUNT,
    "quality.every": ((1, 2**31 - 1, None), (0, 2**31)),
    "quality.samples": ((100, 10**6), (99, 10**6 + 1, None)),
    "quality.best": (("frechet", "error_angle", ""), ()),
    "log.tracker": (("none", "wandb", "trackio", "mlflow"), ("comet", "", None)),
    "log.project": (("cwgan_jax", "x y"), ()),
    "translation.aligned_start": ((True, False), ("maybe", None, 2)),
    "translation.cycle": ((0.0, 10.0), (-1.0, float("inf"))),
    "translation.identity": ((0.0, 5.0), (-1.0, float("nan"))),
    "translation.pool": ((0, 100_000), (-1, 100_001, None)),
}


# Options of one architecture, with its name.
OWN = {
    "model.kernel": ("signal", (4, 8, 32), (2, 5, 34, None)),
    "model.spectral": ("signal", (True, False), (0, 1, None)),
    "model.depth": ("table", (1, 64), (0, 65, None)),
    "model.critic_features": ("table", (1, 4096), (0, 4097, None)),  # of resnet too
    "model.critic_depth": ("table", (1, 64), (0, 65, None)),
    "model.choices": ("table", ("softmax", "gumbel"), ("hard", "")),
    "model.most_features": ("stylegan2", (1, 4096), (0, 4097, None)),
    "model.mapping_layers": ("stylegan2", (1, 16), (0, 17, None)),
    "model.style_mixing": ("stylegan2", (0.0, 0.9, 1.0), (-0.1, 1.1)),
    "model.residual": ("stylegan2", (True, False), (0, 1, None)),
    "model.group": ("stylegan2", (1, 64), (0, 4097, None)),  # of a batch of 64
    "model.halvings": ("translator", (0, 4), (-1, 5, None)),
    "model.upsampling": ("translator", ("transposed", "nearest"), ("bilinear", "")),
    "model.critic_width": ("translator", (1, 4096), (0, 4097, None)),
    "model.critic_layers": ("translator", (1, 3), (0, 4, 7, None)),
    "model.temperature": ("table", (0.01, 1.0), (0.0, -1.0, "nan")),
    "model.pooling": ("resnet", ("mean", "sum"), ("max", "")),
    "model.full_width": ("r3gan", (4, 256), (3, 257, None)),
    "model.blocks": ("r3gan", (1, 64), (0, 65, None)),
    "model.expansion": ("r3gan", (1, 64), (0, 65, None)),
    "model.group_channels": ("r3gan", (1, 4096), (0, 4097, None)),
}


def nested(key, value):
    section = {"model": {"architecture": OWN[key][0]}} if key in OWN else {}
    *names, last = key.split(".")
    inner = section
    for name in names:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return ml_collections.ConfigDict(section)


@pytest.mark.parametrize("key", [*KNOWN, *OWN])
def test_every_bound(key):
    """From a file, and from the command line."""
    nothing = ml_collections.ConfigDict({"model": {"architecture": OWN[key][0]}} if key in OWN else {})
    allowed, refused = OWN[key][1:] if key in OWN else BOUNDS[key]
    for value in allowed:
        cfg = config.resolve(nested(key, value))
        assert f"{key} = {value}" in config.describe(cfg).splitlines()
        assert config.resolve(nothing, {key: str(value)}) == config.from_dict(config.to_dict(cfg)) == cfg
    for value in (*refused, [1], {"a": 1}, b"x", 1j, object()):
        with pytest.raises(UserError, match=rf"(?s)config\.{key}\b"):
            config.resolve(nested(key, value))
    for value in refused:
        with pytest.raises(UserError, match=rf"(?m)^config\.{key}=.*: "):
            config.resolve(nothing, {key: str(value)})


def test_every_key_has_its_bounds():
    """The options of conv, and those that only another architecture has."""
    assert set(KNOWN) == set(BOUNDS)
    assert set(KNOWN) | set(OWN) == set(every_key())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_bounds_of_a_key_are_the_same_in_every_architecture(name):
    for key, option in options.declared(config.Config, {"model.architecture": name}):
        where = OWN.get(key, (None,))[0]
        if where == name or (key, name) == ("model.conditional", "translator"):
            continue  # a translator sees no labels
        known = (
            KNOWN if where is None else dict(options.declared(config.Config, {"model.architecture": where}))
        )
        assert (option.types, option.allowed) == (known[key].types, known[key].allowed)


@pytest.mark.parametrize(
    "value",
    [
        {"optimizer": {"beta1": 10**400}},  # OverflowError from float()
        {"train": {"steps": None, "epochs": 1e308}},  # OverflowError from ceil()
        {"train": {"steps": {}}},  # no value, but no section either
        {"seed": config_dict.required_placeholder(int)},  # RequiredValueError from to_dict()
        {"data": {"size": "a\nb"}},  # two lines
        {"seed": 10**5000},  # ValueError when printed
    ],
)
def test_awkward_values_are_refused_in_one_line(value):
    with pytest.raises(UserError, match=r"\Aconfig\..*\Z"):
        plan.make(config.resolve(ml_collections.ConfigDict(value)))
