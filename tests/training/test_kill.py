"""A run that is killed anywhere and started again ends as if nothing had happened, bit for bit.

CWGAN_KILLS=20 sets the number of kill points. None by default, one takes a minute and a half: that a stopped
run goes on bit for bit is in test_loop.py too, and benchmarks/faults.py kills runs of two processes.
"""

import os
import random
import signal
import time

import pytest
import run_helpers as runs
from conftest import FLAGS, FULL

from cwgan_jax import checkpoint

KILLS = int(os.environ.get("CWGAN_KILLS", "0"))
# Many short steps and a checkpoint every few of them: kills fall before, into and between saves.
CHANGES = {
    "train__steps": 120,
    "train__checkpoint_every": 6,
    "train__sample_every": 30,
    "train__log_every": 4,
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("undisturbed")
    status, _, err = runs.finish(runs.command(workdir, **CHANGES))
    assert status == 0, err
    return runs.final_state(workdir), (workdir / "metrics.jsonl").read_text()


def without_rates(log):
    return [line.split(', "steps_per_second"')[0] for line in log.splitlines()]


@pytest.mark.parametrize("kill", range(KILLS))
def test_killed_and_resumed_is_bit_exact(undisturbed, tmp_path, kill):
    expected, log = undisturbed
    number = signal.SIGTERM if kill % 2 else signal.SIGKILL
    draw = random.Random(kill)
    first, delay = draw.randrange(0, CHANGES["train__steps"]), draw.uniform(0, 0.05)
    status, attempt = 0, 0
    while status == 0:  # the run was over before the signal came
        workdir, attempt = tmp_path / str(attempt), attempt + 1
        process = runs.start(runs.command(workdir, **CHANGES))
        while process.poll() is None and (last_step(workdir) or 0) < first:
            time.sleep(0.005)
        time.sleep(delay)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        status, first = process.returncode, first // 2
    print(f"killed by {number.name} after checkpoint {last_step(workdir)}: status {status}")
    assert status in (-number, 128 + number), err
    status, _, err = runs.finish(runs.command(workdir, **CHANGES))
    assert status == 0, err
    runs.assert_same(runs.final_state(workdir), expected)
    assert without_rates((workdir / "metrics.jsonl").read_text()) == without_rates(log)


def last_step(workdir):
    return max(checkpoint.steps(workdir / "checkpoints"), default=None)


def test_sigterm_and_ctrl_c_save_and_say_so(tmp_path, monkeypatch):
    """A run without end is stopped by a signal: it saves where it is and leaves with the stated status."""
    # Compiled as in the tests' own process: any program will do.
    monkeypatch.setenv("JAX_DISABLE_MOST_OPTIMIZATIONS", "true")
    monkeypatch.setenv("XLA_FLAGS", FLAGS)
    signals = {signal.SIGTERM: 143, signal.SIGINT: 130}
    if not FULL:  # test_preemption.py has both
        del signals[signal.SIGINT]
    for number, status in signals.items():
        changes = CHANGES | {"train__steps": 1000000, "train__checkpoint_every": 1000000}
        changes["model__architecture"] = "mlp"  # compiled sooner
        process = runs.start(runs.command(tmp_path, **changes))
        while "step" not in (line := process.stdout.readline()) or line.startswith(("steps:", "resuming")):
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == status, err
        step = last_step(tmp_path)
        assert f"saved step {step}" in out
        assert "Traceback" not in err
    assert runs.final_state(tmp_path)[0] == step  # whole: every digest was verified
