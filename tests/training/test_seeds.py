"""Runs of several seeds in one program: each is the run that it would be alone."""

import shutil

import cli_helpers as cli
import jax
import numpy as np
import pytest
import run_helpers as runs
from conftest import make_config

from cwgan_jax import checkpoint
from cwgan_jax.common.errors import CheckpointError, ConfigError, DivergedError
from cwgan_jax.common.files import json_lines
from cwgan_jax.training import loop
from cwgan_jax.training.watch import Watch

# A penalty now and then, whose branch must stay one, and a moving average; float64, to compare.
CHANGES = {
    "model__dtype": "float64",
    "objective__schedule": "paper",
    "objective__penalties__interpolates__every": 2,
    "train__ema_decay": 0.9,
    "seed": 5,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Two seeds side by side, and each of them alone."""
    folder = tmp_path_factory.mktemp("seeds")
    with jax.enable_x64(True):
        assert runs.in_process(make_config(train__seeds=2, **CHANGES), folder / "both") == 0
        for seed in (5, 6):
            cfg = make_config(**(CHANGES | {"seed": seed}))
            assert runs.in_process(cfg, folder / f"alone{seed}") == 0
    return folder


def assert_close(a, b):
    assert a[0] == b[0]
    assert a[1].keys() == b[1].keys()
    for path, leaf in a[1].items():
        np.testing.assert_allclose(leaf, b[1][path], rtol=1e-12, atol=1e-14, err_msg=path)


@pytest.mark.parametrize("seed", [5, 6])
def test_each_is_what_it_would_be_alone(trained, seed):
    both, alone = trained / f"both/seed{seed}", trained / f"alone{seed}"
    assert_close(runs.final_state(both), runs.final_state(alone))
    assert runs.resolved(both) == runs.resolved(alone)
    for one, other in zip(*(json_lines(path / "metrics.jsonl") for path in (both, alone)), strict=True):
        same = {key for key in one if not key.endswith("per_second")}
        np.testing.assert_allclose([one[k] for k in same], [other[k] for k in same], rtol=1e-12)
    assert {path.name for path in both.iterdir()} == {path.name for path in alone.iterdir()}


def test_the_seeds_differ(trained):
    five, six = (runs.final_state(trained / f"both/seed{seed}")[1] for seed in (5, 6))
    assert any((five[path] != six[path]).any() for path in five)


def test_one_that_is_behind_catches_up(trained, tmp_path, capsys):
    shutil.copytree(trained / "both", tmp_path / "both")
    shutil.rmtree(tmp_path / "both/seed6/checkpoints/6")
    with jax.enable_x64(True):
        assert runs.in_process(make_config(train__seeds=2, **CHANGES), tmp_path / "both") == 0
    assert f"resuming {tmp_path}/both/seed6 from step 3" in capsys.readouterr().out
    assert_close(runs.final_state(tmp_path / "both/seed6"), runs.final_state(trained / "both/seed6"))
    before = trained / "both/seed5/metrics.jsonl"
    assert (tmp_path / "both/seed5/metrics.jsonl").read_bytes() == before.read_bytes()


def test_those_at_different_steps_meet(trained, tmp_path, monkeypatch):
    shutil.copytree(trained / "both", tmp_path / "both")
    for seed, gone in ((5, (6,)), (6, (3, 6))):
        for step in gone:
            shutil.rmtree(tmp_path / f"both/seed{seed}/checkpoints/{step}")
    trained_together, train = [], loop._train

    def noted(every, saved, until, *rest):
        trained_together.append((len(every), until))
        return train(every, saved, until, *rest)

    monkeypatch.setattr(loop, "_train", noted)
    with jax.enable_x64(True):
        assert runs.in_process(make_config(train__seeds=2, **CHANGES), tmp_path / "both") == 0
    assert trained_together == [(1, 3), (2, 6)]
    for seed in (5, 6):
        again, once = (runs.final_state(path / f"both/seed{seed}") for path in (tmp_path, trained))
        assert_close(again, once)
        assert checkpoint.steps(tmp_path / f"both/seed{seed}/checkpoints") == [3, 6]


def test_a_folder_of_seeds_is_no_run(trained):
    said = cli.refused("sample", f"--workdir={trained}/both")
    assert f"{trained}/both: holds runs of 2 seeds; give one of them, such as {trained}/both/seed5" in said


def test_what_does_not_go_together():
    with pytest.raises(ConfigError, match=r"a tracker follows one run; set it to none"):
        make_config(train__seeds=2, log__tracker="wandb")
    with pytest.raises(ConfigError, match="the last seed would be above"):
        make_config(train__seeds=2, seed=2**32 - 1)


def test_a_folder_holds_one_run_or_several(trained):
    with pytest.raises(CheckpointError, match=r"holds runs of 2 seeds; choose another --workdir"):
        runs.in_process(make_config(**CHANGES), trained / "both")
    with pytest.raises(CheckpointError, match=r"holds a run of one seed"):
        runs.in_process(make_config(train__seeds=2, **CHANGES), trained / "alone5")


def test_the_seed_that_diverges_is_named(tmp_path, monkeypatch):
    handled = Watch._handle

    def handle(self, last, metrics):
        if self._place == 1:
            metrics = {
                name: jax.numpy.asarray(each).at[1].set(jax.numpy.nan) for name, each in metrics.items()
            }
        handled(self, last, metrics)

    monkeypatch.setattr(Watch, "_handle", handle)
    cfg = make_config(train__seeds=2, **(CHANGES | {"model__dtype": "float32"}))
    with pytest.raises(DivergedError, match=rf"{tmp_path}/seed6: \w+ is nan at step 1: .* K not 6"):
        runs.in_process(cfg, tmp_path)
