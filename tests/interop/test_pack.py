"""Packed files: they draw, score and start runs as the checkpoint does, up to the rounding of kernels."""

import jax
import numpy as np
import pytest
import safetensors.numpy
import sample_helpers as samples
from conftest import make_config

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import Request
from cwgan_jax.algorithms import player as player_
from cwgan_jax.checkpoint import packed
from cwgan_jax.common.errors import CheckpointError
from cwgan_jax.interop import pack
from cwgan_jax.sampling import load

KINDS = ("conv", "norms", "stylegan2", "average", "spectral")
MORE = {"average": {"train__ema_decay": 0.5}, "spectral": {"objective__generator_spectral_norm": True}}


def loaded(path):
    return load.load(*load.find(path), set_up=lambda _: None, warn=pytest.fail)


def drawn(model):
    latent = model.latents(0, 0, 8)
    return model.draw(Request(latent, model.conditions(np.arange(8) % 4)))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A checkpoint of each kind, with weights that no start has, and what it holds."""
    found = {}
    for kind in KINDS:
        workdir = tmp_path_factory.mktemp(kind)
        if kind in MORE:
            moved = lambda player: player._replace(average=jax.tree.map(lambda x: 1.5 * x, player.average))  # noqa: E731
            samples.save(workdir, make_config(**MORE[kind]), change=moved)
        else:
            samples.untrained(workdir, kind)
        found[kind] = (
            workdir,
            load.restore(workdir / "checkpoints", None, set_up=lambda _: None, warn=pytest.fail),
        )
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_packed_draws_the_same(saved, tmp_path, kind):
    workdir, state = saved[kind]
    pack.write(state, tmp_path / "whole.safetensors", half=False)
    pack.write(state, tmp_path / "half.safetensors")
    own, whole, half = map(loaded, (workdir, *(tmp_path / f"{x}.safetensors" for x in ("whole", "half"))))
    assert (whole.step, whole.class_names) == (own.step, own.class_names)
    np.testing.assert_array_equal(drawn(whole), drawn(own))
    apart = np.abs(drawn(half).astype(int) - drawn(own))
    assert apart.mean() < 0.5  # of 255
    assert drawn(own).std() > 2


def test_half_precision_is_for_kernels_alone(saved, tmp_path):
    _, state = saved["conv"]
    pack.write(state, tmp_path / "x.safetensors")
    back = load.restore(tmp_path / "x.safetensors", None, set_up=lambda _: None, warn=pytest.fail).state
    for name, player in state.state.players.items():
        for path, leaf in jax.tree_util.tree_flatten_with_path(player_.applied(player))[0]:
            there = back.players[name].params
            for step in path:
                there = there[step.key]
            rounded = leaf.astype(np.float16).astype(leaf.dtype) if leaf.ndim > 1 else leaf
            np.testing.assert_array_equal(there, rounded)


def test_a_folder_with_a_packed_file_is_a_model(saved, tmp_path):
    _, state = saved["conv"]
    pack.write(state, tmp_path / packed.IN_FOLDER)
    assert loaded(tmp_path).step == 0
    assert checkpoint.steps(tmp_path / packed.IN_FOLDER) == [0]


def test_where_the_data_lay_is_not_packed(tmp_path):
    samples.save(tmp_path, make_config(data__dir="/home/somebody/pictures"))
    state = load.restore(tmp_path / "checkpoints", None, set_up=lambda _: None, warn=pytest.fail)
    pack.write(state, tmp_path / "x.safetensors")
    assert b"somebody" not in (tmp_path / "x.safetensors").read_bytes()


def damaged(content):
    """A bit of the last array flipped; the end cut off; another name for an array."""
    yield content[:-5] + bytes([content[-5] ^ 1]) + content[-4:], "SHA-256"
    yield content[:-7], "there is no checkpoint"


def test_damage_is_told_in_one_line(saved, tmp_path):
    _, state = saved["conv"]
    path = tmp_path / "x.safetensors"
    pack.write(state, path)
    for content, words in damaged(path.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match=words):
            loaded(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda x: x | {"players/critic/params/other/kernel": np.zeros(3)},
            "there is no players/critic/params/other",
        ),
        (lambda x: x | {"players/critic/params/score/bias": np.zeros(3)}, r"\[3\] there and \[1\] here"),
    ],
)
def test_a_file_of_another_version_is_refused(saved, tmp_path, change, words):
    _, state = saved["conv"]
    path = tmp_path / "x.safetensors"
    packed.write(path, change(dict(pack._arrays(state.state, half=True))), state.about, 3)
    with pytest.raises(CheckpointError, match=words):
        loaded(path)


@pytest.mark.parametrize(
    "mark",
    [
        "no JSON",
        "[]",
        '{"step": "/../../x", "about": {"config": {}, "data": {}}}',
        '{"step": -1, "about": {"config": {}, "data": {}}}',
        '{"step": true, "about": {"config": {}, "data": {}}}',
        '{"step": 3}',
        '{"step": 3, "about": []}',
        '{"step": 3, "about": {"config": {}, "data": "x"}}',
    ],
)
def test_a_file_that_says_something_else_of_itself_is_none_of_ours(tmp_path, mark):
    path = tmp_path / "model.safetensors"
    safetensors.numpy.save_file({"x": np.zeros(1)}, path, metadata={"cwgan_jax": mark})
    assert packed.about(path) is None
