"""Whole small runs on real digits: what they leave behind, resuming, and every fault."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
import run_helpers as runs
from conftest import long, make_config
from PIL import Image

from cwgan_jax import checkpoint, config
from cwgan_jax.common import errors, history
from cwgan_jax.training import loop, plan
from cwgan_jax.training.lock import lock
from cwgan_jax.training.start import Start


@pytest.fixture(scope="module", autouse=True)
def compiled_once():
    with runs.compiled_once():
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A complete tiny run: 6 steps, checkpoints at 3 and 6."""
    workdir = tmp_path_factory.mktemp("finished")
    assert runs.in_process(make_config(train__devices=1), workdir, curves=True) == 0
    return workdir


@pytest.fixture
def workdir(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def run(workdir, **changes):
    return runs.in_process(make_config(train__devices=1, **changes), workdir)


def test_what_a_run_leaves_behind(finished):
    assert checkpoint.steps(finished / "checkpoints") == [3, 6]
    assert sorted(path.name for path in (finished / "samples").iterdir()) == ["000003.png", "000006.png"]
    lines = [json.loads(line) for line in (finished / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert {"critic_loss", "generator_loss", "critic_gap", "penalty", "gradient_norm"} < set(lines[0])
    with Image.open(finished / "samples.gif") as gif:
        assert gif.n_frames == 2
    with Image.open(finished / "losses.png") as plot:
        assert min(plot.size) > 500
    assert list((finished / "tensorboard").iterdir())
    assert runs.resolved(finished) == make_config(train__devices=1)


def test_names_that_a_shell_or_a_font_does_not_take(finished, tmp_path, capsys, recwarn):
    place = tmp_path / "my run, 实验"
    shutil.copytree(finished, place)
    assert runs.in_process(make_config(train__devices=1), place, curves=True) == 0
    assert f"next: cwgan sample --workdir='{place}'" in capsys.readouterr().out
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_resuming_from_an_older_checkpoint_is_bit_exact(finished, workdir, capsys):
    """And the last line says what is where, and what next. Going on with more steps is in test_calls.py."""
    shutil.rmtree(workdir / "checkpoints" / "6")
    assert run(workdir) == 0
    runs.assert_same(runs.final_state(workdir), runs.final_state(finished))
    last = capsys.readouterr().out.splitlines()[-1]
    for part in ("samples/000006.png", "samples.gif", "losses.png", f"cwgan sample --workdir={workdir}"):
        assert part in last


def test_starting_a_finished_run_again_changes_nothing(finished, workdir, capsys):
    assert run(workdir) == 0
    assert "is complete at step 6" in capsys.readouterr().out
    runs.assert_same(runs.final_state(workdir), runs.final_state(finished))


def test_conflicting_config_is_refused_with_the_keys(workdir):
    before = sorted(workdir.rglob("*"))
    with pytest.raises(errors.CheckpointError) as caught:
        run(workdir, seed=5, model__features=3)
    lines = str(caught.value).splitlines()
    assert lines[:2] == [
        "config.seed: the checkpoint has 0, this run asks for 5",
        "config.model.features: the checkpoint has 2, this run asks for 3",
    ]
    assert "choose another --workdir" in lines[2]
    assert sorted(workdir.rglob("*")) == before


def test_fewer_steps_than_there_are_is_refused(finished, workdir):
    before = {p: p.read_bytes() for p in workdir.rglob("*") if p.is_file() and p.name != ".lock"}
    with pytest.raises(errors.CheckpointError, match=r"is at step 6 already, this run asks for 2 in all"):
        run(workdir, train__steps=2)
    assert before == {p: p.read_bytes() for p in before}


def test_only_what_is_there_is_recommended(workdir, capsys):
    shutil.rmtree(workdir / "samples")
    assert run(workdir) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert f"look at {workdir}/losses.png; next: " in last


RATE = {"optimizer__generator_learning_rate": 0.002}


def test_a_learning_rate_changes_on_resume_only_if_that_is_asked_for(workdir, capsys):
    with pytest.raises(errors.CheckpointError, match=r"--allow_change=optimizer\.generator_learning_rate"):
        run(workdir, train__steps=7, **RATE)
    changed = plan.make(make_config(train__devices=1, train__steps=7, **RATE))
    start = Start(allow=config.allowed(["config.optimizer.generator_learning_rate"]))
    history.add(workdir, 7, "of a step that the run goes back behind")
    saved = loop._restore(changed, workdir, start)
    assert saved.step == 6
    line = "from step 6 on: config.optimizer.generator_learning_rate=0.002, before 0.0001"
    assert line in capsys.readouterr().out.splitlines()
    expected = {"key": "optimizer.generator_learning_rate", "before": 1e-4, "after": 0.002}
    assert history.lines(workdir) == [{"step": 6, "event": "changed", **expected}]
    later = saved._replace(step=7, about=changed.about)  # which has the new value
    start.remember(changed, workdir, later)
    assert len(history.lines(workdir)) == 1
    for key, message in {
        "model.features": "--allow_change=model.features: not in the middle of a run, only: augment.ceiling",
        "optimizer.rate": "--allow_change: there is no such key",
    }.items():
        with pytest.raises(errors.ConfigError, match=message):
            config.allowed([key])


def flip_a_byte(step):
    """In the middle of the largest file: the arrays."""
    path = max((p for p in step.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(step):
    shutil.rmtree(step)
    step.mkdir()


@pytest.mark.parametrize("damage", [flip_a_byte, empty])  # test_checkpoint_damage.py has more
def test_damaged_newest_checkpoint_is_set_aside(finished, workdir, capsys, damage):
    damage(workdir / "checkpoints" / "6")
    assert run(workdir) == 0
    warnings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning:")]
    assert len(warnings) == 1
    assert "checkpoint 6 is damaged" in warnings[0]
    assert (workdir / "damaged_checkpoints" / "6").is_dir()
    runs.assert_same(runs.final_state(workdir), runs.final_state(finished))


def test_divergence_names_the_step_and_keeps_the_last_good_checkpoint(tmp_path):
    with pytest.raises(errors.DivergedError) as caught:
        run(tmp_path, train__steps=200, train__checkpoint_every=1, optimizer__critic_learning_rate=1e6)
    step = int(re.search(r"step (\d+)", str(caught.value))[1])
    kept = checkpoint.steps(tmp_path / "checkpoints")
    assert kept
    assert max(kept) < step
    _, leaves = runs.final_state(tmp_path)
    assert all(np.isfinite(leaf).all() for leaf in leaves.values())


def test_a_second_job_in_the_same_workdir_is_refused(workdir):
    planned = plan.make(make_config(train__devices=1))
    with (
        lock(workdir),
        pytest.raises(errors.CheckpointError, match="another process is training there"),
    ):
        loop.run(planned, workdir)


@long
def test_full_disk_is_one_line_and_keeps_the_checkpoints(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", disk], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small file system needs root; test_checkpoint_* fill a disk without it")
    try:
        changes = {"train__steps": 40, "train__checkpoint_every": 1, "train__keep_checkpoints": 1000}
        status, _, err = runs.finish(runs.command(disk / "run", **changes))
        assert status == errors.EXIT_STORAGE, err
        lines = err.splitlines()
        assert len(lines) == 1, err
        assert "No space left on device" in lines[0]
        assert "earlier checkpoints are intact" in lines[0]
        step, _ = runs.final_state(disk / "run")
        assert step == max(checkpoint.steps(disk / "run" / "checkpoints"))
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_four_devices_run_and_resume(tmp_path):
    cfg = make_config(train__devices=4, model__architecture="mlp")
    assert runs.in_process(cfg, tmp_path) == 0
    whole = runs.final_state(tmp_path)
    shutil.rmtree(tmp_path / "checkpoints" / "6")
    assert runs.final_state(tmp_path)[0] == 3
    assert runs.in_process(cfg, tmp_path) == 0
    runs.assert_same(runs.final_state(tmp_path), whole)
