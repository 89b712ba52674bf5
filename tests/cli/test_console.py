"""The console command: what it has, how it takes typing errors, which run it reads, where recipes are."""

import os
import subprocess
import sys

import pytest
import run_helpers as runs
import sample_helpers as samples
from cli_helpers import call, refused

import cwgan_jax
from cwgan_jax import commands
from cwgan_jax.cli import recipes
from cwgan_jax.commands import COMMANDS, doctor


def console(*arguments, capsys):
    with pytest.raises(SystemExit) as end:
        commands.main(arguments)
    return end.value.code, *capsys.readouterr()


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("help",)])
def test_the_overview_names_every_command(arguments, capsys):
    status, out, err = console(*arguments, capsys=capsys)
    assert (status, err) == (0, "")
    assert all(f"\n  {name} " in out for name in COMMANDS)


def test_version_and_typing_errors(capsys):
    assert console("--version", capsys=capsys) == (0, f"cwgan {cwgan_jax.__version__}\n", "")
    assert console("trian", capsys=capsys) == (
        2,
        "",
        "error: cwgan trian: there is no such command; did you mean cwgan train?\n",
    )
    assert "the commands: train, sample" in console("xyz", capsys=capsys)[2]


def test_the_overview_needs_no_jax():
    code = (
        "import sys, runpy; sys.argv = ['cwgan']\ntry: runpy.run_module('cwgan_jax', run_name='__main__')\n"
    )
    code += "except SystemExit as end: assert end.code == 0\nassert 'jax' not in sys.modules"
    env = {**os.environ, "PYTHONPATH": str(runs.ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_a_workdir_it_is_the_newest_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = refused("sample")
    assert "there is no run in the folder runs" in said
    assert "--pretrained=digits" in said
    for age, name in ((2, "old"), (1, "new")):
        samples.untrained(tmp_path / "runs" / name, "conv")
        os.utime(tmp_path / "runs" / name / "checkpoints", (10**9 - age,) * 2)
    (tmp_path / "runs/empty/checkpoints").mkdir(parents=True)
    status, out, err = call("sample", "--count=2")
    assert (status, err) == (0, ["--workdir=runs/new, the newest run"])
    assert "in runs/new/drawn/" in out


def test_recipes_are_found_by_name_and_by_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert {"digits", "mnist", "best"} <= set(recipes.names())
    assert recipes.find("digits") == recipes.SHIPPED / "digits.py"
    assert recipes.find("mnist:quick") == recipes.SHIPPED / "mnist.py:quick"
    (tmp_path / "digits.py").write_text("from .mnist import get_config")
    assert str(recipes.find("digits.py")) == "digits.py"  # one's own goes first
    assert recipes.find("digits") == recipes.SHIPPED / "digits.py"
    status, out, _ = call(
        "train", "digits.py", "--config.data.name=digits", "--config.data.size=16", "--dry_run"
    )
    assert status == 0
    assert "runs/digits" in out


def test_train_takes_one_recipe():
    assert "recipes: arrays, began, best" in refused("train")
    assert "these are 2 recipes" in refused("train", "digits", "mnist")
    assert "these are 2 recipes" in refused("train", "digits", "--config=mnist")
    assert "there is no such file" in refused("train", "dogits")


def test_doctor_fits_on_a_screen_and_finds_nothing_here(capsys):
    status, out, err = call("doctor")
    assert (status, err) == (0, [])
    assert len(out.splitlines()) < 40
    assert f"jax {__import__('jax').__version__}" in out
    assert "next: cwgan train digits" in out


def test_doctor_names_what_is_missing_and_what_is_too_old(monkeypatch):
    version = doctor._version
    monkeypatch.setattr(
        doctor, "_version", lambda name: {"tqdm": None, "optax": "0.1.0"}.get(name, version(name))
    )
    status, out, _ = call("doctor")
    assert status == 2
    assert "problem:  tqdm is missing: pip install 'tqdm>=4.66'" in out
    assert "problem:  optax 0.1.0 is not >=0.2.8: pip install 'optax>=0.2.8'" in out


def test_doctor_says_so_if_a_gpu_is_not_used(monkeypatch):
    monkeypatch.setattr(doctor, "_driver", lambda: ("NVIDIA H100", "12.8"))
    status, out, _ = call("doctor")
    assert status == 2
    assert "there is a GPU (NVIDIA H100, CUDA 12.8), but jax has no CUDA: pip install 'jax[cuda12]'" in out
