"""Joining the processes of a pod, by `jax.distributed`."""

import importlib.util
import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

import jax

from cwgan_jax.common.errors import ConfigError, PeerError
from cwgan_jax.parallel import last_words

MODES = ("auto", "on", "off")


class Launch(NamedTuple):
    """How this process finds the others.

    Attributes:
      mode: `off`: it is alone; `on`: it is one of several; `auto`: as the flags and the environment say.
      coordinator: host:port of process 0; none: the cluster says.
      processes: how many there are; none: the cluster says.
      process_id: which of them this is, from 0; none: the cluster says.
      start_timeout: seconds to wait for all of them to arrive.
      peer_timeout: seconds without a sign of a peer after which it is taken for lost.
    """

    mode: str = "auto"
    coordinator: str | None = None
    processes: int | None = None
    process_id: int | None = None
    start_timeout: int = 300
    peer_timeout: int = 120


def start(launch: Launch) -> None:
    """Joins the other processes, if there are any. Before the first use of a device.

    Raises:
      ConfigError: the flags contradict each other, or the cluster is configured by half.
      PeerError: not all processes arrived in time.
    """
    check(launch)
    if not wanted(launch, os.environ):
        return
    seconds = launch.peer_timeout
    flags = [
        os.environ.get("XLA_FLAGS", ""),
        f"--xla_cpu_collective_timeout_seconds={seconds}",
        f"--xla_gpu_nccl_termination_timeout_seconds={seconds}",
    ]
    os.environ["XLA_FLAGS"] = " ".join(flags).strip()
    absent = (
        f"not all processes arrived at {launch.coordinator or 'the coordinator'} within --start_timeout="
        f"{launch.start_timeout} s; start all of them, and look for one that stopped early or a wrong address"
    )
    complete = None not in (launch.coordinator, launch.processes, launch.process_id)
    last_words.prepare(f"[process {'?' if launch.process_id is None else launch.process_id}] {absent}")
    try:
        jax.distributed.initialize(
            launch.coordinator,
            launch.processes,
            launch.process_id,
            cluster_detection_method="deactivate" if complete else None,
            initialization_timeout=launch.start_timeout,
            # Later than the collectives: their failure can be caught and explained, this one aborts.
            heartbeat_timeout_seconds=seconds + max(5, seconds // 2),
            shutdown_timeout_seconds=seconds,
        )
        jax.local_devices()  # now, in all of them: the backends exchange what devices there are
        if jax.process_index():
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - process 0 tells what all of them do
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f"--distributed={launch.mode}: no complete cluster found ({' '.join(str(error).split())}); give"
            " --coordinator=host:port, --processes and --process_id, or --distributed=off"
        ) from error
    except RuntimeError as error:
        raise PeerError(f"{absent} ({str(error).splitlines()[0][:120]})") from error
    last_words.prepare(
        f"[process {jax.process_index()}] a peer is lost, or process 0, which holds the others together (the"
        " lines above say which); start all processes again: they go on from the last checkpoint"
    )


def check(launch: Launch) -> None:
    """Raises ConfigError for flags that cannot be."""
    given = [launch.coordinator, launch.processes, launch.process_id]
    names = ("--coordinator", "--processes", "--process_id")
    if launch.mode not in MODES:
        raise ConfigError(f"--distributed={launch.mode}: not allowed; it must be one of: {', '.join(MODES)}")
    if launch.mode == "off" and any(value is not None for value in given):
        name = next(n for n, value in zip(names, given, strict=True) if value is not None)
        raise ConfigError(f"{name} does not go with --distributed=off; leave one of them out")
    missing = [name for name, value in zip(names, given, strict=True) if value is None]
    if 0 < len(missing) < 3 and not cluster(os.environ):
        raise ConfigError(f"{', '.join(missing)} missing: give all of {', '.join(names)}, or none")
    if launch.coordinator is not None and not launch.coordinator.rpartition(":")[2].isdecimal():
        raise ConfigError(f"--coordinator={launch.coordinator}: it must be host:port, such as node0:7000")
    if launch.processes is not None and launch.processes < 1:
        raise ConfigError(f"--processes={launch.processes}: it must be at least 1")
    if launch.process_id is not None and not 0 <= launch.process_id < (launch.processes or 2**31):
        raise ConfigError(f"--process_id={launch.process_id}: it must be in 0..{(launch.processes or 1) - 1}")
    for name, seconds in (("start", launch.start_timeout), ("peer", launch.peer_timeout)):
        if seconds < 1:
            raise ConfigError(f"--{name}_timeout={seconds}: it must be at least 1 second")


def wanted(launch: Launch, environment: Mapping[str, str]) -> bool:
    """Whether to join others: asked for by the flags, or started by a cluster as one of several.

    Raises:
      ConfigError: the cluster says so, but not all that jax must know.
    """
    if launch.mode == "off":
        return False
    return launch.mode == "on" or launch.processes is not None or cluster(environment) is not None


def cluster(environment: Mapping[str, str]) -> str | None:
    """The cluster that started this process as one of several; None: it is alone.

    Raises:
      ConfigError: it is configured by half. Going on alone would train P separate runs.
    """
    off = "or --distributed=off to train in this process alone"
    tasks = environment.get("SLURM_NTASKS", "1")
    if "SLURM_JOB_ID" in environment and tasks != "1":
        if {"SLURM_STEP_NODELIST", "SLURM_PROCID", "SLURM_LOCALID"} <= environment.keys():
            return "Slurm"
        raise ConfigError(f"a Slurm job of {tasks} tasks, but not started by srun: use srun, {off}")
    size = environment.get("OMPI_COMM_WORLD_SIZE", "1")
    if size != "1":
        if "OMPI_MCA_orte_hnp_uri" in environment:
            return "Open MPI"
        raise ConfigError(
            f"Open MPI started {size} processes but does not say where they meet (versions from 5 on): give"
            f" --coordinator=host:port --processes={size} --process_id=$OMPI_COMM_WORLD_RANK, {off}"
        )
    if "KUBERNETES_SERVICE_HOST" in environment and "JOB_COMPLETION_INDEX" in environment:
        if importlib.util.find_spec("kubernetes"):
            return "Kubernetes"
        raise ConfigError(
            "Kubernetes started this as one of several, but jax needs the package kubernetes to find the"
            f" others: pip install 'jax[k8s]', or give --coordinator, --processes and --process_id, {off}"
        )
    if "," in environment.get("TPU_WORKER_HOSTNAMES", ""):
        return "Cloud TPU"
    return None
