"""One step: this project, plain Flax layers, PyTorch eager and compiled, in turn in one process.

python benchmarks/train_step.py [--features=64] [--batch=64] [--repeats=7] [--precision=full] [--without=flax]

A turn is several steps, of which the first is not counted. Needs the extra `reference`. For GPUs there is
gpu_step.py.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import common
import jax
import plain_flax
import torch
import torch_steps

OURS, FLAX, EAGER, COMPILED = "cwgan_jax", "plain Flax layers", "PyTorch eager", "PyTorch compiled"


def contenders(options, names):
    """{name: (function that makes one step and waits for it, seconds to prepare it)}."""
    changes = {"model__features": options.features, "train__batch_size": options.batch}
    cfg = common.cwgan_gp_conv(**changes, model__precision=options.precision)
    setting, found = common.setting_of(cfg), {}
    plain = setting._replace(networks=plain_flax.build(cfg.model, setting.spec.form))
    for name, each in ((OURS, setting), (FLAX, plain)):
        if name in names:
            found[name] = common.stepper(each)
    for name, make in ((EAGER, torch_steps.eager), (COMPILED, torch_steps.compiled)):
        if name in names:
            start = time.perf_counter()
            run = make(torch_steps.Setting(options.features, options.batch))
            run = torch_steps.with_precision(run, options.precision)
            run()  # compiles, where it does
            found[name] = run, time.perf_counter() - start
    return found


def peak(repeats=5):
    """GFLOP/s of a large float32 matrix product here: the better of jax and torch, in turn."""
    n = 2048
    ours, theirs = jax.numpy.ones((n, n)), torch.ones((n, n))
    product = jax.jit(lambda a: jax.numpy.matmul(a, a, precision="highest"))
    runs = {
        "jax": lambda: jax.block_until_ready(product(ours)),
        "torch": lambda: theirs @ theirs,
    }
    seconds = common.medians(common.in_turn(runs, repeats, say=lambda _: None))
    return {name: 2 * n**3 / value / 1e9 for name, value in seconds.items()}


def memory_of(options, name):
    """Peak resident MiB of a process that makes the steps of one contender alone."""
    kind = {OURS: "cwgan_jax", EAGER: "eager", COMPILED: "compiled"}.get(name)
    if kind is None:
        return None
    script = Path(__file__).parent / "memory.py"
    command = [sys.executable, str(script), kind, str(options.features), str(options.batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def table(result):
    """For the screen."""
    lines = [f"{'':34}{'s/step':>9}{'images/s':>10}{'ratio':>7}{'of peak':>9}{'MiB':>7}{'prepare':>9}"]
    for name, row in result["contenders"].items():
        lines.append(
            f"{name:34}{row['median_seconds']:9.3f}{row['images_per_second']:10.0f}{row['ratio']:7.2f}"
            f"{row['share_of_peak']:9.0%}{row['peak_mib'] or 0:7.0f}{row['prepare_seconds']:8.1f}s"
        )
    return "\n".join(lines)


def plot(result, path):
    """Bars."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    rows = result["contenders"]
    figure, axes = plt.subplots(figsize=(7, 0.5 * len(rows) + 1.2), layout="constrained")
    seconds = [row["median_seconds"] for row in rows.values()]
    bars = axes.barh(list(rows), seconds, color=["#1f77b4"] + ["#b0b0b0"] * (len(rows) - 1))
    axes.bar_label(
        bars, [f" {s:.3g} s, {row['ratio']:.2f}x" for s, row in zip(seconds, rows.values(), strict=True)]
    )
    axes.set(xlabel="seconds per step", xlim=(0, 1.25 * max(seconds)))
    about = f"f = {result['features']}, batch {result['batch']}, K = 5"
    axes.set_title(f"One step of cwgan_gp_conv, {about}", fontsize=10)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main():
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=5, help="of a turn, counted ones")
    parser.add_argument("--precision", default="full")
    parser.add_argument("--without", default="", help="plain Flax layers take a minute a step at f = 64")
    options = parser.parse_args()
    if (torch_steps.DEVICE, jax.default_backend()) != ("cpu", "cpu"):
        sys.exit("this is for CPUs: on a machine with a GPU run benchmarks/gpu_step.py")
    names = {OURS, FLAX, EAGER, COMPILED} - {n for n in (FLAX,) if "flax" in options.without}
    runs = contenders(options, names)
    turns = {name: run for name, (run, _) in runs.items()}
    seconds = common.in_turn(turns, options.repeats, calls=options.steps)
    counted, speeds = torch_steps.operations(runs[EAGER][0]), peak()
    middle, top = common.medians(seconds), max(speeds.values())
    result = common.environment("torch") | {
        "features": options.features,
        "batch": options.batch,
        "precision": options.precision,
        "gflop_per_step": counted / 1e9,
        "product_gflop_per_second": speeds,
        "contenders": {
            name: {
                "median_seconds": middle[name],
                "seconds": seconds[name],
                "images_per_second": options.batch / middle[name],
                "ratio": middle[name] / middle[OURS],
                "share_of_peak": counted / 1e9 / middle[name] / top,
                "peak_mib": memory_of(options, name),
                "prepare_seconds": prepared,
            }
            for name, (_, prepared) in runs.items()
        },
    }
    print(f"{counted / 1e9:.0f} GFLOP a step; GFLOP/s of a large product: {speeds}")
    print(table(result))
    name = f"train_step_f{options.features}_b{options.batch}"
    name += "" if options.precision == "full" else f"_{options.precision}"
    common.write(name, result)
    plot(result, common.RESULTS / f"{name}.png")


if __name__ == "__main__":
    main()
