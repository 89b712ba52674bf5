"""A race between recipes: quality of the pictures against seconds of training.

    python benchmarks/recipes.py rates --data_dir=path/to/mnist
    python benchmarks/recipes.py race --data_dir=path/to/mnist --seconds=180 [--only NAME ...] [--seeds=1]
    python benchmarks/recipes.py page --seconds=180

`rates` measures how many steps a second each candidate makes on this machine when nothing else runs, without
start and compilation. `race` then gives each candidate the steps that it would make in `--seconds`, so that
what comes out does not depend on what else the machine does meanwhile: two candidates train side by side,
each on one core. A run that is complete is not trained again, one that was stopped goes on. What was expected
of a candidate was written down before it ran (`recipe_candidates.py`).

At ten times in each run 10,000 images are drawn and measured, by a judge and with latents of the race's own:
what is chosen here is measured again by `evaluate.py`, with another judge and other latents. `page` writes
results/recipes_CONFIG_SECONDS.json, .png (curves) and _sheet.png (the last pictures of each).
"""

import argparse
import concurrent.futures
import json
import os
import queue
import subprocess
import sys
from pathlib import Path

import numpy as np
import recipe_page
from flax import serialization
from recipe_candidates import BASE, CANDIDATES, resolved
from recipe_page import FIGURES

from cwgan_jax import cli, config, data
from cwgan_jax.common.files import json_lines
from cwgan_jax.evaluation import judge, measure
from cwgan_jax.metrics import neighbours
from cwgan_jax.sampling import load

ROOT = Path(__file__).parents[1]
TIMES = 10  # measurements of a run
COUNT = 10_000
SEED = 101  # of the race's judge and latents
HALF_LIFE = 0.03  # of the moving average, in runs


def command(options, workdir, changes):
    """A training run as a command line."""
    flags = [f"--config.{key}={value}" for key, value in changes.items()]
    return [
        *(sys.executable, str(ROOT / "train.py"), f"--config={ROOT / options.config}"),
        *(f"--workdir={workdir}", *([f"--config.data.dir={options.data_dir}"] if options.data_dir else [])),
        *flags,
    ]


def run(words, log, core=None):
    """Runs a command on all cores or on one; its output goes into a file."""
    pinned = ["taskset", "-c", str(core)] if core is not None else []
    with log.open("w") as out:
        return subprocess.run([*pinned, *words], stdout=out, stderr=out, check=False).returncode


def rates(options):
    """Steps a second of each candidate, alone on the machine: the median of ten-step intervals."""
    path = options.runs / "rates.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    for name in options.only or CANDIDATES:
        if name in known:
            continue
        workdir = options.runs / "rates" / name
        workdir.mkdir(parents=True, exist_ok=True)
        settings = {"train.steps": 80, "train.log_every": 10, "quality.every": "none", "ramp.end": "none"}
        status = run(command(options, workdir, resolved(name) | settings), workdir / "log.txt")
        lines = json_lines(workdir / "metrics.jsonl")
        if status or not lines:
            print(f"{name}: train.py ended with status {status}, see {workdir / 'log.txt'}", flush=True)
            continue
        known[name] = round(float(np.median([line["steps_per_second"] for line in lines[2:]])), 2)
        path.write_text(json.dumps(known, indent=1))
        print(f"{name:28} {known[name]:6.2f} steps/s", flush=True)


def train(options, name, seed, steps, core):
    """Trains one run to its end, or reports that it could not be."""
    changes, workdir = resolved(name), folder(options, name, seed)
    if (workdir / "checkpoints" / str(steps)).is_dir():
        return 0
    batch = int(changes.get("train.batch_size", BASE["train.batch_size"]))
    settings = {
        "seed": seed,
        "train.steps": steps,
        "ramp.end": steps,
        "train.ema_half_life": round(HALF_LIFE * steps * batch),
        "train.checkpoint_every": max(1, -(-steps // TIMES)),
        "train.keep_checkpoints": TIMES,
        "train.sample_every": steps,
        "train.log_every": max(1, steps // 50),
        "quality.every": "none",
    }
    workdir.mkdir(parents=True, exist_ok=True)
    return run(command(options, workdir, settings | changes), workdir.with_suffix(".log"), core)


def folder(options, name, seed):
    """Where a run is."""
    return options.runs / f"{name}-{options.seconds}-{seed}"


def own_judge(options):
    """The race's judge, trained once, and the reference images as it reads them."""
    changes = {"data.dir": options.data_dir} if options.data_dir else {}
    section = config.resolve(cli.load_config(ROOT / options.config), changes).data
    train_set = data.load(section, "train")
    path = options.runs / "judge.msgpack"
    if not path.exists():
        trained = judge.train(train_set, seed=SEED, width=24)
        path.write_bytes(serialization.to_bytes(trained.variables))
    module = judge.Classifier(len(train_set.class_names), 24)
    variables = serialization.msgpack_restore(path.read_bytes())
    return measure.reference(judge.Judge(module, variables), train_set)


def measured(options, name, seed, reference, core):
    """Writes the curve of a run beside it: steps, seconds and figures of each checkpoint."""
    workdir = folder(options, name, seed)
    path = workdir / "curve.json"
    if path.exists():
        return
    os.sched_setaffinity(0, {core})
    curve = {key: [] for key in ("step", "seconds", *FIGURES)}
    found = sorted(int(x.name) for x in (workdir / "checkpoints").iterdir() if x.name.isdigit())
    for step in found:
        model = load.load(workdir / "checkpoints", step, set_up=lambda _: None, warn=print)
        images = measure.generated(
            model.draw,
            latent=(model.config.model.latent, model.dtype),
            conditional=model.config.model.conditional,
            seed=SEED,
            share=reference.share,
            count=COUNT,
            judge=reference.judge,
        )
        values = measure.light(reference, images)
        if step == found[-1]:
            values |= neighbours.prdc(reference.sample, images.reading.features)._asdict()
            rows = [images.image[images.target == label][:8] for label in range(10)]
            np.save(workdir / "last.npy", np.stack(rows))
        for key in FIGURES:
            curve[key].append(round(float(values[key]), 5) if key in values else None)
        curve["step"].append(step)
        curve["seconds"].append(round(options.seconds * step / found[-1], 1))
    path.write_text(json.dumps(curve))


def lap(options, known, jobs, cores):
    """Takes jobs (name, seed) until there are none; one core."""
    core = cores.get()
    while True:
        try:
            name, seed = jobs.get_nowait()
        except queue.Empty:
            return
        steps = max(TIMES, round(options.seconds * known[name]))
        status = train(options, name, seed, steps, core)
        if status:
            print(f"{name} {seed}: train.py ended with status {status}", flush=True)
            continue
        words = [sys.executable, __file__, "measure", f"--data_dir={options.data_dir}"]
        words += [f"--config={options.config}"]
        words += [f"--seconds={options.seconds}", f"--only={name}", f"--seed={seed}", f"--core={core}"]
        run([*words, f"--runs={options.runs}"], folder(options, name, seed).with_suffix(".measure.log"), core)
        curve = json.loads((folder(options, name, seed) / "curve.json").read_text())
        shown = "  ".join(f"{key} {curve[key][-1]:.4f}" for key in FIGURES)
        print(f"{options.seconds} s  {name:22} seed {seed}  {steps:6} steps  {shown}", flush=True)


def race(options):
    """Trains and measures the candidates, one on each core."""
    known = json.loads((options.runs / "rates.json").read_text())
    own_judge(options)
    jobs, cores = queue.Queue(), queue.Queue()
    for seed in range(options.seeds):
        for name in options.only or CANDIDATES:
            jobs.put((name, seed))
    count = os.cpu_count()
    for core in range(count):
        cores.put(core)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        for each in [pool.submit(lap, options, known, jobs, cores) for _ in range(count)]:
            each.result()


def measure_one(options):
    """Measures one run; a process of its own, on one core."""
    (name,) = options.only
    measured(options, name, options.seed, own_judge(options), options.core)


def main():
    """Does what the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("rates", "race", "measure", "page"))
    parser.add_argument("--config", default="configs/mnist.py")
    parser.add_argument("--data_dir", default="")
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=CANDIDATES)
    parser.add_argument("--runs", type=Path, default=Path("runs/recipes"))
    parser.add_argument("--seed", type=int, default=0, help="of `measure`")
    parser.add_argument("--core", type=int, default=0, help="of `measure`")
    options = parser.parse_args()
    options.runs.mkdir(parents=True, exist_ok=True)
    {"rates": rates, "race": race, "measure": measure_one, "page": recipe_page.page}[options.what](options)


if __name__ == "__main__":
    main()
