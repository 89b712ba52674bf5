"""What the benchmarks share: the step of cwgan_gp_conv at any size, turns, memory, files."""

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

from cwgan_jax import algorithms, config, data, kinds, parallel
from cwgan_jax.algorithms import adversarial
from cwgan_jax.data.conditions import of_classes

RESULTS = Path(__file__).parent / "results"


def cwgan_gp_conv(**changes):
    """The config of the reference system at 32x32 with `section__key=value` changes."""
    changes = {key.replace("__", "."): str(value) for key, value in changes.items()}
    return config.resolve(ml_collections.ConfigDict(), changes)


def spec_of(cfg):
    """Grey images of ten classes."""
    shape = (cfg.data.size, cfg.data.size, 1)
    return kinds.spec_of(cfg, data.description("images", shape, of_classes("0123456789")))


def setting_of(cfg):
    """What a step reads besides state and batch."""
    return adversarial.settle(cfg, spec_of(cfg))


def algorithm_of(cfg):
    """What trains such images."""
    return algorithms.make(cfg, spec_of(cfg))


def initial(setting):
    """The state at n = 0."""
    return jax.jit(functools.partial(adversarial.init, setting))(np.uint32(setting.config.seed))


def noise(cfg, count):
    """A data set of noise."""
    draw, size = np.random.default_rng(0), cfg.data.size
    image = draw.integers(0, 256, (count, size, size, 1), np.uint8)
    return data.Dataset(image, draw.integers(0, 10, count).astype(np.int32), of_classes("0123456789"))


def runner_of(cfg, dataset, steps_per_call=1):
    """The compiled steps of a run on a data set, and its first state in place."""
    algorithm = algorithm_of(cfg)
    runner = parallel.Runner(cfg, algorithm, {"real": dataset}, steps_per_call=steps_per_call)
    return runner, runner.place(algorithms.initial(algorithm, cfg.seed))


def random_batch(cfg):
    """A batch of noise: the time of a step does not depend on what is in the pictures."""
    draw, batch, size = np.random.default_rng(0), cfg.train.batch_size, cfg.data.size
    rounds = 1 if cfg.objective.schedule == "tutorial" else cfg.objective.critic_updates
    image = draw.integers(0, 256, (rounds, batch, size, size, 1), np.uint8)
    label = draw.integers(0, 10, (rounds, batch)).astype(np.int32)
    return algorithms.Batch({"real": data.Examples(image, label)}, np.arange(batch, dtype=np.int32))


def compiled_step(setting, **options):
    """The compiled step, its state and batch, and the seconds of its compilation; `options` of `jax.jit`."""
    state, batch = initial(setting), random_batch(setting.config)
    start = time.perf_counter()
    function = jax.jit(functools.partial(adversarial.train_step, setting), **options)
    function = function.lower(state, batch).compile()
    seconds = time.perf_counter() - start
    parallel.return_memory()
    parallel.keep_buffers()
    return function, state, batch, seconds


def stepper(setting):
    """A function that makes the next step, the state donated, and waits; and the seconds to compile it."""
    function, state, batch, seconds = compiled_step(setting, donate_argnums=0)

    def run():
        nonlocal state
        state = jax.block_until_ready(function(state, batch)[0])

    return run, seconds


def in_turn(contenders, repeats, *, calls=1, say=print):
    """Seconds a call of each contender in each round, a first round not counted: {name: [seconds]}.

    With several `calls` a turn, a pause comes first, in which the other contender's threads, which wait for
    work in a loop (PyTorch's for 0.2 s), fall asleep; and the first call is not counted either: it finds the
    other's data in the caches, as no step of a training does.
    """
    seconds = {name: [] for name in contenders}
    for repeat in range(-1, repeats):
        for name, run in contenders.items():
            if calls > 1:
                time.sleep(0.5)
                run()
            start = time.perf_counter()
            for _ in range(calls):
                run()
            if repeat >= 0:
                seconds[name].append((time.perf_counter() - start) / calls)
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
