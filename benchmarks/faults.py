"""What happens to a run of two processes when something fails: does it end, how soon, with what left?

python benchmarks/faults.py [--repeats=5] [--kills=50] [--only=sigterm,stall,...]

Tiny networks. Every fault must end all processes by themselves, with the status it should have, and lose no
more than the steps since the last checkpoint. `--kills`: so many times a random process is killed at a random
moment and the run restarted; its final state must be the undisturbed one bit for bit. Needs root for the full
disk (a small tmpfs) and the network cut (network namespaces); without it they are left out.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import pod_helpers as pods
import run_helpers as runs

LONG = {
    "train__steps": 20000,
    "train__checkpoint_every": 5,
    "train__sample_every": 10000,
    "train__log_every": 5,
}
LIMIT = 60  # seconds in which all must be gone
PEER_LOST, STORAGE, BAD_INPUT, TERMINATED = 6, 4, 2, 143


def begun(workdir):
    """A run under way, with a checkpoint or two."""
    running = pods.start(workdir, 2, 1, **LONG)
    pods.wait_for_checkpoint(workdir, 10, running)
    return running


def signalled(number, victim):
    """A fault: a signal to one of the processes."""

    def fault(workdir):
        running = begun(workdir)
        running[victim].send_signal(number)
        return running, [p for i, p in enumerate(running) if number != signal.SIGSTOP or i != victim]

    return fault


def never_arrives(workdir):
    """Process 0 of two, alone."""
    command = [*runs.command(workdir)[1:], "--start_timeout=5"]
    place = [f"--coordinator=127.0.0.1:{pods.local.free_port()}", "--processes=2", "--process_id=0"]
    alone = subprocess.Popen([sys.executable, *command, *place], stdout=-1, stderr=-1, text=True)
    return [alone], [alone]


def two_jobs(workdir):
    """A second run in the workdir of a first; the second must go, the first goes on."""
    first = begun(workdir)
    second = pods.start(workdir, 2, 1, **LONG)
    pods.finish(second)
    for process in first:
        process.kill()
        process.communicate()
    return second, second


def full_disk(workdir):
    """The disk of the workdir fills up."""
    workdir.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "none", str(workdir)], check=True)
    running = begun(workdir)
    filler = os.open(workdir / "filler", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(filler, bytes(4096))
    os.close(filler)
    return running, running


def network_cut(workdir):
    """Two network namespaces, the link between them taken down."""
    for line in (
        "netns add cwgan0",
        "netns add cwgan1",
        "link add v0 netns cwgan0 type veth peer name v1 netns cwgan1",
        *(f"-n cwgan{i} addr add 10.77.0.{i + 1}/24 dev v{i}" for i in (0, 1)),
        *(f"-n cwgan{i} link set {name} up" for i in (0, 1) for name in (f"v{i}", "lo")),
    ):
        subprocess.run(["ip", *line.split()], check=True)
    for i in (0, 1):  # the collectives listen where the host's own name says
        hosts = Path(f"/etc/netns/cwgan{i}/hosts")
        hosts.parent.mkdir(parents=True, exist_ok=True)
        hosts.write_text(f"127.0.0.1 localhost\n10.77.0.{i + 1} {socket.gethostname()}\n")
    command = [sys.executable, *runs.command(workdir, **LONG)[1:], f"--peer_timeout={pods.PEER_TIMEOUT}"]
    running = [
        subprocess.Popen(
            [
                *("ip", "netns", "exec", f"cwgan{i}", *command),
                *("--coordinator=10.77.0.1:7000", "--processes=2", f"--process_id={i}"),
            ],
            env=pods.local.environment(1),
            stdout=-1,
            stderr=-1,
            text=True,
        )
        for i in (0, 1)
    ]
    pods.wait_for_checkpoint(workdir, 10, running)
    subprocess.run(["ip", "-n", "cwgan0", "link", "set", "v0", "down"], check=True)
    return running, running


FAULTS = {  # name: (workdir -> (all processes, those that must end), the status they must end with)
    "SIGTERM to process 0": (signalled(signal.SIGTERM, 0), TERMINATED),
    "SIGTERM to process 1": (signalled(signal.SIGTERM, 1), TERMINATED),
    "process 1 killed": (signalled(signal.SIGKILL, 1), PEER_LOST),
    "coordinator killed": (signalled(signal.SIGKILL, 0), PEER_LOST),
    "process 1 stalled": (signalled(signal.SIGSTOP, 1), PEER_LOST),
    "coordinator stalled": (signalled(signal.SIGSTOP, 0), PEER_LOST),
    "a peer never arrives": (never_arrives, PEER_LOST),
    "two jobs on one workdir": (two_jobs, BAD_INPUT),
    "full disk": (full_disk, STORAGE),
    "network cut": (network_cut, PEER_LOST),
}


def steps(workdir):
    """The newest checkpoint."""
    folder = workdir / "checkpoints"
    return max((int(p.name) for p in folder.glob("*") if p.name.isdigit()), default=0)


def one(name):
    """Seconds to the end, the statuses, and the last line of each process."""
    fault, expected = FAULTS[name]
    with tempfile.TemporaryDirectory() as folder:
        workdir = Path(folder) / "run"
        try:
            running, ending = fault(workdir)
            start, before = time.monotonic(), steps(workdir)
            while any(p.poll() is None for p in ending) and time.monotonic() - start < LIMIT:
                time.sleep(0.02)
            seconds = time.monotonic() - start
            hung = [i for i, p in enumerate(ending) if p.poll() is None]
            for process in running:
                process.send_signal(signal.SIGCONT)
                process.kill()
            said = [
                p.communicate()[1].splitlines()[-1:] if p.stderr and not p.stderr.closed else []
                for p in running
            ]
            statuses = [p.returncode for p in ending if p.returncode != -signal.SIGKILL]
            good = not hung and set(statuses) == {expected} and steps(workdir) >= before
        finally:
            subprocess.run(["umount", "-l", str(workdir)], capture_output=True, check=False)
            for i in (0, 1):
                subprocess.run(["ip", "netns", "del", f"cwgan{i}"], capture_output=True, check=False)
                shutil.rmtree(f"/etc/netns/cwgan{i}", ignore_errors=True)
    print(
        f"{name}: {'as it should' if good else 'NOT AS IT SHOULD'}, {seconds:.1f} s, {statuses} {said}",
        flush=True,
    )
    return good, seconds


def killed(count, seed=0):
    """Kills a run at random moments until it has had `count`; whether its end is the undisturbed one."""
    draw = random.Random(seed)
    changes = {"train__steps": 30 * count, "train__checkpoint_every": 5, "train__sample_every": 10000}
    with tempfile.TemporaryDirectory() as folder:
        calm, workdir = Path(folder) / "calm", Path(folder) / "killed"
        undisturbed = pods.run(calm, 2, 1, **changes)
        done = 0
        while done < count:
            running = pods.start(workdir, 2, 1, "--start_timeout=15", **changes)
            if draw.random() < 0.2:  # while it starts
                time.sleep(8 * draw.random())
            else:
                target = min(steps(workdir) + draw.choice([1, 5, 10, 15]), 30 * count - 40)
                pods.wait_for_checkpoint(workdir, target, running)
                time.sleep(draw.random())
            draw.choice(running).kill()
            done += 1
            pods.finish(running, LIMIT)  # fails if one hangs
            print(f"kill {done} of {count} at step {steps(workdir)}", flush=True)
        step, leaves = pods.run(workdir, 2, 1, **changes)
        same = step == undisturbed[0] and all(
            np.array_equal(leaf, undisturbed[1][path]) for path, leaf in leaves.items()
        )
    print(f"{count} kills: the final state is {'the same' if same else 'NOT THE SAME'}")
    return same


def main():
    """Tries, prints, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    chosen = [name for name in FAULTS if options.repeats and options.only in name]
    if os.geteuid() != 0:
        chosen = [name for name in chosen if name not in ("full disk", "network cut")]
    tried = {name: [one(name) for _ in range(options.repeats)] for name in chosen}
    result = common.environment() | {
        "peer_timeout": pods.PEER_TIMEOUT,
        "faults": {
            name: {
                "as_it_should": sum(good for good, _ in rows),
                "of": len(rows),
                "seconds": [s for _, s in rows],
            }
            for name, rows in tried.items()
        },
    }
    if chosen and not options.only:
        common.write("faults", result)
    if options.kills:
        common.write("kills", common.environment() | {"count": options.kills, "same": killed(options.kills)})


if __name__ == "__main__":
    main()
