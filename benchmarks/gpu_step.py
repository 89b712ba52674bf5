"""A step of cwgan_gp_conv on a GPU: each of our precisions and implementations, and PyTorch's fast ways.

python benchmarks/gpu_step.py [--batches=64,256,1024] [--rounds=3] [--features=64] [--only=TEXT]

Every contender is a process of its own: all compile side by side, then each is asked in turn to make steps
while the others wait, `--rounds` times over. Ours are timed as `train.py` runs them: through the runner, data
on the device, T steps a call, calls not waited for. PyTorch makes the same step from a batch that lies on the
device. Results go to results/gpu_step.json after each batch size. Needs PyTorch with CUDA.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import gpu_contenders

PRECISIONS = ("full", "tf32", "bfloat16")
_TIMEOUT = 240  # seconds until the last contender must be ready
_BITS = "--xla_gpu_deterministic_ops=true"


def contenders(batch):
    """The settings of every contender at a batch size, by name."""

    def ours(precision, implementation="auto", steps=20, flags="", kind="ours"):
        who = "cwgan_jax" if kind == "ours" else "plain Flax layers"
        name = f"{who}, {implementation}, {precision}, T = {steps}" + (", same bits" if flags else "")
        setting = {"precision": precision, "implementation": implementation, "steps": steps, "flags": flags}
        return name, {"kind": kind} | setting

    def torch(precision, way, last=True):
        way += ", channels last" if last else ""
        return f"PyTorch {way}, {precision}", {"kind": "torch", "precision": precision, "way": way}

    found = [ours(p, i) for p in PRECISIONS for i in ("auto", "xla", "matmul", "winograd")]
    found += [ours(p, flags=_BITS) for p in PRECISIONS]  # as the commands run it
    found += [torch(p, way) for p in PRECISIONS for way in ("eager", "whole step as a CUDA graph")]
    found += [torch("tf32", way, last=False) for way in ("eager", "compiled")]
    if batch == 64:
        found += [ours("tf32", steps=steps) for steps in (1, 100)]
        found += [ours("tf32", "xla", kind="flax"), ("ceilings", {"kind": "ceilings"})]
    if batch == 256:
        found += [("layers", {"kind": "layers", "precision": "tf32"})]
    return {name: setting | {"batch": batch} for name, setting in found}


def child(setting):
    """Prepares, says so, then makes steps each time it is asked on standard input."""
    start = time.perf_counter()
    run, about = gpu_contenders.PREPARE[setting["kind"]](setting)
    about["prepare_seconds"] = time.perf_counter() - start
    print(json.dumps(about), flush=True)
    count = 1
    for line in sys.stdin:
        if not line.strip():
            continue
        if setting["kind"] in ("ceilings", "layers"):
            print(json.dumps(run(1)), flush=True)
            continue
        for _ in range(2):  # the clocks go up, and how many steps fill the time is seen
            start = time.perf_counter()
            made = run(count)
            each = (time.perf_counter() - start) / made
            count = max(1, round(setting["seconds"] / each))
        start = time.perf_counter()
        made = run(count)
        print(json.dumps((time.perf_counter() - start) / made), flush=True)


class Contender:
    """A process that has prepared itself to make steps."""

    def __init__(self, name, setting, logs):
        self.name, self.setting, self.about, self.seconds = name, setting, None, []
        flags = f"{os.environ.get('XLA_FLAGS', '')} {setting.get('flags', '')}".strip()
        environment = os.environ | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "XLA_FLAGS": flags}
        path = logs / f"{name.replace(' ', '_').replace(',', '')}_{setting['batch']}.log"
        self.process = subprocess.Popen(
            [sys.executable, __file__, f"--child={json.dumps(setting)}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=path.open("w"),
            env=environment,
            text=True,
        )
        self._first = threading.Thread(target=self._wait, daemon=True)
        self._first.start()

    def _wait(self):
        self.about = self._line()

    def _line(self):
        """The next line that is JSON; libraries print others."""
        for line in self.process.stdout:
            try:
                return json.loads(line)
            except ValueError:
                continue
        return None

    def ready(self, seconds):
        """Waits for it; whether it can make steps."""
        self._first.join(seconds)
        return self.about is not None

    def ask(self):
        """Makes steps; seconds of one."""
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        answer = self._line()
        if answer is not None:
            self.seconds.append(answer)

    def end(self):
        """Lets it go."""
        self.process.kill()
        self.process.wait()


def measure(batch, options, logs):
    """All contenders at one batch size: {name: its figures}."""
    shared = {"features": options.features, "seconds": options.seconds}
    wanted = {name: s | shared for name, s in contenders(batch).items() if options.only in name}
    runners = [Contender(name, setting, logs) for name, setting in wanted.items()]
    until = time.monotonic() + _TIMEOUT
    ready = [r for r in runners if r.ready(max(0.0, until - time.monotonic()))]
    for runner in set(runners) - set(ready):
        print(f"not ready, see its log: {runner.name} at batch {batch}", flush=True)
        runner.end()
    for _ in range(options.rounds):
        for runner in ready:
            runner.ask()
    for runner in ready:
        runner.end()
    return {r.name: r.about | {"setting": r.setting, "rounds": r.seconds} for r in ready if r.seconds}


def table(batch, rows):
    """For the screen: milliseconds of a step, fastest first."""
    steps = {n: sorted(r["rounds"])[len(r["rounds"]) // 2] for n, r in rows.items() if _is_step(r)}
    lines = [f"batch {batch}{'ms/step':>64}{'images/s':>10}{'MiB':>8}{'prepare':>9}"]
    for name, seconds in sorted(steps.items(), key=lambda pair: pair[1]):
        row = rows[name]
        lines.append(
            f"{name:64}{1e3 * seconds:9.3f}{batch / seconds:10,.0f}{row['memory_mib']:8,.0f}"
            f"{row['prepare_seconds']:8.1f}s"
        )
    others = [f"{n}: {json.dumps(r['rounds'][-1])}" for n, r in rows.items() if not _is_step(r)]
    return "\n".join(lines + others)


def _is_step(row):
    return row["setting"]["kind"] not in ("ceilings", "layers")


def main():
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--child")
    parser.add_argument("--batches", default="64,256,1024")
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.4, help="of steps each time one is asked")
    parser.add_argument("--only", default="")
    parser.add_argument("--logs", type=Path, default=Path("/tmp/gpu_step"))
    options = parser.parse_args()
    if options.child:
        child(json.loads(options.child))
        return
    import common

    options.logs.mkdir(parents=True, exist_ok=True)
    result = {"features": options.features, "schedule": "tutorial", "critic_updates": 5, "batches": {}}
    for batch in map(int, options.batches.split(",")):
        result["batches"][batch] = rows = measure(batch, options, options.logs)
        print(table(batch, rows), flush=True)
        common.write("gpu_step", result)
    common.write("gpu_step", common.environment("torch") | result)


if __name__ == "__main__":
    main()
