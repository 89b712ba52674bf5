"""What a run says: lines at the right steps, the exact step of a divergence, the bar or plain lines."""

import contextlib
import os
import pty
import subprocess
import sys
import termios
import types

import numpy as np
import pytest
from conftest import NO_PENALTY, make_config, make_setting
from telemetry_helpers import NAMES, lines, metrics, start

from cwgan_jax.algorithms import adversarial_metrics
from cwgan_jax.common.errors import DivergedError
from cwgan_jax.pictures import curves
from cwgan_jax.training import telemetry


class Clock:
    """Stands in for `time` in telemetry: its seconds pass when told."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(telemetry, "time", types.SimpleNamespace(perf_counter=lambda: self.now))


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.mark.parametrize("count", [1, 2, 5, 10, 30])
def test_a_line_for_each_multiple_of_log_every_with_that_steps_values(tmp_path, count):
    log = start(tmp_path, total=60)
    for last in range(count, 61, count):
        log.add(last, metrics(last - count + 1, count))
    log.flush()
    log.close()
    found = lines(tmp_path)
    assert [line["step"] for line in found] == [10, 20, 30, 40, 50, 60]
    for line in found:
        values = [line[name] for name in NAMES]
        assert values == [line["step"] + m / 8 for m in range(5)]
        assert line["steps_per_second"] > 0
        assert line["images_per_second"] == pytest.approx(8 * line["steps_per_second"], rel=1e-3)


def test_only_what_there_is_is_told(tmp_path, capsys):
    cfg = make_config(objective__loss="minimax", **NO_PENALTY)
    declared = adversarial_metrics.metrics_of(make_setting(cfg))
    log = start(tmp_path, total=1, log_every=1, metrics=declared)
    one = np.ones(1, np.float32)
    accuracy = {"real_accuracy": one / 2, "fake_accuracy": one / 4}
    log.add(1, dict.fromkeys(("critic_gap", "critic_loss", "generator_loss"), one) | accuracy)
    log.flush()
    log.close()
    assert list(lines(tmp_path)[0])[1:6] == ["critic_loss", "generator_loss", "critic_gap", *accuracy]
    told = capsys.readouterr().out
    assert "discriminator 1.000" in told
    assert "real accuracy 0.5000  fake accuracy 0.2500" in told
    curves.metrics(tmp_path / "metrics.jsonl", tmp_path / "a.png", declared, title="")


def test_metrics_are_read_one_call_late(tmp_path):
    """Reading the newest ones would keep the host waiting for the device."""

    class Unready:
        def __array__(self, *_, **__):
            raise AssertionError("read too early")

    log = start(tmp_path, log_every=1)
    log.add(1, metrics(1, 1))
    assert lines(tmp_path) == []
    log.add(2, dict.fromkeys(NAMES, Unready()))
    assert [line["step"] for line in lines(tmp_path)] == [1]
    log.close()


@pytest.mark.parametrize(
    ("changes", "name", "value", "step"),
    [
        ({"critic_loss": {13: np.nan}}, "critic_loss", "nan", 13),
        ({"generator_loss": {11: np.inf, 15: np.nan}}, "generator_loss", "inf", 11),
        ({"critic_loss": {14: np.nan}, "generator_loss": {13: -np.inf}}, "generator_loss", "-inf", 13),
        ({"gradient_norm": {20: np.nan}}, "gradient_norm", "nan", 20),
    ],
)
def test_divergence_names_the_first_bad_step_of_the_call(tmp_path, changes, name, value, step):
    log = start(tmp_path, log_every=1)
    log.add(10, metrics(1, 10))
    log.add(20, metrics(11, 10, **changes))
    with pytest.raises(DivergedError) as caught:
        log.flush()
    assert str(caught.value).startswith(f"{name} is {value} at step {step}: ")
    assert len(str(caught.value).splitlines()) == 1
    log.close()
    assert [line["step"] for line in lines(tmp_path)] == list(range(1, 11))


@pytest.mark.parametrize("tail", ["", '{"step": 50, "critic_lo', '{"step": 5', "\0\0\0\0", "nonsense\n"])
def test_resuming_drops_later_lines_and_a_cut_one(tmp_path, tail):
    log = start(tmp_path, total=40)
    for last in range(10, 41, 10):
        log.add(last, metrics(last - 9, 10))
    log.flush()
    log.close()
    path = tmp_path / "metrics.jsonl"
    whole = path.read_text()
    path.write_text(whole + tail)
    log = start(tmp_path, first=20, total=40)
    assert path.read_text().splitlines() == whole.splitlines()[:2]
    log.add(30, metrics(21, 10))
    log.flush()
    log.close()
    assert [line["step"] for line in lines(tmp_path)] == [10, 20, 30]


def test_plain_lines_at_most_every_five_seconds_and_always_the_last(tmp_path, capsys, clock):
    log = start(tmp_path, total=40)
    for n in range(1, 41):
        log.add(n, metrics(n, 1))
        clock.now += 0.5
    log.flush()
    log.close()
    out, err = capsys.readouterr()
    assert err == ""
    said = [line.split()[1] for line in out.splitlines()]
    assert said == ["1/40", "11/40", "21/40", "31/40", "40/40"]
    assert "critic 21.000  generator 21.125  gap 21.250  penalty 21.3750" in out
    assert "2 steps/s  16 images/s  0:00:09 left" in out.splitlines()[2]  # 19 steps at 2 per second


def test_paused_time_is_not_in_the_rate(tmp_path, clock):
    log = start(tmp_path, log_every=1)
    for n in range(1, 31):
        log.add(n, metrics(n, 1))
        clock.now += 0.25
        if n % 10 == 0:
            with log.paused():
                assert lines(tmp_path)[-1]["step"] == n  # flushed first
                clock.now += 1000
    log.close()
    assert [line["steps_per_second"] for line in lines(tmp_path)] == pytest.approx([4.0] * 30)


def test_the_rate_counts_every_step_of_a_call(tmp_path, clock):
    log = start(tmp_path, total=100, log_every=20, batch=64)
    for last in range(20, 101, 20):
        log.add(last, metrics(last - 19, 20))
        clock.now += 2
    log.flush()
    log.close()
    assert [line["steps_per_second"] for line in lines(tmp_path)] == pytest.approx([10.0] * 5)
    assert lines(tmp_path)[0]["images_per_second"] == pytest.approx(640)


CHILD = """
import sys, pathlib, numpy as np
from cwgan_jax.training import telemetry
from cwgan_jax.common.metric import Metric
metrics = [Metric(name, name, "losses", short=name, digits=3) for name in ("critic", "generator")]
more = {"batch": 8, "unit": "images", "metrics": metrics}
log = telemetry.Telemetry(pathlib.Path(sys.argv[1]), first=40, total=60, log_every=10, **more)
for n in range(41, 61):
    log.add(n, dict.fromkeys(("critic", "generator"), np.ones(1, np.float32)))
log.flush()
log.say("a line")
log.close()
"""


def test_a_bar_on_a_terminal(tmp_path):
    """Standard error is a terminal here; standard output is a pipe, and stays empty."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 200))
    command = [sys.executable, "-W", "error", "-c", CHILD, str(tmp_path)]
    done = subprocess.run(command, stderr=theirs, stdout=subprocess.PIPE, timeout=60, check=True)
    os.close(theirs)
    text = b""
    with contextlib.suppress(OSError):  # the end, on Linux
        while part := os.read(ours, 4096):
            text += part
    os.close(ours)
    assert done.stdout == b""
    assert b"40/60" in text  # it starts where the run resumes
    assert b"critic 1.000  generator 1.000" in text
    assert [line["step"] for line in lines(tmp_path)] == [50, 60]


def test_clock():
    assert [telemetry.clock(s) for s in (0, 59.9, 60, 3600, 90061)] == [
        *("0:00:00", "0:00:59", "0:01:00", "1:00:00", "25:01:01")
    ]
