"""Several processes on this machine; benchmarks/topologies.py and faults.py try more, and for longer."""

import dataclasses
import signal

import pod_helpers as pods
import pytest
import run_helpers as runs
from conftest import FLAGS, long, relative

CHANGES = {
    "model__dtype": "float64",
    "train__ema_decay": 0.9,
    "train__steps": 40,
    "train__checkpoint_every": 5,
    "train__sample_every": 40,
}


@pytest.fixture(autouse=True)
def compiled_soon(monkeypatch):
    """As in the tests' own process: what is tested is how the processes go together."""
    monkeypatch.setenv("JAX_DISABLE_MOST_OPTIMIZATIONS", "true")
    monkeypatch.setenv("XLA_FLAGS", FLAGS)


def test_two_processes_run_to_the_end(tmp_path):
    """With every periodic action, which process 0 alone performs."""
    changes = {"model__architecture": "mlp", "train__steps": 2, "train__sample_every": 1}
    running = pods.start(tmp_path, 2, 1, **changes, train__checkpoint_every=1)
    (first, out, _), (second, silent, _) = pods.finish(running)
    assert (first, second) == (0, 0)
    assert "done in" in out
    assert "done in" not in silent
    assert runs.final_state(tmp_path)[0] == 2


@long
def test_two_processes_stopped_by_a_signal_to_one_go_on_alone_to_the_same_end(x64, tmp_path):
    workdir, undisturbed = tmp_path / "pod", tmp_path / "alone"
    running = pods.start(workdir, 2, 1, **CHANGES)
    pods.wait_for_checkpoint(workdir, 5, running)
    running[1].send_signal(signal.SIGTERM)
    (first, out, _), (second, other, _) = pods.finish(running)
    assert (first, second) in [(143, 143), (0, 0)]  # 0: the signal came as the run ended
    step, _ = runs.final_state(workdir)
    if first:
        assert f"SIGTERM: saved step {step}" in out
    assert step >= 5
    assert "step" not in other  # only process 0 says what happens
    alone = runs.resolved(workdir)
    alone = dataclasses.replace(alone, train=dataclasses.replace(alone.train, devices=1))
    assert runs.in_process(alone, undisturbed) == 0
    assert runs.in_process(alone, workdir) == 0
    (step, leaves), (_, expected) = runs.final_state(workdir), runs.final_state(undisturbed)
    assert step == 40
    for path, leaf in leaves.items():
        assert relative(leaf, expected[path]) < 1e-9, path


@long
def test_a_killed_process_ends_the_other_with_its_name(tmp_path):
    running = pods.start(tmp_path, 2, 1, train__steps=20000, train__checkpoint_every=5)
    pods.wait_for_checkpoint(tmp_path, 5, running)
    running[1].kill()
    (status, _, err), _ = pods.finish(running, timeout=40)
    assert status == 6
    # One time in five the collective does not notice, and the heartbeat ends the process from C++.
    assert "error: [process 0] lost process 1;" in err or "error: [process 0] a peer is lost" in err
    assert "Traceback" not in err
    assert runs.final_state(tmp_path)[0] >= 5


def test_an_error_of_all_is_said_once(tmp_path):
    running = pods.start(tmp_path, 2, 1, data__name="folder", data__dir="/nowhere")
    (status, _, err), (other, _, silent) = pods.finish(running)
    assert (status, other) == (2, 2)
    line = next(line for line in err.splitlines() if line.startswith("error"))
    assert line.startswith("error: [process 0] config.data.dir=/nowhere: there is no such folder")
    assert "error" not in silent


def test_processes_that_differ_do_not_start(tmp_path):
    place = f"127.0.0.1:{pods.local.free_port()}"
    ended = pods.finish(
        [
            runs.start(
                [
                    *runs.command(tmp_path, train__steps=steps),
                    *(f"--coordinator={place}", "--processes=2", f"--process_id={i}"),
                ]
            )
            for i, steps in enumerate((6, 7))
        ]
    )
    assert [status for status, _, _ in ended] == [6, 6]
    assert "process 1 has another config, data set or version than process 0" in "".join(e for *_, e in ended)
    assert not (tmp_path / "checkpoints").exists()
