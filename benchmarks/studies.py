"""What the penalty's weight, the number of critic updates, and each part of a recipe do, measured.

    python benchmarks/studies.py --study=penalty [--config=configs/digits.py] [--steps=1500] [--seeds=1]
    python benchmarks/studies.py --study=updates
    python benchmarks/studies.py --study=recipe --config=configs/mnist.py [--data_dir=path/to/mnist]
        [--only cwgan_gp_conv "+ paper schedule"] [--override model.features 8]

Trains each variant of a study in a process of its own, one after the other, with `train.py` and everything
else as in the config; a variant that is complete is not trained again, one that was stopped goes on. The
figures are those of the judge on 5,000 images (quality.jsonl). Writes results/NAME.json and NAME.png.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import common
import numpy as np
import quality_curves

from cwgan_jax.common.files import json_lines

ROOT = Path(__file__).parents[1]
PLAIN = {  # as the reference system cwgan_gp_conv has it
    "objective.schedule": "tutorial",
    "objective.critic_updates": "5",
    "optimizer.generator_learning_rate": "1e-4",
    "optimizer.critic_learning_rate": "1e-4",
    "ramp.end": "none",
    "train.ema_decay": "0",
}
FASTER = PLAIN | {"optimizer.generator_learning_rate": "3e-4", "optimizer.critic_learning_rate": "3e-4"}
FALLING = FASTER | {"ramp.end": "STEPS"}
AVERAGED = FALLING | {"train.ema_decay": "0.999"}
PAPER = AVERAGED | {"objective.schedule": "paper"}
FIGURES = ("agreement", "frechet", "diversity", "class_entropy", "minutes")
STUDIES = {
    "penalty": {
        f"weight {w}": {"objective.penalties.interpolates.weight": w} for w in ("0", "1", "10", "100")
    },
    "updates": {f"K = {k}": {"objective.critic_updates": k} for k in ("1", "2", "3", "5", "10")},
    "recipe": {
        "cwgan_gp_conv": PLAIN,
        "learning rates 3e-4": FASTER,
        "+ falling to zero": FALLING,
        "+ moving average 0.999": AVERAGED,
        "+ paper schedule": PAPER,
        "+ K = 3": PAPER | {"objective.critic_updates": "3"},
        "+ projection": PAPER | {"model.critic_labels": "projection"},
        "+ conditional norm": PAPER | {"model.generator_labels": "batch_norm"},
        "+ both": PAPER | {"model.critic_labels": "projection", "model.generator_labels": "batch_norm"},
    },
}


def train(workdir, options, changes, seed):
    """Trains one variant to the end; returns its curve."""
    changes = {"seed": seed, "train.steps": options.steps, "quality.samples": 5000} | changes
    changes |= {"quality.every": max(1, options.steps // 10), "train.log_every": 10}
    changes |= {"train.sample_every": options.steps, "data.dir": options.data_dir} | dict(options.override)
    lines = json_lines(workdir / "quality.jsonl")
    if not lines or lines[-1]["step"] < options.steps:
        flags = [f"--config.{k}={options.steps if v == 'STEPS' else v}" for k, v in changes.items()]
        command = [
            sys.executable,
            str(ROOT / "train.py"),
            f"--config={options.config}",
            f"--workdir={workdir}",
        ]
        status = subprocess.run([*command, *flags], stdout=subprocess.DEVNULL, check=False).returncode
        if status == 3:
            print(f"{workdir.name}: diverged", flush=True)
        elif status:
            raise SystemExit(f"{workdir.name}: train.py ended with status {status}")
    return quality_curves.curve(workdir) if json_lines(workdir / "quality.jsonl") else None


def main():
    """Trains the variants and writes the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--study", choices=STUDIES, required=True)
    parser.add_argument("--config", default=str(ROOT / "configs/digits.py"))
    parser.add_argument("--data_dir", default="")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--runs", type=Path, default=Path("runs/studies"))
    parser.add_argument("--only", nargs="+", help="variants of the study")
    parser.add_argument("--override", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"))
    options = parser.parse_args()
    if unknown := set(options.only or []) - STUDIES[options.study].keys():
        parser.error(
            f"--only: {', '.join(unknown)}: not of this study; it has {', '.join(STUDIES[options.study])}"
        )
    name = f"study_{options.study}_{Path(options.config).stem}"
    curves, table = {}, {}
    for variant, changes in STUDIES[options.study].items():
        if options.only and variant not in options.only:
            continue
        runs = []
        for seed in range(options.seeds):
            place = f"{name}-{variant.replace(' ', '').replace('+', '')}-{options.steps}-{seed}"
            runs.append(train(options.runs / place, options, changes, seed))
        complete = [x for x in runs if x and x["step"][-1] == options.steps]
        row = {key: [x[key][-1] for x in complete if key in x] for key in FIGURES}
        table[variant] = row | {"diverged": options.seeds - len(complete)}
        shown = "  ".join(f"{k} {np.median(v):.4g}" for k, v in row.items() if v)
        print(f"{variant:25} {shown}  diverged {table[variant]['diverged']} of {options.seeds}", flush=True)
        if complete:
            curves[variant] = complete[0]
    name += f"_{options.steps}" if options.only else ""  # not in place of the whole study
    common.write(name, common.environment() | {"steps": options.steps, "last": table, "curves": curves})
    title = f"{options.study}, {Path(options.config).name}, {options.steps} steps, seed 0"
    quality_curves.plot(curves, common.RESULTS / f"{name}.png", title=title, against="step")


if __name__ == "__main__":
    main()
