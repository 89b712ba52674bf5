"""Adaptive augmentation with few images and with many: does it help, does it harm, does it leak?

    python benchmarks/adaptive_augmentation.py --data_dir=path/to/mnist [--shares 0.5 2 10 100] [--seeds=3]
        [--steps=6000] [--override augment.target 0.5]

For each share of MNIST's training images at 16x16, with and without augmentation, and for each seed, a small
pair of networks is trained with `train.py` in a process of its own: the non-saturating logistic objective
with R1, no batch norm in the discriminator. A run that is complete is not trained again, one that was stopped
goes on. At ten times in each run 2,000 images are measured by the judge of all training images.

The leak: a classifier learns to tell augmented images (p at its ceiling) from plain ones, real ones and those
that the plain runs of the first seed drew. Then it judges held-out real images, and the last images of the
runs of all other seeds. Without a leak it calls as many of an adaptive run's images augmented as of a plain
one's. Two simpler signs go with it: images off the centre, and inverted ones. Writes
results/adaptive_augmentation.json after each run, and the curves as .png.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import augmentation_leak as leak
import common
import matplotlib
import numpy as np

from cwgan_jax import config, data
from cwgan_jax.common.files import json_lines
from cwgan_jax.evaluation import judge, measure
from cwgan_jax.sampling import load

ROOT = Path(__file__).parents[1]
NAME = "adaptive_augmentation"
TIMES = 10  # measurements of a run
RUN = {
    "data.name": "mnist",
    "data.size": 16,
    "model.features": 16,
    "model.critic_norm": "off",
    "objective.loss": "non_saturating",
    "objective.penalties.interpolates.weight": 0,
    "objective.penalties.real.kind": "zero_centred",
    # With 0.5 and equal learning rates the discriminator never told real from generated.
    "objective.penalties.real.weight": 0.005,
    "objective.critic_updates": 1,
    "objective.schedule": "paper",
    "optimizer.generator_learning_rate": 2e-4,
    "optimizer.critic_learning_rate": 2e-3,
    "optimizer.beta1": 0.0,
    "optimizer.beta2": 0.99,
    "train.ema_decay": 0.998,
    "train.log_every": 10,
    "train.keep_checkpoints": TIMES,
    "quality.every": "none",
}
ADAPTIVE = {
    "augment.pipeline": leak.PIPELINE,
    "augment.ceiling": leak.CEILING,
    # With all images r_t is 0.1 to 0.3 here, and with 300 the discriminator overfits at 0.4 to 0.5.
    "augment.target": 0.3,
    "augment.speed": 100_000,  # a run sees about 400,000 images, where the paper's see 25 million
}
VARIANTS = {"plain": {}, "adaptive": ADAPTIVE}


def train_run(workdir, options, changes, share):
    """Trains one run to the end; train.py says so if it is there already."""
    size = max(64, round(share / 100 * options.size))
    changes = (
        RUN
        | {"train.steps": options.steps, "train.checkpoint_every": max(1, options.steps // TIMES)}
        | changes
    )
    changes |= {"train.sample_every": options.steps, "data.dir": options.data_dir, "data.examples": size}
    changes |= dict(options.override)
    flags = [f"--config.{key}={value}" for key, value in changes.items()]
    command = [*(sys.executable, str(ROOT / "train.py"), f"--config={ROOT / 'configs/mnist.py'}")]
    command += [f"--workdir={workdir}", *flags]
    if status := subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        raise SystemExit(f"{workdir.name}: train.py ended with status {status}")


def drawn(workdir, step, options, reference):
    """Images of a checkpoint, as they are measured."""
    model = load.load(workdir / "checkpoints", step, set_up=lambda _: None, warn=print)
    return measure.generated(
        model.draw,
        latent=(model.config.model.latent, model.dtype),
        conditional=model.config.model.conditional,
        seed=1,
        share=reference.share,
        count=options.samples,
        judge=reference.judge,
    )


def curve(workdir, options, reference):
    """Figures at each checkpoint, and p and r_t at each line of the log."""
    found = {"step": [], "frechet": [], "agreement": [], "diversity": []}
    steps = (int(path.name) for path in (workdir / "checkpoints").iterdir() if path.name.isdigit())
    for step in sorted(steps):
        values = measure.light(reference, drawn(workdir, step, options, reference)) | {"step": step}
        for name, each in found.items():
            each.append(values[name])
    log = json_lines(workdir / "metrics.jsonl")[::5]
    for name in ("step", "augment_p", "augment_sign", "real_accuracy"):
        found[f"log_{name}"] = [line[name] for line in log if name in line]
    return found


def leaks(runs, options, reference, train, test):
    """The signs of a leak: of held-out real images, and of each run but those learnt from."""
    last = lambda run: drawn(folder(options, run), run["step"][-1], options, reference).image  # noqa: E731
    known = [last(run) for run in runs if run["seed"] == 0 and run["variant"] == "plain"]
    judge_ = leak.classifier([train.image, *known], options.leak_steps)
    held_out = {"plain": test.image, "augmented": leak.augmented(test.image, 1)}
    for run in runs:
        if run["seed"]:
            run |= leak.signs(judge_, last(run))
    return {name: leak.signs(judge_, image) for name, image in held_out.items()}


def folder(options, run):
    """Where a run is."""
    return options.runs / "{variant}-{share:g}-{steps}-{seed}".format(**run)


def plot(runs, path):
    """Frechet distance, p and r_t against the step: a row for each share, thin lines for each seed."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    shares = sorted({run["share"] for run in runs}, reverse=True)
    options = {"figsize": (12, 3 * len(shares)), "layout": "constrained", "squeeze": False}
    figure, axes = pyplot.subplots(len(shares), 3, **options)
    colours = dict(zip(VARIANTS, ("tab:grey", "tab:blue"), strict=True))
    titles = ("Frechet distance", "strength p", "mean sign of real logits r_t")
    for row, share in zip(axes, shares, strict=True):
        for run in (run for run in runs if run["share"] == share):
            style = {"color": colours[run["variant"]], "linewidth": 1, "alpha": 0.8}
            label = run["variant"] if run["seed"] == 0 else None
            row[0].plot(run["step"], run["frechet"], label=label, **style)
            if run["log_augment_p"]:
                row[1].plot(run["log_step"], run["log_augment_p"], **style)
                row[2].plot(run["log_step"], run["log_augment_sign"], **style)
        row[0].set_yscale("log")
        row[1].set_ylim(0, 0.2)
        row[2].axhline(ADAPTIVE["augment.target"], color="black", linewidth=0.8, linestyle="--")
        row[0].set_ylabel(f"{share:g} % of the images")
        row[0].legend(fontsize=9)
        for axis, title in zip(row, titles, strict=True):
            axis.set_title(title, fontsize=10)
            axis.set(xlabel="steps")
            axis.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def table(runs):
    """A line for each share and variant: medians over the seeds."""
    for share, variant in sorted({(run["share"], run["variant"]) for run in runs}):
        own = [run for run in runs if (run["share"], run["variant"]) == (share, variant)]
        last = [run["frechet"][-1] for run in own]
        p = [np.mean(run["log_augment_p"][-10:]) for run in own if run["log_augment_p"]]
        told = [run for run in own if "called_augmented" in run]
        signs = ("called_augmented", "displaced", "inverted")
        shown = [f", {sign} {np.median([run[sign] for run in told]):.3f}" for sign in signs if told]
        print(
            f"{share:>5g} % {variant:9} Frechet {np.median(last):6.2f} ({min(last):.2f} to {max(last):.2f}),"
            f" best on the way {np.median([min(run['frechet']) for run in own]):.2f}"
            + (f", p at the end {np.median(p):.2f}" if p else "")
            + "".join(shown)
            + f"; {len(own)} seeds",
            flush=True,
        )


def main():
    """Trains and measures what is missing, and writes the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.5, 2, 10, 100], help="per cent")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--leak_steps", type=int, default=1500, help="of the leak's classifier")
    parser.add_argument("--judge_images", type=int, help="train the judge on so many only; for a trial")
    parser.add_argument("--runs", type=Path, default=Path("runs") / NAME)
    parser.add_argument("--name", default=NAME, help="of the results")
    parser.add_argument("--override", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"))
    options = parser.parse_args()
    section = config.Data(name="mnist", dir=options.data_dir, size=16, examples=options.judge_images)
    train, test = data.load(section, "train"), data.load(section, "test")
    options.size = max(train.size, 60_000)
    reference = measure.reference(judge.judge(train), train)
    path = common.RESULTS / f"{options.name}.json"
    runs = json.loads(path.read_text())["runs"] if path.exists() else []
    head = common.environment() | {"overrides": options.override}
    for seed in range(options.seeds):
        for share in options.shares:
            for variant, changes in VARIANTS.items():
                which = {"share": share, "variant": variant, "seed": seed, "steps": options.steps}
                if any(which.items() <= run.items() for run in runs):
                    continue
                workdir = folder(options, which)
                train_run(workdir, options, changes | {"seed": seed}, share)
                runs.append(which | curve(workdir, options, reference))
                common.write(options.name, head | {"runs": runs}, quiet=True)
                print(f"{workdir.name}: Frechet {runs[-1]['frechet'][-1]:.2f}", flush=True)
    if options.seeds > 1:
        head["real"] = leaks(runs, options, reference, train, test)
        print("held-out real images:", head["real"], flush=True)
        common.write(options.name, head | {"runs": runs}, quiet=True)
    table(runs)
    plot(runs, common.RESULTS / f"{options.name}.png")


if __name__ == "__main__":
    main()
