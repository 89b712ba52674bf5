"""Measures every difference from PyTorch at batches of 64, and writes them into docs/equivalence.md.

python tests/reference/report.py        about half an hour on two CPU cores

Between the markers of the page stands what this script wrote; docs/images/equivalence.png is its picture.
"""

import sys
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(Path(__file__).parent)]

import jax
import matplotlib as mpl
import numpy as np
import test_equivalence as cases
import torch
from conftest import full_optimisation
from matplotlib import pyplot as plt

from reference import compare, measure

FLOAT32_BATCHES = 10
FULL_SIZE = "cwgan_gp_conv (f = 64)"
SYSTEMS = {
    "cwgan_gp_conv, f = 8": cases.SMALL,
    FULL_SIZE: cases.CONV,
    "wgan_gp_mlp": cases.MLP,
    "cwgan_gp_mlp": cases.CONDITIONAL_MLP,
}
POLICIES = {
    f"{schedule['objective__schedule']}, {labels['objective__fake_labels']}": (schedule, labels)
    for schedule in (cases.TUTORIAL, cases.PAPER)
    for labels in (cases.REAL, cases.UNIFORM)
}
# In full size each schedule and each policy once.
FEW = {name: POLICIES[name] for name in ("tutorial, real", "paper, uniform")}
PRECISIONS = {"float64": cases.FLOAT64, "float32": cases.FLOAT32}


def main():
    torch.set_num_threads(2)
    start = time.perf_counter()
    with full_optimisation():
        parts = [step_table(), trajectory_table(), long_curve()]
    minutes = (time.perf_counter() - start) / 60
    said = (
        f"Written by `tests/reference/report.py` in {minutes:.0f} minutes: real digits; one step on a batch"
        f" of 64 in float64, on {FLOAT32_BATCHES} batches of 8 in float32; jax {jax.__version__}, torch"
        f" {torch.__version__}, two CPU cores, {time.strftime('%Y-%m-%d')}."
    )
    page = ROOT / "docs/equivalence.md"
    before, _, rest = page.read_text().partition("<!-- measured -->\n")
    _, _, after = rest.partition("<!-- end -->\n")
    content = "\n\n".join([said, *parts])
    page.write_text(f"{before}<!-- measured -->\n{content}\n<!-- end -->\n{after}")


def step_table():
    """One row a quantity: the largest difference over the systems, schedules and label policies."""
    found = {}
    for precision, dtype in PRECISIONS.items():
        for name, size in SYSTEMS.items():
            runs = [(compare.forward, (size,))]
            for policy in (FEW if name == FULL_SIZE else POLICIES).values():
                runs.append((compare.one_step, (size, *policy, cases.K1)))
            for function, changes in runs:
                print(f"{precision} {name} {function.__name__} {changes[1:]}", flush=True)
                for quantity, values in measured(function, changes, dtype).items():
                    found.setdefault(quantity, {}).setdefault(precision, []).extend(values)
    return table(found)


def measured(function, changes, dtype):
    with jax.enable_x64(dtype == cases.FLOAT64):
        size, count = (64, 1) if dtype == cases.FLOAT64 else (8, FLOAT32_BATCHES)
        setting, state, batch = cases.case(*changes, dtype, batch=size)
        results = [function(setting, state, batch(n), n) for n in range(count)]
    return {name: [result[name] for result in results] for name in results[0]}


def table(found):
    lines = [
        "| quantity of one step | float64: largest | float32: median | 9 of 10 | largest |",
        "|---|---|---|---|---|",
    ]
    for quantity, values in found.items():
        double, single = (np.array(values[p]) for p in PRECISIONS)
        cells = [double.max(), np.median(single), np.quantile(single, 0.9), single.max()]
        lines.append(f"| {quantity} | {' | '.join(f'{cell:.0e}' for cell in cells)} |")
    return "\n".join(lines)


def trajectory_table():
    """Twenty whole steps: the leaf that differs most, and the loss curves."""
    lines = [
        "| twenty steps, K = 5, float64 | generator | critic | running statistics | dead biases | curves |",
        "|---|---|---|---|---|---|",
    ]
    for title, curves, ends in trajectories([*list(SYSTEMS)[:2], "cwgan_gp_mlp"], "float64", 16):
        found = measure.ends_difference(*ends)
        dead = max(value for key, value in found.items() if "dead" in key)
        cells = [found["generator"], found["critic"], found["running statistics"], dead]
        cells.append(max(measure.curve_difference(*curves).values()))
        lines.append(f"| {title} | {' | '.join(f'{cell:.0e}' for cell in cells)} |")
    lines += ["", "| twenty steps, K = 5, float32 | largest difference of a loss curve |", "|---|---|"]
    for title, curves, _ in trajectories(list(SYSTEMS)[:2], "float32", 64):
        lines.append(f"| {title} | {max(measure.curve_difference(*curves).values()):.1e} |")
    return "\n".join(lines)


def trajectories(systems, precision, batch):
    for name in systems:
        for policy, changes in (FEW if name == FULL_SIZE else POLICIES).items():
            title = f"{name}, {policy}, batch {batch}"
            print(f"{precision}, 20 steps, {title}", flush=True)
            yield title, *run((SYSTEMS[name], *changes, cases.K5), PRECISIONS[precision], 20, batch)


def run(changes, dtype, steps, batch):
    with jax.enable_x64(dtype == cases.FLOAT64):
        setting, state, batch_of = cases.case(*changes, dtype, batch=batch)
        return compare.trajectory(setting, state, [batch_of(n) for n in range(steps)])


def long_curve():
    """Two hundred steps at the learning rates of cwgan_gp_conv, in numbers and as a picture."""
    changes = cases.SMALL | {"data__size": 16}
    (ours, theirs), _ = run((changes, cases.K5), cases.FLOAT64, 200, 64)
    found = measure.curve_difference(ours, theirs)
    mpl.rcParams["font.size"] = 10
    figure, axes = plt.subplots(2, 1, figsize=(9, 6), sharex=True, layout="constrained")
    for name, colour in (("critic_gap", "tab:blue"), ("generator_loss", "tab:orange")):
        label = name.replace("_", " ")
        axes[0].plot(theirs[name], color=colour, lw=6, alpha=0.3, label=f"{label}, PyTorch")
        axes[0].plot(ours[name], color=colour, lw=1.2, label=f"{label}, cwgan_jax")
        apart = np.maximum(np.abs(ours[name] - theirs[name]) / np.abs(theirs[name]).max(), 1e-17)
        axes[1].semilogy(apart, color=colour, lw=1.2, label=label)
    axes[0].set_ylabel("loss")
    axes[0].legend(ncols=2)
    axes[1].set(xlabel="generator updates", ylabel="difference / largest value", ylim=(1e-17, 1))
    axes[1].legend()
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.set_xlim(0, len(ours["critic_gap"]))
    figure.suptitle("200 steps in float64 on real digits (16x16, f = 8, batch 64, K = 5)")
    figure.savefig(ROOT / "docs/images/equivalence.png", dpi=110)
    said = ", ".join(f"{name.replace('_', ' ')} {value:.1e}" for name, value in found.items())
    return f"Largest differences of the curves over 200 float64 steps (16x16, f = 8, batch 64): {said}."


if __name__ == "__main__":
    main()
