"""What the benchmarks share: R1's step at any size, turns, memory, files."""

import datetime
import functools
import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path

import jax
import ml_collections
import numpy as np

from cwgan_jax import config, parallel
from cwgan_jax.algorithms import step
from cwgan_jax.networks import build

RESULTS = Path(__file__).parent / "results"


def r1(**changes):
    """R1's config at 32x32 with `section__key=value` changes."""
    changes = {key.replace("__", "."): str(value) for key, value in changes.items()}
    return config.resolve(ml_collections.ConfigDict(), changes)


def networks_of(cfg):
    """The pair for grey images of ten classes."""
    return build(cfg.model, (cfg.data.size, cfg.data.size, 1), 10)


def random_batch(cfg):
    """A batch of noise: the time of a step does not depend on what is in the pictures."""
    draw, batch, size = np.random.default_rng(0), cfg.train.batch_size, cfg.data.size
    rounds = 1 if cfg.objective.schedule == "tutorial" else cfg.objective.critic_updates
    return step.Batch(
        draw.integers(0, 256, (rounds, batch, size, size, 1), np.uint8),
        draw.integers(0, 10, (rounds, batch)).astype(np.int32),
        np.arange(batch, dtype=np.int32),
    )


def compiled_step(cfg, networks):
    """The compiled step, its state and batch, and the seconds of its compilation."""
    state, batch = step.initial(cfg, networks), random_batch(cfg)
    start = time.perf_counter()
    function = jax.jit(functools.partial(step.train_step, config=cfg, networks=networks))
    function = function.lower(state, batch).compile()
    seconds = time.perf_counter() - start
    parallel.return_memory()
    return function, state, batch, seconds


def in_turn(contenders, repeats, *, say=print):
    """Seconds of each contender in each round, a first round not counted: {name: [seconds]}."""
    seconds = {name: [] for name in contenders}
    for repeat in range(-1, repeats):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            if repeat >= 0:
                seconds[name].append(time.perf_counter() - start)
        say(f"round {repeat + 1} of {repeats}")
    return seconds


def medians(seconds):
    """Of each contender."""
    return {name: float(np.median(values)) for name, values in seconds.items()}


def environment(*packages):
    """Where and with what: for the head of every result."""
    device = jax.devices()[0]
    cpu = next((x.split(": ")[1] for x in _cpuinfo() if x.startswith("model name")), platform.machine())
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} x {cpu}"
        + ("" if device.platform == "cpu" else f", {device.device_kind}"),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in ("jax", "flax", *packages)},
    }


def write(name, result, quiet=False):
    """Writes results/NAME.json."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    if not quiet:
        print(f"written to {path}", flush=True)


def _cpuinfo():
    path = Path("/proc/cpuinfo")
    return [line.replace("\t", "") for line in path.read_text().splitlines()] if path.exists() else []
