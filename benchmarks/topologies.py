"""The same run on 1x1, 1x4, 2x1, 2x2 and 4x1 processes x devices of this machine: how far are they apart?

python benchmarks/topologies.py [--steps=50]

Tiny networks, both schedules. float64: the largest distance of a leaf, norm of the difference over norm,
after all steps. float32: the largest distance of the loss curves, likewise. Then runs are begun on one and
finished on another; on the same topology the result must be the same bit for bit.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import common
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import pod_helpers as pods
from conftest import relative

TOPOLOGIES = ((1, 1), (1, 4), (2, 1), (2, 2), (4, 1))
MOVES = (((2, 2), (1, 1)), ((1, 1), (4, 1)), ((1, 4), (2, 1)))
LOSSES = ("critic_loss", "generator_loss", "critic_gap", "penalty")


def curves(workdir):
    """{loss: f[steps]}."""
    lines = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
    return {name: np.array([line[name] for line in lines]) for name in LOSSES}


def distance(state, other):
    """The largest of a leaf, and its name."""
    return max((relative(leaf, other[1][path]), path) for path, leaf in state[1].items())


def compare(folder, schedule, dtype, steps):
    """{topology: distance to 1x1}; the runs stay in `folder`."""
    found, reference, changes = {}, None, {"objective__schedule": schedule, "model__dtype": dtype}
    for processes, devices in TOPOLOGIES:
        workdir = folder / f"{schedule}-{dtype}-{processes}x{devices}"
        state = pods.run(workdir, processes, devices, **changes, train__steps=steps)
        now = state, curves(workdir)
        reference = reference or now
        if dtype == "float64":
            apart, where = distance(state, reference[0])
        else:
            apart, where = max((relative(now[1][name], reference[1][name]), name) for name in LOSSES)
        found[f"{processes}x{devices}"] = {"distance": float(apart), "in": where}
        print(f"{schedule} {dtype} {processes}x{devices}: {apart:.1e} ({where})", flush=True)
    return found


def moved(folder, steps):
    """Begun on one topology, finished on another, against the whole run on the first."""
    found, changes = {}, {"objective__schedule": "paper", "model__dtype": "float64"}
    for start, end in MOVES:
        workdir = folder / f"moved-{start}-{end}"
        pods.run(workdir, *start, **changes, train__steps=steps // 2)
        state = pods.run(workdir, *end, **changes, train__steps=steps)
        whole = pods.runs.final_state(folder / f"paper-float64-{start[0]}x{start[1]}")
        name = f"{start[0]}x{start[1]} to {end[0]}x{end[1]}"
        found[name] = float(distance(state, whole)[0])
        print(f"{name}: {found[name]:.1e}", flush=True)
    return found


def repeated(folder, steps):
    """Whether a run on 2x2 that is stopped half-way and resumed there is the whole one, bit for bit."""
    changes = {"objective__schedule": "tutorial", "model__dtype": "float32"}
    pods.run(folder / "again", 2, 2, **changes, train__steps=steps // 2)
    _, leaves = pods.run(folder / "again", 2, 2, **changes, train__steps=steps)
    _, whole = pods.runs.final_state(folder / "tutorial-float32-2x2")
    same = all(leaf.tobytes() == whole[path].tobytes() for path, leaf in leaves.items())
    print(f"2x2, resumed on 2x2: {'the same bits' if same else 'NOT THE SAME'}", flush=True)
    return same


def main():
    """Runs, prints, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = common.environment() | {
            "steps": options.steps,
            "distances": {
                f"{schedule} {dtype}": compare(folder, schedule, dtype, options.steps)
                for schedule in ("tutorial", "paper")
                for dtype in ("float64", "float32")
            },
            "moved": moved(folder, options.steps),
            "same_bits_on_the_same_topology": repeated(folder, options.steps),
        }
    common.write("topologies", result)


if __name__ == "__main__":
    main()
