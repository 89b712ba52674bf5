"""Minutes of two cores until the pictures are good: ours against the tutorial's script in PyTorch.

    python benchmarks/time_to_quality.py torch --data_dir=path/to/mnist --minutes=60
    python benchmarks/time_to_quality.py ours --data_dir=path/to/mnist
    python benchmarks/time_to_quality.py measure --data_dir=path/to/mnist
    python benchmarks/time_to_quality.py page

`torch` trains the tutorial's networks, at the same f as ours, with its schedule, its Adam and its batches of
64, eagerly as its script does (tests/reference). The pictures lie in memory as arrays, where the script
decodes and resizes each one again in every epoch: that is in PyTorch's favour. `ours` is `train.py`, with a
checkpoint at every fiftieth of the run. Each has the machine to itself, and the clock starts with the
process, so start and compilation count. It stops while 10,000 pictures are drawn and written.

`measure` reads both with the judge of `recipes.py`; `page` writes results/time_to_quality.json and .png.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import common
import numpy as np

from cwgan_jax import cli, config, data

START = time.perf_counter()
ROOT = Path(__file__).parents[1]
LEVELS = (3.0, 1.5, 1.0)
COUNT = 10_000
PARTS = 50  # checkpoints of our run


def train_set(options):
    """The training pictures as `mnist_best` has them: 32x32."""
    changes = {"data.dir": options.data_dir}
    return data.load(config.resolve(cli.load_config(ROOT / options.config), changes).data, "train")


def train_torch(options):
    """Trains the tutorial's pair, and draws on the way, at times that grow by a tenth."""
    import torch
    import torch_steps
    from reference import training

    pictures = train_set(options)
    image = torch.from_numpy(pictures.image.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1
    label = torch.from_numpy(pictures.label.astype(np.int64))
    torch.manual_seed(options.seed)
    setting = torch_steps.Setting(options.features, 64)
    generator, critic, adams = setting.generator, setting.critic, setting.adams
    folder = options.runs / f"torch-{options.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    paused, after, step = 0.0, 30.0, 0
    while (seconds := time.perf_counter() - START - paused) < 60 * options.minutes:
        for rows in torch.randperm(len(label)).split(64)[:-1]:  # one pass over the data
            setting.real, setting.label = image[rows], label[rows]
            draws = [setting.draw() for _ in range(setting.k)]
            training.train_step(generator, critic, *adams, draws, setting.penalty_weight, updates=setting.k)
            step += 1
            seconds = time.perf_counter() - START - paused
            if seconds >= after:
                draw_torch(generator, folder / f"{seconds:.1f}.npz", pictures)
                print(f"{seconds:8.1f} s  step {step}", flush=True)
                paused, after = time.perf_counter() - START - seconds, max(seconds * 1.1, after + 30)
            if seconds >= 60 * options.minutes:
                break


def draw_torch(generator, path, pictures):
    """Writes 10,000 pictures of the classes' shares; batch norm with its running averages."""
    import torch

    noise = torch.Generator().manual_seed(1)
    target = np.random.default_rng(1).permutation(pictures.label)[:COUNT].astype(np.int64)
    generator.eval()
    with torch.no_grad():
        parts = [
            generator(torch.randn(len(some), 100, generator=noise), some)
            for some in torch.from_numpy(target).split(500)
        ]
    generator.train()
    image = ((torch.cat(parts).clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    np.savez_compressed(path, image=image.permute(0, 2, 3, 1).numpy(), target=target)


def train_ours(options):
    """Runs train.py alone, as a user would but for the measurements on the way."""
    steps = config.resolve(cli.load_config(ROOT / options.config), {}).train.steps
    words = [sys.executable, str(ROOT / "train.py"), f"--config={ROOT / options.config}"]
    words += [f"--workdir={options.runs / f'ours-{options.seed}'}", f"--config.seed={options.seed}"]
    words += [f"--config.data.dir={options.data_dir}", "--config.quality.every=none"]
    words += [f"--config.train.checkpoint_every={steps // PARTS}", f"--config.train.keep_checkpoints={PARTS}"]
    (options.runs / f"ours-{options.seed}.json").write_text(json.dumps({"started": time.time()}))
    subprocess.run(words, check=True)


def measure(options):
    """Reads what each has drawn; writes NAME-SEED-curve.json beside the runs."""
    import recipes

    from cwgan_jax.evaluation import measure as figures
    from cwgan_jax.sampling import load

    reference = recipes.own_judge(options)

    def ours(folder, started):
        for path in sorted((folder / "checkpoints").iterdir(), key=lambda path: int(path.name)):
            model = load.load(folder / "checkpoints", int(path.name), set_up=lambda _: None, warn=print)
            latent = (model.config.model.latent, model.dtype)
            rest = {"seed": 1, "share": reference.share, "count": COUNT, "judge": reference.judge}
            images = figures.generated(model.draw, latent=latent, conditional=True, **rest)
            yield path.stat().st_mtime - started, images

    def torchs(folder):
        for path in sorted(folder.glob("*.npz"), key=lambda path: float(path.stem)):
            found = np.load(path)
            image, target = found["image"], found["target"].astype(np.int32)
            yield float(path.stem), figures.Set(image, target, reference.judge.read(image))

    for folder in sorted(path for path in options.runs.iterdir() if path.is_dir()):
        path = folder.with_name(f"{folder.name}-curve.json")
        if path.exists():
            continue
        if folder.name.startswith("torch"):
            sets = torchs(folder)
        else:
            sets = ours(folder, json.loads(folder.with_suffix(".json").read_text())["started"])
        rows = []
        for seconds, images in sets:
            light = figures.light(reference, images)
            rows.append([round(float(v), 4) for v in (seconds, light["frechet"], light["agreement"])])
            print(folder.name, *rows[-1], flush=True)
        path.write_text(json.dumps(rows))


def reached(curve, level):
    """Seconds at which the distance is first below the level; None if it never is."""
    return next((seconds for seconds, frechet, _ in curve if frechet <= level), None)


def page(options):
    """Table and picture of the medians over the seeds."""
    import matplotlib.pyplot as plt

    curves = {"torch": [], "ours": []}
    for path in sorted(options.runs.glob("*-curve.json")):
        curves[path.name.split("-")[0]].append(json.loads(path.read_text()))
    table = {}
    for level in LEVELS:
        seconds = {name: [reached(curve, level) for curve in found] for name, found in curves.items()}
        medians = {
            name: float(np.median(values)) if values and None not in values else None
            for name, values in seconds.items()
        }
        ratio = medians["torch"] / medians["ours"] if None not in medians.values() else None
        table[level] = {"seconds": seconds, "median": medians, "ratio": ratio}
        print(f"Frechet distance {level}: {medians}, ratio {ratio}")
    names = "time_to_quality"
    common.write(names, common.environment() | {"reached": table, "curves": curves})
    figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    shown = {
        "torch": ("tutorial's script, PyTorch", "#d55e00"),
        "ours": ("mnist_best:short, this package", "#0072b2"),
    }
    for name, (title, colour) in shown.items():
        for number, curve in enumerate(curves[name]):
            minutes, frechet = np.array([(row[0] / 60, row[1]) for row in curve]).T
            axis.loglog(minutes, frechet, color=colour, label=None if number else title)
    for level in LEVELS:
        axis.axhline(level, color="0.8", linewidth=0.8, zorder=0)
    for ticks, set_ticks in (
        ((0.5, 1, 2, 5, 10, 20, 60), axis.set_xticks),
        ((0.3, *sorted(LEVELS), 10, 100), axis.set_yticks),
    ):
        set_ticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
    axis.minorticks_off()
    axis.set_xlabel("minutes since the process started, two CPU cores")
    axis.set_ylabel("Frechet distance (judge's features)")
    axis.legend()
    figure.savefig(common.RESULTS / f"{names}.png", dpi=150)


def main():
    """Does what the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("torch", "ours", "measure", "page"))
    parser.add_argument("--config", default="configs/mnist_best.py:short")
    parser.add_argument("--data_dir", default="")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path("runs/time_to_quality"))
    options = parser.parse_args()
    options.runs.mkdir(parents=True, exist_ok=True)
    {"torch": train_torch, "ours": train_ours, "measure": measure, "page": page}[options.what](options)


if __name__ == "__main__":
    main()
