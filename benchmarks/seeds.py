"""Runs of several seeds side by side in one program, against one after the other.

python benchmarks/seeds.py [--features=16] [--batch=64] [--seeds=1,2,4,8] [--repeats=7] [--steps=20]

Writes results/seeds_fF_bB.json: steps per second of each run, and of all together relative to one alone. On a
CPU there is little to gain; on an accelerator a small network leaves most of it idle.
"""

import argparse

import common
import jax
import numpy as np

from cwgan_jax import algorithms, data, parallel

EXAMPLES = 2000


def call_of(cfg, seeds, steps):
    """(a function that makes one call of `steps` steps of all seeds, MiB of a device)."""
    algorithm, dataset = common.algorithm_of(cfg), common.noise(cfg, EXAMPLES)
    runner = parallel.Runner(cfg, algorithm, {"real": dataset}, steps_per_call=steps, runs=seeds)
    states = [jax.device_get(algorithms.initial(algorithm, seed)) for seed in range(seeds)]
    place = {"state": runner.place(parallel.joined(states))}
    (rounds,) = algorithm.inputs.values()
    index = parallel.stacked(
        [
            {"real": data.indices(seed, 0, steps * rounds, EXAMPLES, cfg.train.batch_size)}
            for seed in range(seeds)
        ]
    )

    def call():
        place["state"], metrics = runner(place["state"], index)
        jax.block_until_ready(metrics)

    return call, runner.memory / 2**20


def main():
    """Measures in turn and writes the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seeds", default="1,2,4,8")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=0, help="steps of a call; 0: 1 on CPUs, else 20")
    options = parser.parse_args()
    steps = options.steps or (1 if jax.default_backend() == "cpu" else 20)
    cfg = common.cwgan_gp_conv(
        model__features=options.features, train__batch_size=options.batch, train__devices=1
    )
    counts = [int(text) for text in options.seeds.split(",")]
    made = {count: call_of(cfg, count, steps) for count in counts}
    seconds = common.in_turn({count: call for count, (call, _) in made.items()}, options.repeats)
    rows = {}
    for count, values in seconds.items():
        median = float(np.median(values))
        rows[count] = {
            "median_seconds": median,
            "steps_per_second_of_each": steps / median,
            "gain": count * np.median(seconds[counts[0]]) / counts[0] / median,
            "mib": made[count][1],
        }
        print(
            f"{count:4} seeds  {steps / median:8.2f} steps/s each  {rows[count]['gain']:5.2f} times one after"
            f" the other  {rows[count]['mib']:7.0f} MiB"
        )
    result = common.environment() | {"features": options.features, "batch": options.batch, "seeds": rows}
    common.write(f"seeds_f{options.features}_b{options.batch}", result)


if __name__ == "__main__":
    main()
