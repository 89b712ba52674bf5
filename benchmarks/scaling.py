"""What scaling costs: bytes and collectives of the compiled step, times on CPU devices, a model for GPUs.

python benchmarks/scaling.py [--features=64] [--teraflops=70] [--overhead_ms=2]

Counted: collectives and their bytes, from the compiled program for four devices. Measured: the step at f = 16
and a global batch of 64 on 1, 2 and 4 CPU devices of this machine. Predicted, docs/scaling.md says from what:
step time = overhead + operations / rate + collectives * latency
            + (2 (N - 1) / N * bytes reduced + (N - 1) * bytes gathered from each) / bandwidth.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys

os.environ.setdefault("JAX_NUM_CPU_DEVICES", "4")
os.environ.setdefault("NPROC", "8")  # XLA's collectives need a thread for each device, and some to spare

import common
import jax

from cwgan_jax import algorithms, data

GFLOP_PER_IMAGE = 220 / 64  # cwgan_gp_conv, f = 64, K = 5: benchmarks/train_step.py
NVLINK, NETWORK = 450e9, 50e9  # bytes/s and direction of a GPU: in its host, between hosts
HOST = 8  # GPUs
DEVICES = 4  # for which the program is compiled whose collectives are counted
_SCALARS = 5  # that a critic update averages beside the gradients: metrics and the mean real score
COUNTS = (1, 8, 64, 512, 4096)


def counted(features):
    """Collectives of one step, bytes of its all-reduces, bytes gathered from (scattered to) each device."""
    config = common.cwgan_gp_conv(model__features=features, train__devices=DEVICES)
    runner, _ = common.runner_of(config, common.noise(config, 512))
    critic = algorithms.abstract(common.algorithm_of(config)).players["critic"].params
    size = sum(leaf.size for leaf in jax.tree.leaves(critic)) + _SCALARS
    calls = reduced = gathered = 0
    for text in runner.compiled.as_text().split("\n\n"):
        times = config.objective.critic_updates if f"f32[{size}]" in text else 1
        for result, kind in re.findall(r"= (.+?) (all-reduce|all-gather|reduce-scatter)\(", text):
            shapes = re.findall(r"f32\[([\d,]*)\]", result)
            moved = times * sum(4 * math.prod(map(int, filter(None, s.split(",")))) for s in shapes)
            calls += times
            reduced += moved * (kind == "all-reduce")
            gathered += {"all-gather": moved // DEVICES, "reduce-scatter": moved}.get(kind, 0)
    return calls, reduced, gathered


def measured(devices, repeats=9):
    """Seconds of a step on so many CPU devices."""
    config = common.cwgan_gp_conv(model__features=16, train__devices=devices)
    dataset = common.noise(config, 512)
    runner, state = common.runner_of(config, dataset)

    def run():
        nonlocal state
        state, metrics = runner(state, {"real": data.indices(0, 0, 1, dataset.size, 64)})
        jax.block_until_ready(metrics)

    return common.medians(common.in_turn({"": run}, repeats, say=lambda _: None))[""]


def latency(count):
    """Seconds of a small collective: 20 microseconds in a host, 15 more for each doubling of the hosts."""
    return 20e-6 + 15e-6 * math.log2(max(1, count / HOST))


def seconds(count, each, counts, options):
    """A step on `count` GPUs with `each` images on every one."""
    compute = options.overhead_ms / 1e3 + each * GFLOP_PER_IMAGE * 1e9 / (options.teraflops * 1e12)
    if count == 1:
        return compute
    calls, reduced, gathered = counts
    size = 2 * (count - 1) / count * reduced + (count - 1) * gathered
    return compute + calls * latency(count) + size / (NVLINK if count <= HOST else NETWORK)


def predicted(counts, options):
    """{global batch: {GPUs: efficiency}}: images/s of a GPU against one alone, whatever its batch."""
    best = options.teraflops * 1e12 / (GFLOP_PER_IMAGE * 1e9)
    found = {}
    for batch in (64, 1024, 16384, 131072, 1048576):
        found[batch] = {
            n: batch / n / seconds(n, batch / n, counts, options) / best for n in COUNTS if batch >= n
        }
    return found


def plot(table, path):
    """Efficiency against GPUs, a line for each global batch."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.5, 4), layout="constrained")
    for batch, row in table.items():
        axes.plot(list(row), list(row.values()), "o-", label=f"{batch:,}")
    axes.set(
        xscale="log", xticks=COUNTS, xticklabels=COUNTS, ylim=(0, 1.05), xlabel="GPUs", ylabel="efficiency"
    )
    axes.minorticks_off()
    axes.set_title("Predicted: images/s of each GPU against one alone with a batch without end", fontsize=10)
    axes.legend(title="global batch", frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main():
    """Counts, measures, predicts, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--teraflops", type=float, default=70.0, help="that a GPU reaches on the step")
    parser.add_argument("--overhead_ms", type=float, default=2.0, help="of a step, whatever the batch")
    parser.add_argument("--devices", type=int, help="only measure, on so many (used by the script itself)")
    options = parser.parse_args()
    if options.devices:
        print(json.dumps(measured(options.devices)))
        return
    counts = counted(options.features)
    times = {}
    for devices in (1, 2, 4):  # in processes of their own: threads are set at the start
        threads = {"JAX_NUM_CPU_DEVICES": str(devices), "NPROC": str(max(2, 2 * devices))}
        command = [sys.executable, __file__, f"--devices={devices}"]
        done = subprocess.run(
            command, env={**os.environ, **threads}, capture_output=True, text=True, check=True
        )
        times[devices] = json.loads(done.stdout.splitlines()[-1])
    table = predicted(counts, options)
    result = common.environment() | {
        "features": options.features,
        "collectives_per_step": counts[0],
        "megabytes_all_reduced_per_step": counts[1] / 1e6,
        "kilobytes_gathered_per_device_and_step": counts[2] / 1e3,
        "cpu_seconds_f16_b64": times,
        "assumed": {"teraflops": options.teraflops, "overhead_ms": options.overhead_ms},
        "predicted_efficiency": table,
    }
    print(
        f"{counts[0]} collectives, {counts[1] / 1e6:.1f} MB reduced and {counts[2] / 1e3:.1f} kB gathered"
        f" from each device a step; CPU devices: {times}"
    )
    for batch, row in table.items():
        print(f"batch {batch:9,}: " + "  ".join(f"{n}: {value:.0%}" for n, value in row.items()))
    common.write("scaling", result)
    plot(table, common.RESULTS / "scaling.png")


if __name__ == "__main__":
    main()
