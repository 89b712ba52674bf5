"""What each composition's step computes and costs: to see whether a change of the code changed a program.

python benchmarks/step_record.py [--compare] [--only=TEXT]

For eleven compositions, on one and on four CPU devices: a hash of the state after three steps, XLA's counts
of the compiled step (instructions, operations, bytes read and written, bytes of temporaries) and its
collectives. The record is results/step_record.json; with `--compare` it is left as it is, and what differs
from it is printed. Hashes and counts are those of one version of jaxlib on one kind of processor: elsewhere,
record the code before a change first.
"""

import argparse
import collections
import hashlib
import json
import os
import re
import sys
from pathlib import Path

os.environ.setdefault("JAX_NUM_CPU_DEVICES", "4")
os.environ.setdefault("NPROC", "8")  # XLA's collectives need a thread for each device, and some to spare

import common
import jax
import numpy as np

from cwgan_jax import algorithms, cli, config, data, parallel
from cwgan_jax.training import plan

CONFIGS = Path(__file__).parents[1] / "configs"
STEPS = 3
DEVICES = (1, 4)
_SHARED = {
    "data.name": "digits",
    "data.size": 16,
    "model.features": 8,
    "train.batch_size": 16,
    "train.steps": STEPS,
    "train.steps_per_call": 1,
    "quality.every": "none",
}
# The recipe, and changes to it beside the shared ones.
COMPOSITIONS = {
    "flagship, f = 16": ("mnist", {"data.size": 32, "model.features": 16, "train.batch_size": 64}),
    "flagship, f = 64": ("mnist", {"data.size": 32, "model.features": 64}),
    "cwgan_gp_mlp": ("cwgan_gp", {"model.features": 16}),
    "wgan_gp_mlp": ("mlp", {"model.features": 16}),
    "batch norm in the critic": ("dcgan28", {"data.size": 28}),
    "sagan, moving average": ("sagan", {"model.attention": 8, "train.ema_decay": 0.99}),
    "style, conditional": ("style", {"model.latent": 32, "model.conditional": True}),
    "began": ("began", {}),
    "clipping, rmsprop": ("wgan", {}),
    "points, falling learning rates": ("ring", {"data.name": "ring", "model.features": 16}),
    "parts, projection, moving average": (
        "mnist",
        {
            "train.parts": 2,
            "train.ema_decay": 0.9,
            "model.critic_labels": "projection",
            "model.generator_labels": "batch_norm",
        },
    ),
}


def digest(state):
    """A hash of all numbers of a state; the leaves' hashes are sorted, so order and names do not count."""
    leaves = []
    for leaf in map(np.asarray, jax.tree.leaves(jax.device_get(state))):
        head = f"{leaf.dtype}{list(leaf.shape)}".encode()
        leaves.append(hashlib.sha256(head + leaf.tobytes()).hexdigest())
    return hashlib.sha256("".join(sorted(leaves)).encode()).hexdigest()[:16]


def counted(compiled):
    """What XLA says of a program; the body of a loop counts once."""
    names = re.findall(r"= \S+(?: \S+)*? ([a-z][a-z0-9-]*)\(", compiled.as_text())
    kinds, cost = collections.Counter(names), compiled.cost_analysis()
    collectives = ("all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective")
    return {
        "instructions": kinds.total(),
        "operations": cost["flops"],
        "bytes": cost["bytes accessed"],
        "temporaries": compiled.memory_analysis().temp_size_in_bytes,
        "collectives": {name: n for name, n in sorted(kinds.items()) if name.startswith(collectives)},
    }


def record(name, devices):
    """The figures of one composition on so many devices."""
    file, changes = COMPOSITIONS[name]
    values = _SHARED | changes | {"train.devices": devices}
    cfg = config.resolve(
        cli.load_config(CONFIGS / f"{file}.py"), {key: str(value) for key, value in values.items()}
    )
    run = plan.make(cfg)
    runner = parallel.Runner(run.config, run.algorithm, run.streams, steps_per_call=1)
    state = runner.place(jax.device_get(algorithms.initial(run.algorithm, cfg.seed)))
    for n in range(STEPS):
        batch = {
            stream: data.indices(cfg.seed, n * count, count, run.dataset.size, cfg.train.batch_size)
            for stream, count in run.algorithm.inputs.items()
        }
        state, _ = runner(state, batch)
    return {"state": digest(state), **counted(runner.compiled)}


def differences(before, now):
    """A line for each figure of a record that is another."""
    return [
        f"{key}: {before.get(key)} -> {now.get(key)}"
        for key in {**before, **now}
        if before.get(key) != now.get(key)
    ]


def main():
    """Records, and writes or compares; with differences the status is 1."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--compare", action="store_true", help="with the record instead of writing one")
    parser.add_argument("--only", default="", help="compositions whose name has this text")
    options = parser.parse_args()
    path = common.RESULTS / "step_record.json"
    known = json.loads(path.read_text())["records"] if path.exists() else {}
    found, different = {}, 0
    for name in (name for name in COMPOSITIONS if options.only in name):
        for devices in DEVICES:
            title = f"{name}; {devices} device{'s' * (devices > 1)}"
            found[title] = record(name, devices)
            lines = differences(known.get(title, {}), found[title]) if options.compare else [found[title]]
            different += len(lines)
            print(f"{title}: {'; '.join(map(str, lines)) or 'as recorded'}", flush=True)
    if options.compare:
        sys.exit(1 if different else 0)
    common.write("step_record", common.environment("jaxlib") | {"records": known | found})


if __name__ == "__main__":
    main()
