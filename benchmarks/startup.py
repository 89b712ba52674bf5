"""From the start of `train.py` to the end of its first step, cold and with the compilation cache.

python benchmarks/startup.py [--features=64] [--repeats=3] [--mnist=../shared/data/mnist]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import common

ROOT = Path(__file__).parents[1]


def first_step(features, mnist, cache):
    """Seconds until the first line of metrics.jsonl, and until the process has ended."""
    with tempfile.TemporaryDirectory() as workdir:
        command = [
            *(sys.executable, str(ROOT / "train.py"), f"--config={ROOT / 'configs/mnist.py'}"),
            *(
                f"--workdir={workdir}/run",
                f"--config.data.dir={mnist}",
                f"--config.model.features={features}",
            ),
            *("--config.train.steps=1", "--config.train.log_every=1", "--config.quality.every=none"),
        ]
        start, seen = time.perf_counter(), None
        log = Path(workdir) / "run" / "metrics.jsonl"
        process = subprocess.Popen(
            command, env={**os.environ, "XDG_CACHE_HOME": cache}, stdout=subprocess.DEVNULL
        )
        while process.poll() is None:
            time.sleep(0.02)
            if seen is None and log.exists() and log.stat().st_size:
                seen = time.perf_counter() - start
        if process.returncode:
            raise SystemExit(f"train.py left with status {process.returncode}")
        return seen, time.perf_counter() - start


def main():
    """Medians over the repeats."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--mnist", default=str(ROOT.parent / "shared" / "data" / "mnist"))
    options = parser.parse_args()
    seconds = {"cold": [], "with the cache": []}
    for _ in range(options.repeats):
        with tempfile.TemporaryDirectory() as cache:
            for name in seconds:
                first, whole = first_step(options.features, options.mnist, cache)
                seconds[name].append(first)
                print(f"{name}: first step after {first:.1f} s, all done after {whole:.1f} s", flush=True)
    middle = common.medians(seconds)
    result = {"features": options.features, "seconds": seconds, "median_seconds": middle}
    common.write(f"startup_f{options.features}", common.environment() | result)


if __name__ == "__main__":
    main()
