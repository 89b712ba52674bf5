"""Runs of several processes on this machine, on the tiny config, by launch/local.py."""

import subprocess
import sys
import time

import run_helpers as runs

sys.path.insert(0, str(runs.ROOT / "launch"))

import local

PEER_TIMEOUT = 10  # seconds


def start(workdir, processes, devices, *flags, **changes):
    """The processes, under way."""
    command = [*runs.command(workdir, **changes)[1:], f"--peer_timeout={PEER_TIMEOUT}", *flags]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return local.start(processes, devices, command, start_new_session=True, **pipes)


def finish(running, timeout=150):
    """[(exit status, standard output, standard error)] of all; those that hang are killed and fail."""
    end, ended = time.monotonic() + timeout, []
    try:
        for process in running:
            out, err = process.communicate(timeout=max(0.1, end - time.monotonic()))
            ended.append((process.returncode, out, err))
    finally:
        for process in running:
            process.kill()
    return ended


def run(workdir, processes, devices, *flags, **changes):
    """Trains to the end, which must be a good one; returns the final state."""
    ended = finish(start(workdir, processes, devices, *flags, **changes))
    assert [status for status, _, _ in ended] == [0] * processes, ended
    return runs.final_state(workdir)


def wait_for_checkpoint(workdir, step, running, timeout=120):
    """Waits until there is one of at least `step`; returns the newest."""
    folder, end = workdir / "checkpoints", time.monotonic() + timeout
    while time.monotonic() < end:
        found = [int(path.name) for path in folder.glob("*") if path.name.isdigit()]
        if found and max(found) >= step:
            return max(found)
        assert all(process.poll() is None for process in running), [p.communicate() for p in running]
        time.sleep(0.05)
    raise AssertionError(f"no checkpoint {step} within {timeout} s")
