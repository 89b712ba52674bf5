"""Starting from other weights: what fits is taken to the bit, the rest is new and named."""

import functools
from pathlib import Path

import jax
import numpy as np
import pytest
import run_helpers as runs
import safetensors.numpy
from conftest import make_config

from cwgan_jax import checkpoint, data, pretrained
from cwgan_jax.algorithms import initial
from cwgan_jax.algorithms import player as player_
from cwgan_jax.common import errors, history
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.interop import finetune, layout, pack
from cwgan_jax.sampling import load
from cwgan_jax.training import loop, plan

DEVICE = {"train__devices": 1}
TABLES = [f"players/{name}/params/label_embed/embedding" for name in ("critic", "generator")]


@functools.cache
def begun(classes, **changes):
    """A run on random 16x16 images of so many classes, and its first state."""
    draw = np.random.default_rng(0)
    image = draw.integers(0, 256, (40, 16, 16, 1), np.uint8)
    label = np.arange(40, dtype=np.int32) % classes
    names = tuple(f"class {c}" for c in range(classes))
    run = plan.make(make_config(**DEVICE, **changes), data.Dataset(image, label, of_classes(names)))
    return run, jax.device_get(initial(run.algorithm, run.config.seed))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A checkpoint with a moving average, of three classes: workdir and state."""
    workdir, (run, new) = tmp_path_factory.mktemp("source"), begun(3, train__ema_decay=0.5, seed=7)
    state = jax.tree.map(lambda x: x + np.ones((), x.dtype), new)
    with checkpoint.Writer(workdir / "checkpoints", keep=1) as writer:
        writer.save(5, state, run.about)
    return workdir, state


def leaves(tree):
    return {jax.tree_util.keystr(p): x for p, x in jax.tree_util.tree_flatten_with_path(tree)[0]}


def test_all_but_the_label_tables_fits_other_classes(source, capsys):
    workdir, old = source
    run, new = begun(4, train__ema_decay=0.5)
    filled, taken = finetune.fill([str(workdir)], run, new)
    assert taken["new"] == TABLES
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"init: {workdir}: step 5"
    assert said[1] == f"init: {TABLES[0]}: drawn new, [4, 3] here, [3, 3] there"
    assert said[-1] == f"init: {taken['taken']} of {taken['taken'] + 2} arrays taken from {workdir}"
    assert len(said) == 4
    for player, field in (
        ("generator", "params"),
        ("generator", "stats"),
        ("generator", "average"),
        ("critic", "params"),
    ):
        found, there, fresh = (leaves(getattr(x.players[player], field)) for x in (filled, old, new))
        for path, leaf in found.items():
            table = filled.players["generator"].params["label_embed"]["embedding"]
            expected = table if field == "average" else fresh[path]
            np.testing.assert_array_equal(leaf, expected if "label_embed" in path else there[path])
    assert (filled.step, filled.seed) == (0, 0)
    for player in filled.players.values():
        assert all(not np.any(x) for x in jax.tree.leaves(player.optimizer))  # starts afresh


def test_a_packed_file_gives_what_the_run_has_but_the_rounding(source, tmp_path, capsys):
    """The generator then starts as what was packed, its moving average."""
    workdir, old = source
    saved = load.restore(workdir / "checkpoints", None, set_up=lambda _: None, warn=pytest.fail)
    pack.write(saved, tmp_path / "x.safetensors", half=False)
    run, new = begun(3, train__ema_decay=0.5)
    filled, taken = finetune.fill([str(tmp_path / "x.safetensors")], run, new)
    assert taken["new"] == []
    assert f"init: {tmp_path / 'x.safetensors'}: step 5" in capsys.readouterr().out
    generator = filled.players["generator"]
    kept = old.players["generator"].average
    for tree, there in ((generator.average, kept), (generator.params, kept["params"])):
        jax.tree.map(np.testing.assert_array_equal, tree, there)
    jax.tree.map(np.testing.assert_array_equal, filled.players["critic"].params, old.players["critic"].params)


def test_a_model_of_the_package_is_found_by_its_name_unless_there_is_such_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert pretrained.resolved("digits") == pretrained.path("digits")
    (tmp_path / "digits").mkdir()
    assert pretrained.resolved("digits") == Path("digits")
    finetune.check(["digits"], tmp_path)


def test_spectral_norms_are_those_of_the_weights_taken(source):
    """The source's kernels, shifted by one, have other singular vectors than new ones."""
    workdir, _ = source
    run, new = begun(3, objective__critic_spectral_norm=True)
    critic = finetune.fill([str(workdir)], run, new)[0].players["critic"]
    applied = player_.applied(critic)
    for name in ("conv_0", "conv_1", "score"):
        kernel = np.asarray(applied[name]["kernel"])
        largest = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]
        np.testing.assert_allclose(largest, 1, rtol=1e-4)  # 15 power iterations; one value is far larger


def test_a_player_that_the_source_does_not_have_is_new(source, capsys):
    workdir, old = source
    run, new = begun(3)
    new = new._replace(players=new.players | {"second": new.players["critic"]})
    filled, taken = finetune.fill([str(workdir)], run, new)
    layers = jax.tree_util.tree_flatten_with_path(new.players["critic"].params)[0]
    names = [jax.tree_util.keystr(path, simple=True, separator="/") for path, _ in layers]
    assert taken["new"] == sorted(f"players/second/params/{name}" for name in names)
    assert (
        "init: players/second/params/conv_0/bias: drawn new, [2] here, not there" in capsys.readouterr().out
    )
    for name, expected in (("second", new.players["critic"]), ("critic", old.players["critic"])):
        kernels = (x.params["conv_0"]["kernel"] for x in (filled.players[name], expected))
        np.testing.assert_array_equal(*kernels)


@pytest.mark.parametrize("prefix", ["", "_orig_mod.module."])
def test_a_state_dict_fills_the_network_it_is_of(source, tmp_path, prefix):
    _, old = source
    shape = (16, 16, 1)
    arrays = layout.to_torch(old.players["critic"].params, None, shape)
    arrays = {prefix + name: np.ascontiguousarray(x) for name, x in arrays.items()}
    safetensors.numpy.save_file(arrays, tmp_path / "any.safetensors")
    run, new = begun(4)
    filled, taken = finetune.fill([str(tmp_path / "any.safetensors")], run, new)
    assert set(taken["new"]) >= {"players/generator/params/conv_0/kernel", TABLES[0]}
    for player, expected in (("critic", old), ("generator", new)):
        kernels = (x.players[player].params["conv_0"]["kernel"] for x in (filled, expected))
        np.testing.assert_array_equal(*kernels)


def saved(path, arrays):
    safetensors.numpy.save_file({name: np.ascontiguousarray(x) for name, x in arrays.items()}, path)
    return str(path)


def test_the_average_of_another_generator_is_not_kept(source, tmp_path):
    """Given a run, then a generator: the moving average starts from that generator."""
    workdir, old = source
    run, new = begun(3, train__ema_decay=0.5)
    generator = old.players["generator"]
    twos = jax.tree.map(lambda x: x * 0 + 2, generator.params)
    arrays = layout.to_torch(twos, generator.stats, (16, 16, 1))
    state = finetune.fill([str(workdir), saved(tmp_path / "g.safetensors", arrays)], run, new)[0]
    filled = state.players["generator"]
    for params in (filled.params, filled.average["params"]):
        np.testing.assert_array_equal(params["conv_0"]["kernel"], np.float32(2))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda x: x.astype(np.float64), "this config needs float32"),
        (lambda x: x * np.float32("nan"), "not finite"),
        (lambda x: x - 100, "running_var is negative"),
    ],
)
def test_files_are_held_to_what_the_import_asks_of_them(source, tmp_path, change, expected):
    generator = source[1].players["generator"]
    arrays = layout.to_torch(generator.params, generator.stats, (16, 16, 1))
    path = saved(
        tmp_path / "g.safetensors", {k: change(x) for k, x in arrays.items() if x.dtype == np.float32}
    )
    run, new = begun(3)
    with pytest.raises(errors.ConfigError, match=expected):
        finetune.fill([path], run, new)


def test_nothing_fits(source, tmp_path):
    workdir, _ = source
    run, new = begun(3, model__features=3)
    with pytest.raises(errors.ConfigError, match=r"--init=.*: none of its weights fit these networks"):
        finetune.fill([str(workdir)], run, new)
    with pytest.raises(errors.ConfigError, match="there is no such file or folder"):
        finetune.check([str(tmp_path / "none")], tmp_path)
    finetune.check([str(tmp_path / "none")], workdir)  # which goes on from a checkpoint of its own
    with pytest.raises(errors.CheckpointError, match="there is no checkpoint"):
        finetune.fill([str(tmp_path)], run, new)


def test_it_is_read_once_and_the_run_resumes_with_the_same_bits(
    source, tmp_path, monkeypatch, capsys, one_program
):
    workdir, _ = source
    monkeypatch.setattr(loop, "_finish", lambda run, seconds: None)

    def train(place, steps, *sources):
        made = plan.make(make_config(**DEVICE, train__steps=steps))
        return loop.run(made, tmp_path / place, finetune.start(sources))

    assert train("whole", 4, str(workdir)) == 0
    assert train("parts", 2, str(workdir)) == 0
    capsys.readouterr()
    assert train("parts", 4, str(workdir)) == 0
    assert "init" not in capsys.readouterr().out
    runs.assert_same(runs.final_state(tmp_path / "whole"), runs.final_state(tmp_path / "parts"))
    (event,) = history.lines(tmp_path / "parts")
    assert (event["step"], event["event"], event["sources"]) == (0, "initialised", [str(workdir)])
    assert event["new"] == TABLES
    made = plan.make(make_config(**DEVICE, train__steps=5))
    loop._restore(made, tmp_path / "parts", finetune.start([str(tmp_path)]))
    assert f"warning: --init={tmp_path}: not read, since " in capsys.readouterr().out
