"""The stop signal, with real signals; what ends a process is tried in another process."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cwgan_jax.common.errors import EXIT_INTERRUPTED, EXIT_TERMINATED
from cwgan_jax.training.preemption import StopSignal

# pbkdf2 keeps the main thread in C, without the GIL, for seconds: as a compilation does.
CHILD = """
import hashlib, sys, time
from cwgan_jax.training.preemption import StopSignal
with StopSignal() as stop:
    print("ready", flush=True)
    if sys.argv[1] == "busy":
        hashlib.pbkdf2_hmac("sha256", b"", b"", 30_000_000)
    else:
        until = time.monotonic() + 20
        while not stop.received and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep({"loop": 0, "brief": 0.5, "save": 20}[sys.argv[1]])
print("stopped by", stop.received, flush=True)
"""


def start(mode):
    child = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", CHILD, mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "ready\n"
    return child


def wait_for(condition):
    until = time.monotonic() + 5
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(0.005)
    return met


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_remembers_the_first_signal_and_restores_the_handlers(number, capfd):
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    descriptors = len(os.listdir("/dev/fd"))
    with StopSignal() as stop:
        assert stop.received is None
        os.kill(os.getpid(), number)
        assert wait_for(lambda: stop.received)
        assert stop.received == number
        assert wait_for(lambda: "second one stops at once" in capfd.readouterr().err)
        assert stop.received == number
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1
    assert len(os.listdir("/dev/fd")) == descriptors


def test_one_request_delivered_twice_is_one():
    """As timeout(1) does: to the process and to its group."""
    child = start("brief")
    for _ in range(2):
        child.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    assert child.communicate(timeout=10)[0] == f"stopped by {int(signal.SIGTERM)}\n"
    assert child.returncode == 0


def test_other_signals_are_left_alone():
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
    try:
        with StopSignal() as stop:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGUSR1)
                time.sleep(0.05)
            assert stop.received is None
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard == [signal.SIGUSR1] * 2


def test_an_exception_in_the_body_passes():
    with pytest.raises(KeyError), StopSignal():
        raise KeyError


def test_the_body_ends_by_itself():
    child = start("loop")
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=10)
    assert child.returncode == 0
    assert out == f"stopped by {int(signal.SIGTERM)}\n"
    assert err.split("\n") == ["", "SIGTERM: saving, then stopping; a second one stops at once", ""]


@pytest.mark.parametrize(
    ("mode", "number", "status"),
    [
        ("busy", signal.SIGINT, EXIT_INTERRUPTED),
        ("save", signal.SIGTERM, EXIT_TERMINATED),
    ],
)
def test_a_second_signal_ends_the_process_at_once(mode, number, status):
    child = start(mode)
    child.send_signal(number)
    time.sleep(0.7)  # more than the 0.5 s in which two deliveries count as one
    assert child.poll() is None
    child.send_signal(number)
    begin = time.monotonic()
    out, err = child.communicate(timeout=10)
    assert time.monotonic() - begin < 2
    assert child.returncode == status
    assert out == ""
    assert err.count("\n") == 4, err
    assert "again: stopping at once" in err
