"""Starts a run of several processes on this machine, each with CPU devices of its own.

python launch/local.py --processes=2 --devices=2 -- train.py --config=configs/digits.py

For trying out what a pod does, and for the tests; on one host with several GPUs a single process uses them
all. SIGTERM and Ctrl-C go to every process. The exit status is that of the first process that failed.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any


def environment(devices: int) -> dict[str, str]:
    """Of a process with so many CPU devices; as XLA's collectives need a thread each, and some to spare."""
    threads = {"NPROC": str(max(2 * devices, os.cpu_count() or 1))} if devices > 1 else {}
    return {**os.environ, "JAX_NUM_CPU_DEVICES": str(devices), "JAX_PLATFORMS": "cpu", **threads}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(processes: int, devices: int, command: list[str], **keywords: Any) -> list[subprocess.Popen]:
    """Starts them; `command` is a Python script of ours and its arguments."""
    place = f"127.0.0.1:{free_port()}"
    return [
        subprocess.Popen(
            [
                *(sys.executable, *command),
                *(f"--coordinator={place}", f"--processes={processes}", f"--process_id={i}"),
            ],
            env={**environment(devices), "JAX_COORDINATOR_BIND_ADDRESS": place},
            **keywords,
        )
        for i in range(processes)
    ]


def wait(running: list[subprocess.Popen], grace: float) -> int:
    """The exit status of all: the first that is not 0. After a failure the others have `grace` seconds."""
    status, end = 0, None
    while any(process.poll() is None for process in running):
        failed = [process.returncode for process in running if process.returncode]
        if failed and end is None:
            status, end = failed[0], time.monotonic() + grace
        if end and time.monotonic() > end:
            print(f"launch: stopping what is still there {grace:.0f} s after a failure", file=sys.stderr)
            for process in running:
                process.kill()
        time.sleep(0.05)
    failed = [process.returncode for process in running if process.returncode]
    status = status or (failed[0] if failed else 0)
    return status if status >= 0 else 128 - status


def main() -> int:
    """Parses, starts, passes signals on, waits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--devices", type=int, default=1, help="CPU devices of each process")
    parser.add_argument("--grace", type=float, default=300, help="seconds for the rest after a failure")
    parser.add_argument("command", nargs="+", help="-- script.py and its arguments")
    options = parser.parse_args()
    if options.processes < 1 or options.devices < 1:
        parser.error("--processes and --devices must be at least 1")
    running = start(options.processes, options.devices, options.command, start_new_session=True)

    def pass_on(*_: object) -> None:
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    return wait(running, options.grace)


if __name__ == "__main__":
    sys.exit(main())
