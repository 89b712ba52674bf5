"""CycleGAN's networks as PyTorch state dicts: there and back, and under the names of the published code."""

import cycle_helpers as helpers
import jax
import numpy as np
import run_helpers as runs
import safetensors.numpy
from cli_helpers import call, refused
from conftest import TINY

from cwgan_jax.algorithms import cyclegan
from cwgan_jax.interop import translators
from cwgan_jax.training import plan

TORCH = "torch"
CHANGES = {key.replace("__", "."): value for key, value in helpers.TINY.items()}
CHANGES = {key: value for key, value in TINY.items() if key != "model.embedding"} | CHANGES
FLAGS = (
    f"--config={runs.ROOT / 'configs/cyclegan.py'}",
    *(f"--config.{key}={value}" for key, value in CHANGES.items()),
    *("--config.data.resize=none", "--config.data.mirror=false", "--config.data.channels=none"),
)


def weights():
    """State dicts of random weights."""
    cfg = helpers.config()
    shapes = jax.eval_shape(lambda: cyclegan.init(helpers.setting(cfg), np.uint32(0)))
    draw = np.random.default_rng(0)
    filled = jax.tree.map(lambda x: draw.normal(size=x.shape).astype(x.dtype), shapes)
    return translators.state_dicts(filled)


def write(folder, found, name=lambda player: player):
    folder.mkdir()
    for player, values in found.items():
        values = {key: np.ascontiguousarray(x) for key, x in values.items()}
        safetensors.numpy.save_file(values, folder / f"{name(player)}.safetensors")
    return f"--translators={folder}"


def test_there_and_back(tmp_path):
    found, workdir = weights(), tmp_path / "run"
    given = write(tmp_path / "in", found, lambda player: f"latest_{translators.PUBLISHED[player]}")
    status, out, err = call(TORCH, *FLAGS, given, f"--workdir={workdir}", "--step=3")
    assert (status, err) == (0, [])
    assert f"latest_net_D_A.safetensors: critic_B\nimported as step 3 of {workdir}" in out.replace(
        f"{tmp_path / 'in'}/latest_net_D_B.safetensors: critic_A\n", ""
    )
    back = tmp_path / "out"
    assert call(TORCH, f"--workdir={workdir}", f"--out={back}", "--format=safetensors")[0] == 0
    assert {path.stem for path in back.iterdir()} == found.keys()
    for player, values in found.items():
        theirs = safetensors.numpy.load_file(back / f"{player}.safetensors")
        assert theirs.keys() == values.keys()
        for key, value in values.items():
            assert theirs[key].tobytes() == np.ascontiguousarray(value).tobytes(), key
    about = plan.make(helpers.config()).about["data"]  # training goes on from them
    assert about["others"].keys() == {"B"}


def test_what_cannot_be_imported_is_one_line(tmp_path):
    found, more = weights(), f"--workdir={tmp_path / 'run'}"
    given = write(tmp_path / "in", {"AtoB": found["AtoB"]})
    assert "there is no BtoA.pth in it, nor one that ends in net_G_B.pth" in refused(
        TORCH, *FLAGS, given, more
    )
    write(tmp_path / "all", found)
    given = f"--translators={tmp_path / 'all'}"
    said = refused(TORCH, *FLAGS, given, more, "--config.model.blocks=2")
    assert "this network needs 'model.11.conv_block.1.weight'" in said
    said = refused(TORCH, *FLAGS, given, more, "--config.model.upsampling=nearest")
    assert "upsampling=nearest: PyTorch state dicts are for networks as published" in said
