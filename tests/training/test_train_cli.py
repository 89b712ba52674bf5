"""train.py from the command line: what --dry_run says, and every bad input in one line per problem."""

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import pytest
import run_helpers as runs
from cli_helpers import call, refused
from conftest import TINY, make_algorithm, make_config

from cwgan_jax import algorithms, cli, config

DIGITS = runs.ROOT / "configs/digits.py"
SMALL = [f"--config.{key}={value}" for key, value in TINY.items()]


def options(workdir, *more):
    return [f"--config={DIGITS}", f"--workdir={workdir}", *SMALL, "--config.train.devices=1", *more]


def test_dry_run_says_everything_and_writes_nothing(tmp_path):
    status, out, err = call("train", *options(tmp_path / "run"), "--dry_run")
    assert (status, err) == (0, [])
    lines = out.splitlines()
    settings = dict(line.split(" = ") for line in lines if " = " in line)
    assert {key: settings[key] for key in TINY} == TINY | {"quality.every": "None"}
    assert settings["optimizer.critic_learning_rate"] == "0.0005"  # from the file
    assert len(settings) == len(config.describe(config.Config()).splitlines())
    said = dict(line.split(":", 1) for line in lines if ":" in line)
    assert said["data"].strip() == "digits: 1,438 training images 16x16x1"
    assert said["classes"].strip() == "10 with 139 (8) to 146 (1) images each"
    cfg = make_config(model__critic_labels="projection", objective__auxiliary__critic=1.0)
    players = algorithms.abstract(make_algorithm(cfg, 10)).players
    sizes = {name: sum(leaf.size for leaf in jax.tree.leaves(x.params)) for name, x in players.items()}
    assert said["parameters"].strip() == "generator {generator:,}, critic {critic:,}".format(**sizes)
    assert said["updates"].strip() == "2 of the critic, then one of the generator"
    assert "6 of 8 real images" in said["steps"]
    assert "179.8 steps per epoch" in said["steps"]
    assert said["workdir"].strip() == str(tmp_path / "run")
    assert said["devices"].strip() == f"1 x {jax.devices()[0].device_kind}, 1 steps per call"
    assert float(said["memory"].split()[0]) >= 1
    assert list(tmp_path.iterdir()) == []


def test_the_default_workdir_is_named_after_the_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(DIGITS.read_text())
    arguments = ["--config=mine.py", *SMALL, "--config.train.devices=1", "--dry_run"]
    assert "workdir:    runs/mine\n" in call("train", *arguments)[1]
    assert [path.name for path in tmp_path.glob("[!_]*")] == ["mine.py"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "--config=RECIPE is missing; for example --config=digits; recipes: arrays, "),
        (["--config="], "--config=RECIPE is missing"),
        (
            ["--config=configs/digit.py"],
            "--config=configs/digit.py: there is no such file; config files beside",
        ),
        (["--config=configs"], "--config=configs: there is no such file"),
        (["--config=/no/such/folder/x.py"], "config files beside it: none there"),
        ([f"--config={'x' * 300}"], "File name too long"),
        (["--config=README.md"], "--config=README.md"),
        (["--confg=x"], "confg"),
        (["--dry_run=maybe"], "dry_run"),
        (
            ["configs/digits.py", "configs/mnist.py"],
            "configs/digits.py configs/mnist.py: these are 2 recipes",
        ),
        (["--config.seed"], "--config.seed needs a value: --config.seed=VALUE"),
        (["--config.seed", "--dry_run"], "--config.seed needs a value: --config.seed=VALUE"),
        (["--config.seed", "--config.train.steps=3"], "--config.seed needs a value: --config.seed=VALUE"),
    ],
)
def test_bad_command_lines(monkeypatch, arguments, expected):
    monkeypatch.chdir(runs.ROOT)
    assert expected in refused("train", *arguments)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("--config.seed=-1", "config.seed=-1: not allowed; it must be a whole number in [0, 2^32)"),
        ("--config.=1", "config.=1: there is no such key"),
        ("--config.train.batchsize=4", "did you mean config.train.batch_size?"),
        ("--config.train=4", "config.train=4: there is no such key"),
        ("--config.train.steps=", "config.train.steps=: not allowed"),
        ("--config.train.devices=5", "config.train.devices=5: this machine has 4"),
        ("--config.train.batch_size=1439", "there are only 1438 training examples"),
        ("--config.data.name=mnits", "config.data.name=mnits: there is no such data set"),
        ("--config.data.name=folder", "config.data.dir is empty"),
        ("--config.data.name=☃", "config.data.name=☃"),
    ],
)
def test_bad_overrides(tmp_path, override, expected):
    arguments = [*options(tmp_path / "run"), "--dry_run", override]
    status, _, err = call("train", *arguments)  # the summary may have been printed already
    assert status == 2
    assert len(err) == 1
    assert err[0].startswith("error: ")
    assert expected in err[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["missing", "a file", "empty"])
def test_bad_data_folder(tmp_path, place):
    (tmp_path / "a file").write_text("")
    (tmp_path / "empty").mkdir()
    data = ["--config.data.name=folder", f"--config.data.dir={tmp_path / place}"]
    assert str(tmp_path / place) in refused("train", *options(tmp_path / "run"), *data)
    assert not (tmp_path / "run").exists()


def test_several_problems_are_a_line_each(tmp_path):
    bad = ["--config.modle.features=3", "--config.data.size=17", "--config.train.steps", "many"]
    message = refused("train", *options(tmp_path), *bad, lines=3)
    for part in (
        "did you mean config.model.features?",
        "a multiple of 4 from 16 to 256",
        "config.train.steps=many",
    ):
        assert part in message


def test_values_may_stand_apart_and_the_last_counts(tmp_path):
    argv = ["train.py", "--config.seed", "3", "--workdir=x", "--config.data.dir", "-x", "--config.seed=4"]
    assert cli.split_overrides(argv) == (["train.py", "--workdir=x"], {"seed": "4", "data.dir": "-x"})
    assert cli.split_overrides(["train.py", "-config.data.dir=a=b"])[1] == {"data.dir": "a=b"}
    assert cli.split_overrides(["train.py", "--config=a.b"]) == (["train.py", "--config=a.b"], {})
    message = refused(
        "train", *options(tmp_path), "--config.data.size", "17", "--config.model.features", "0", lines=2
    )
    assert "config.data.size=17" in message
    assert "config.model.features=0" in message


def last_line(*arguments):
    """The only line of standard error, and the exit status, of a run that gets as far as its summary."""
    status, out, err = call("train", *arguments)
    assert out.startswith("data: ")
    assert len(err) == 1, err
    assert err[0].startswith("error: ")
    return status, err[0]


def test_workdir_that_is_none(tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (
        tmp_path / "file",
        tmp_path / "file" / "below",
        Path("/proc/nothing"),
        tmp_path / ("x" * 300),
    ):
        status, line = last_line(*options(place))
        assert status == 2
        assert str(place)[:80] in line
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_workdir_that_may_not_be_written(tmp_path, monkeypatch, number):
    """Root may write anywhere, so the refusal is acted."""

    def refuse(self, *_, **__):
        raise OSError(number, "refused by the disk", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    status, line = last_line(*options(tmp_path / "run"))
    assert status == 4
    assert line == f"error: {tmp_path / 'run'}: refused by the disk; earlier checkpoints are intact"


def test_unexpected_errors_keep_their_traceback():
    """Only what a user can mend is one line; a bug is not."""

    def bug():
        raise OSError(errno.EBADF, "Bad file descriptor")

    for fault in (bug, lambda: 1 // 0, lambda: [][0]):
        with pytest.raises((OSError, ArithmeticError, LookupError)):
            cli.guarded(fault)


def test_too_little_memory(capsys):
    def fault(error):
        def main():
            raise error

        return main

    exhausted = jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 99 bytes")
    for error in (MemoryError(), exhausted):
        assert cli.guarded(fault(error)) == 2
        assert capsys.readouterr().err.startswith("error: not enough memory: lower config.train.batch_size")
        assert cli.guarded(fault(error), cli.READING) == 2
        assert capsys.readouterr().err == "error: not enough memory: ask for fewer images\n"
    with pytest.raises(jax.errors.JaxRuntimeError):
        cli.guarded(fault(jax.errors.JaxRuntimeError("INTERNAL: something else")))


def test_interrupt_during_start_up(tmp_path):
    """A config file that takes its time stands for any slow start."""
    path = tmp_path / "slow.py"
    path.write_text("import time\nprint('started', flush=True)\ntime.sleep(60)\n")
    process = runs.start([sys.executable, str(runs.ROOT / "train.py"), f"--config={path}"], cwd=tmp_path)
    assert process.stdout.readline() == "started\n"
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - begin < 10
    assert process.returncode == 130
    assert err == "error: interrupted before there was anything to save\n"
    assert [p.name for p in tmp_path.glob("[!_]*")] == ["slow.py"]


def test_a_reader_that_leaves_is_no_error(tmp_path):
    """As in `python train.py ... | head -1`."""
    wait = "import pathlib, time\nwhile not pathlib.Path('closed').exists(): time.sleep(0.01)\n"
    (tmp_path / "waits.py").write_text(wait + DIGITS.read_text().partition('"""\n\n')[2])
    command = [sys.executable, str(runs.ROOT / "train.py"), "--config=waits.py", "--dry_run"]
    process = runs.start(command, cwd=tmp_path)
    process.stdout.close()
    (tmp_path / "closed").touch()
    with process.stderr as said:
        assert said.read() == ""
    assert process.wait(timeout=30) == 141


def test_a_process_of_its_own_says_the_same(tmp_path):
    """Through absl's own `app.run`: one bad flag, and the help."""
    command = [sys.executable, str(runs.ROOT / "train.py")]
    done = subprocess.run([*command, "--nope"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: Unknown command line flag 'nope'")
    assert len(done.stderr.splitlines()) == 1
    done = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "cwgan train digits" in done.stdout
    assert all(flag in done.stdout for flag in ("--config", "--workdir", "dry_run"))
    assert list(tmp_path.iterdir()) == []
