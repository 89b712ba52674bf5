"""One R1 step with convolutions as matrix products against XLA's own, in turn, in one process.

python benchmarks/convolutions.py [--features=16] [--repeats=5]
"""

import argparse
import datetime
import functools
import json
import platform
import time
from pathlib import Path

import jax
import ml_collections
import numpy as np

from cwgan_jax import config, models, step

IMPLEMENTATIONS = ("matmul", "xla")


def compiled_step(features: int, implementation: str, batch: step.Batch):
    """The compiled step and its first state."""
    overrides = {"model.features": str(features), "model.implementation": implementation}
    cfg = config.resolve(ml_collections.ConfigDict(), overrides)
    networks = models.build(cfg.model, (32, 32, 1), 10)
    state = step.initial(cfg, networks)
    function = jax.jit(functools.partial(step.train_step, config=cfg, networks=networks))
    start = time.perf_counter()
    function = function.lower(state, batch).compile()
    print(f"{implementation}: compiled in {time.perf_counter() - start:.1f} s", flush=True)
    return function, state


def main() -> None:
    """Prints the medians and their ratio, and writes them beside the other results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    draw = np.random.default_rng(0)
    batch = step.Batch(
        draw.integers(0, 256, (1, 64, 32, 32, 1), np.uint8),
        draw.integers(0, 10, (1, 64)).astype(np.int32),
        np.arange(64, dtype=np.int32),
    )
    runs = {name: compiled_step(options.features, name, batch) for name in IMPLEMENTATIONS}
    seconds = {name: [] for name in IMPLEMENTATIONS}
    for repeat in range(-1, options.repeats):  # the first round warms up
        for name, (function, state) in runs.items():
            start = time.perf_counter()
            jax.block_until_ready(function(state, batch))
            if repeat >= 0:
                seconds[name].append(time.perf_counter() - start)
    medians = {name: float(np.median(times)) for name, times in seconds.items()}
    result = {
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {len(jax.devices())} x {jax.devices()[0].device_kind}",
        "versions": {"jax": jax.__version__},
        "features": options.features,
        "seconds": seconds,
        "median_seconds": medians,
        "ratio": medians["xla"] / medians["matmul"],
    }
    path = Path(__file__).parent / "results" / f"convolutions_f{options.features}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"f = {options.features}: {medians}, ratio {result['ratio']:.1f}; written to {path}")


if __name__ == "__main__":
    main()
