"""Random configs, CWGAN_MUTATIONS of them: each trains, or is refused with a line per problem, soon."""

import contextlib
import os
import random
import re
import signal

import ml_collections
import numpy as np
import pytest
import run_helpers as runs
from cli_helpers import settings_restored
from conftest import TINY

from cwgan_jax import cli, config
from cwgan_jax.common import options
from cwgan_jax.common.errors import DivergedError, UserError
from cwgan_jax.config.penalties import PLACES
from cwgan_jax.config.resolve import every_key
from cwgan_jax.objectives import losses, penalties

MUTATIONS = int(os.environ.get("CWGAN_MUTATIONS", "4"))
LIMIT = 240  # seconds for one case, on a machine that is busy
KNOWN = dict(options.declared(config.Config))

# Every key that is not to train for long, or to reach for the network, has its cheap values here.
BASE = TINY | {"train.steps": "2", "train.devices": "1", "train.epochs": "0.01"}
BASE["objective.critic_updates"] = "1"
CHEAP = {
    "seed": ["0", "1", "4294967295"],
    "data.dir": ["", "no/such folder", "💥"],
    **{f"data.{key}": ["", "x", "💥"] for key in ("file", "key", "axes", "test")},
    "data.condition": ["", "label", "💥"],
    "data.types": ["", "label=class"],
    "data.size": ["16", "16x16"],
    "data.resize": ["none", "16", "20x16"],
    "data.channels": ["none", "None", "1", "3"],
    "data.dtype": ["uint8"],
    "data.mirror": ["true", "false"],
    "data.examples": ["none", "2", "100", "2147483647"],
    "data.balanced": ["true", "false"],
    "data.resident_mib": ["0", "1", "4096"],
    "data.vicinity": ["none", "hard"],
    "data.vicinity_sigma": ["none", "0", "0.3"],
    "data.vicinity_radius": ["none", "0.1"],
    "model.features": ["1", "2", "3", "5"],
    "model.latent": ["1", "2", "7"],
    "model.embedding": ["1", "4"],
    "model.condition_layers": ["0", "2"],
    "model.condition_width": ["1", "3"],
    "model.condition_frequencies": ["0", "2"],
    "model.conditional": ["true", "FALSE"],
    "model.generator_labels": ["concatenated", "batch_norm"],
    "model.critic_labels": ["concatenated", "projection"],
    "model.critic_norm": ["auto", "instance", "layer", "batch", "off"],
    "model.attention": ["none", "4", "8", "16"],
    "model.dtype": ["float32", "float64"],
    "model.implementation": ["auto", "winograd", "matmul", "xla"],
    "model.precision": ["full", "tf32", "bfloat16"],
    "model.batch_norm_epsilon": ["1e-5", "0.8"],
    "model.smooth": ["true", "FALSE"],
    "model.full_features": ["0", "3", "16"],
    "objective.loss": list(losses.OBJECTIVES),
    **{f"objective.penalties.{place}.weight": ["0", "10", "1e-300", "1e300", "-0.0"] for place in PLACES},
    **{f"objective.penalties.{place}.kind": list(penalties.PENALTIES) for place in PLACES},
    **{f"objective.penalties.{place}.every": ["1", "2", "1000000"] for place in PLACES},
    **{f"objective.penalties.{place}.sigma": ["0.01", "1e-300", "1e300"] for place in PLACES},
    "augment.pipeline": ["none", "blit", "bgc", "diffaugment"],
    "augment.p": ["0", "0.5", "1"],
    "augment.target": ["none", "0.6", "-0.5"],
    "augment.every": ["1", "3", "1000000"],
    "augment.speed": ["1", "1000", "500000"],
    "augment.ceiling": ["1e-300", "0.8", "1"],
    "objective.path_length.weight": ["0", "2", "1e300"],
    "objective.path_length.decay": ["0.01", "1"],
    "objective.path_length.every": ["1", "2", "1000000"],
    "objective.path_length.share": ["1", "2", "4096"],
    "objective.auxiliary.critic": ["0", "1", "1e300"],
    "objective.auxiliary.generator": ["0", "0.1"],
    "objective.clip": ["0.01", "1e-300", "none"],
    "objective.critic_spectral_norm": ["true", "false"],
    "objective.generator_spectral_norm": ["true", "false"],
    "objective.real_target": ["1", "0.9"],
    "objective.fake_target": ["0", "0.1", "0.95"],
    "objective.equilibrium": ["0.5", "1"],
    "objective.equilibrium_rate": ["0.001", "1e300"],
    "objective.critic_updates": ["1", "3"],
    "objective.schedule": ["tutorial", "paper"],
    "objective.fake_labels": ["real", "uniform"],
    "optimizer.name": ["adam", "rmsprop"],
    "optimizer.generator_learning_rate": ["1e-4", "1e-320", "1e300"],
    "optimizer.critic_learning_rate": ["1", "5e-324", "1e308"],
    "optimizer.beta1": ["0", "0.5", "0.99999999999"],
    "optimizer.beta2": ["0", "0.9", "0.99999999999"],
    "optimizer.rescaled": ["true", "false"],
    "ramp.start": ["0", "1", "2"],
    "ramp.end": ["1", "2", "10", "none"],
    "ramp.shape": ["linear", "cosine"],
    "ramp.to": ["", "optimizer.beta2=0.99", "optimizer.critic_learning_rate=0", "seed=1"],
    "train.batch_size": ["2", "3", "7", "1438", "1439", "1048576"],
    "train.epochs": ["1e-9", "0.001", "0.02"],
    "train.steps": ["1", "2", "none"],
    "train.steps_per_call": ["1", "2", "3", "none"],
    "train.seeds": ["1", "2", "1024"],
    "train.devices": ["1", "2", "4", "5", "none", "2147483647"],
    "train.parts": ["1", "2", "3", "2147483647"],
    "train.ema_decay": ["0", "0.5", "0.99999999999"],
    "train.ema_half_life": ["none", "0", "1000", "1e300"],
    "train.ema_rampup": ["0", "0.05", "1"],
    "train.log_every": ["1", "3", "2147483647"],
    "train.sample_every": ["1", "3", "2147483647"],
    "train.checkpoint_every": ["1", "3", "2147483647"],
    "train.keep_checkpoints": ["1", "2147483647"],
    "quality.every": ["none"],  # else a judge is trained
    "quality.samples": ["100", "1000000"],
    "quality.best": ["frechet", "agreement"],
    "log.tracker": ["none"],
    "log.project": ["cwgan_jax", "x"],
    "translation.aligned_start": ["true", "false"],
    "translation.cycle": ["0", "10"],
    "translation.identity": ["0", "1e300"],
    "translation.pool": ["0", "50"],
}
# Those that leave the compiled programs as they are, and so cost a second where others cost ten.
LIGHT = [key for key in CHEAP if key.startswith("train.") and "every" in key] + ["data.dir", "train.steps"]
# Allowed, but too long or too large to try: only beside something that is refused.
HUGE = {"train.steps": "2147483647", "model.features": "4096", "model.latent": "65536", "data.size": "128"}
HUGE |= {"train.epochs": "1e9", "objective.critic_updates": "1000"}
JUNK = ["", " ", "nan", "-inf", "1e999", "-1", "maybe", "0x10", "[1, 2]", "{'a': 1}", "1.5.1", "💥"]
JUNK += ["٣٤", "\x00", "9" * 400, "None ", "'2'", "a" * 3000, "%s{}\\n", "../..", "--config"]
# Python expressions for a config file.
WRONG = ["[1, 2]", "(1,)", "b'x'", "object()", "lambda: 0", "{1, 2}", "1j", "10**40", "float('nan')", "type"]
WRONG += ["-1", "''", "'💥'", "'two'", "{'a': {'b': [1]}}", "'1'", "config_dict.placeholder(int)", "{}"]
MISSPELT = ["train.stesp", "modle.features", "seed.seed", "Data.size", "train", "", ".", "a.b.c.d", "éé"]
MISSPELT += ["x" * 999]
TEXTS = {f"data.{key}" for key in ("name", "dir", "file", "key", "condition", "types", "test", "axes")}
TEXTS |= {"quality.best", "log.project"}


@contextlib.contextmanager
def time_limit(seconds):
    def late(*_):
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def overrides(draw):
    """Key -> text: cheap values, and often junk, misspelt keys and, beside a refused one, huge values."""
    changes, bad, heavy = dict(BASE), draw.random() < 0.6, draw.random() < 0.3
    for key in draw.sample(list(CHEAP) if heavy or bad else LIGHT, draw.randint(1, 3)):
        changes[key] = draw.choice(CHEAP[key])
    if bad:
        for key in draw.sample([key for key in KNOWN if key not in TEXTS], draw.randint(0, 3)):
            changes[key] = draw.choice(JUNK)
        if draw.random() < 0.5:
            changes[draw.choice(MISSPELT)] = draw.choice(JUNK)
        if draw.random() < 0.5:  # else the junk alone decides
            changes["train.log_every"] = "0"
            changes |= dict(draw.sample(list(HUGE.items()), draw.randint(0, 3)))
    return changes


def at(key):
    """Where a dotted key stands, as an expression."""
    return "config" + "".join(f"[{name!r}]" for name in key.split("."))


def as_file(draw, texts):
    """The same as a config file of typed values, one in twenty of them wrong."""
    sections = {key[:end] for key in texts for end, letter in enumerate(key) if letter == "."} - {""}
    lines = [
        "from ml_collections import ConfigDict, config_dict",
        "def get_config():",
        "    config = ConfigDict()",
    ]
    lines += [f"    {at(name)} = ConfigDict()" for name in sorted(sections)]
    for key, text in texts.items():
        value = options.read(text, KNOWN[key].types) if key in KNOWN else text
        shown = f"float('{value}')" if type(value) is float else repr(value)
        # A config that was to be refused for its `log_every` may hold huge values.
        if draw.random() < 0.05 and (key, text) != ("train.log_every", "0"):
            shown = draw.choice(WRONG)
        lines.append(f"    {at(key)} = {shown}")
    return "\n".join([*lines, "    return config", ""])


def attempt(case, tmp_path):
    """Trains; raises UserError."""
    draw = random.Random(case)
    given, texts = ml_collections.ConfigDict(), overrides(draw)
    if case % 2:
        path = tmp_path / "config.py"
        path.write_text(as_file(draw, texts))
        given, texts = cli.load_config(path), {}
    cfg = config.resolve(given, texts)
    cli.set_up_jax(cfg)
    assert runs.in_process(cfg, tmp_path / "run") == 0
    _, leaves = runs.final_state(tmp_path / "run")
    assert all(np.isfinite(leaf).all() for leaf in leaves.values())


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")  # of 1e300 to float32
@pytest.mark.parametrize("case", range(MUTATIONS))
def test_any_config_trains_or_is_refused(case, tmp_path):
    error = None
    with time_limit(LIMIT), settings_restored():
        try:
            attempt(case, tmp_path)
        except UserError as refusal:
            error = refusal
    diverged = isinstance(error, DivergedError)
    print(f"case {case}:", "trained" if error is None else "diverged" if diverged else "refused", error or "")
    lines = [] if error is None else str(error).split("\n")
    assert lines == str(error or "").splitlines()  # no other line break in it
    assert diverged or all(re.match(r"config\.|--config=", line) for line in lines)


def test_every_key_is_fuzzed():
    one = {"data.name", "model.architecture", "algorithm"}  # a single cheap value each
    # Of architectures that do not make the fuzzed data, or compile for long.
    others = {"model.kernel", "model.spectral", "model.depth", "model.choices", "model.temperature"}
    others |= {"model.critic_features", "model.critic_depth", "model.group", "model.residual"}
    others |= {"model.most_features", "model.mapping_layers", "model.style_mixing"}
    others |= {"model.pooling", "model.expansion", "model.group_channels", "model.full_width"}
    others |= {"data.domains"}
    others |= {
        f"model.{key}" for key in ("blocks", "halvings", "upsampling", "critic_width", "critic_layers")
    }
    assert set(every_key()) == set(CHEAP) | one | others
