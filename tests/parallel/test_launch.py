"""How a process finds out whether it is one of several."""

import importlib.util
import os
import subprocess
import sys

import pytest
import run_helpers as runs

from cwgan_jax.common.errors import EXIT_PEER, ConfigError
from cwgan_jax.parallel import Launch, launch

SLURM = {
    "SLURM_JOB_ID": "1",
    "SLURM_NTASKS": "2",
    "SLURM_STEP_NODELIST": "n[0-1]",
    "SLURM_PROCID": "0",
    "SLURM_LOCALID": "0",
}
KUBERNETES = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "JOB_COMPLETION_INDEX": "0"}


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        (SLURM, "Slurm"),
        ({"SLURM_JOB_ID": "1", "SLURM_NTASKS": "1"}, None),
        ({"OMPI_COMM_WORLD_SIZE": "2", "OMPI_MCA_orte_hnp_uri": "1.0;tcp://1.2.3.4:5"}, "Open MPI"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, None),  # a notebook in a cluster
        (KUBERNETES, "Kubernetes"),
        ({"TPU_WORKER_HOSTNAMES": "localhost"}, None),
        ({"TPU_WORKER_HOSTNAMES": "a,b"}, "Cloud TPU"),
    ],
)
def test_clusters(environment, found, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "kubernetes")
    assert launch.cluster(environment) == found
    assert launch.wanted(Launch(), environment) == (found is not None)
    assert not launch.wanted(Launch(mode="off"), environment)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SLURM_JOB_ID": "1", "SLURM_NTASKS": "8"}, "a Slurm job of 8 tasks, but not started by srun"),
        (KUBERNETES, "jax needs the package kubernetes to find the others: pip install"),
        ({"OMPI_COMM_WORLD_SIZE": "2"}, "Open MPI started 2 processes but does not say where they meet"),
    ],
)
def test_half_a_cluster_is_an_error(environment, said, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=said):
        launch.wanted(Launch(), environment)
    assert not launch.wanted(Launch(mode="off"), environment)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mode": "yes"}, "--distributed=yes: not allowed"),
        ({"processes": 2}, "--coordinator, --process_id missing"),
        ({"coordinator": "a:1", "processes": 2}, "--process_id missing"),
        ({"mode": "off", "process_id": 1}, "--process_id does not go with --distributed=off"),
        (
            {"coordinator": "host", "processes": 2, "process_id": 0},
            "--coordinator=host: it must be host:port",
        ),
        ({"coordinator": "a:1", "processes": 2, "process_id": 2}, r"--process_id=2: it must be in 0\.\.1"),
        ({"coordinator": "a:1", "processes": 0, "process_id": 0}, "--processes=0: it must be at least 1"),
        ({"peer_timeout": 0}, "--peer_timeout=0: it must be at least 1"),
    ],
)
def test_flags_that_cannot_be(given, said):
    with pytest.raises(ConfigError, match=said):
        launch.check(Launch(**given))


def test_flags_alone_are_enough():
    given = Launch(coordinator="a:1", processes=2, process_id=1)
    launch.check(given)
    assert launch.wanted(given, {})


ABORT = """
import ctypes, runpy, signal, sys, threading
prepare = runpy.run_path("cwgan_jax/parallel/last_words.py")["prepare"]
prepare("first words")
prepare("last words of $HOME")
library = ctypes.CDLL(None)
threading.Thread(target=library.sleep, args=(60,), daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])  # so that the other thread takes it
library.signal(signal.SIGALRM, library[sys.argv[1]])
signal.setitimer(signal.ITIMER_REAL, 0.2)
ctypes.PyDLL(None).sleep(60)  # with Python's lock
"""


@pytest.mark.parametrize(
    ("function", "status", "said"), [("abort", 6, "error: last words of $HOME\n"), ("_exit", 14, "")]
)
def test_an_abort_ends_a_process_whose_lock_another_thread_holds(function, status, said):
    ended = subprocess.run(
        [sys.executable, "-c", ABORT, function],
        cwd=runs.ROOT,
        env={**os.environ, "PYTHONPATH": str(runs.ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (status, said)
    assert EXIT_PEER == 6
