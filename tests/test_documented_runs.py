"""Every command of README and docs, run as it stands but smaller; with CWGAN_FULL=1, some ten minutes.

Small stands for: two steps, few images to measure, and data made here in place of the reader's own.
"""

import gzip
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import FLAGS, long
from data_helpers import idx_bytes
from documented import PAGES, ROOT, commands, ours
from PIL import Image

# What a command contains -> why it is not run.
NOT_RUN = {
    "owner/name": "the Hub: tests/publish",
    "tracker=wandb": "needs wandb: tests/training/test_trackers.py",
    "--step=best": "the figures on the way decide, which are off here: tests/evaluation",
    "--translators=": "the reader's own weights: tests/interop/test_interchange_translators.py",
    "--format=styles": "an architecture of its own: tests/sampling",
}
CAPTURE = {"capture_output": True, "text": True, "check": False}
NEEDS_ONNX = ("play", "--format=onnx")  # commands, flags
# What is added to each command; a later flag wins.
SMALLER = {
    "train": (
        *("--config.train.steps=2", "--config.train.sample_every=2", "--config.train.checkpoint_every=2"),
        *("--config.quality.every=none", "--config.train.steps_per_call=1"),
    ),
    "evaluate": ("--samples=200", "--seeds=1", "--nousefulness", "--overwrite"),
    "compare": ("--seeds=1", "--samples=100", "--epochs=0.2"),
    "sample": ("--overwrite",),
    "play": ("--overwrite",),
    "publish": ("--overwrite",),
    "export": ("--overwrite",),
    "torch": (),
    "augment": (),
    "pack": (),
    "doctor": (),
}
# What the examples call runs/x, by what is asked of it, and other runs that no page trains.
EXAMPLES = {
    "power=": "arrays",
    "rows.csv": "arrays",
    "a red three": "coloured_digits",
    "angle": "rotated_digits",
    "": "digits",
}
BEFORE = (
    "train mnist --config.data.dir=path/to/mnist",
    "train arrays:signals --config.data.file=beats.npz --config.data.key=x"
    " --config.data.condition=power,angle --workdir=runs/arrays",
    "train folder --config.data.dir=photos --workdir=runs/animals",
    "train folder --config.data.dir=photos",
    "torch --workdir=runs/mnist --out=.",
)
COPIES = {"runs/a": "runs/digits", "runs/b": "runs/digits"}


def pictures(folder, size=64):
    """Two classes, together enough for a batch of 64 and for a judge."""
    draw = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (folder / name).mkdir(parents=True)
        for i in range(60):
            Image.fromarray(draw.integers(0, 256, (size, size, 3), np.uint8)).save(folder / name / f"{i}.png")


@pytest.fixture
def desk(tmp_path):
    """A folder with the scripts, the recipes, and what the examples call the reader's data."""
    for name in ("configs", "train.py", "sample.py", "evaluate.py", "cwgan_jax"):
        (tmp_path / name).symlink_to(ROOT / name)
    draw = np.random.default_rng(0)
    mnist = tmp_path / "path/to/the/four/files"
    mnist.mkdir(parents=True)
    for split, count in (("train", 600), ("t10k", 200)):
        images = draw.integers(0, 256, (count, 28, 28), np.uint8)
        labels = np.arange(count, dtype=np.uint8) % 10
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            (mnist / f"{split}-{name}-ubyte.gz").write_bytes(gzip.compress(idx_bytes(array)))
    (tmp_path / "path/to/mnist").symlink_to(mnist)
    for name in ("photos", "flowers", "emoji", "horses", "letters"):
        pictures(tmp_path / name)
    rows = ["file_name,breed,age,caption"]
    for i, path in enumerate(sorted((tmp_path / "photos").rglob("*.png"))):
        rows.append(f"{path.relative_to(tmp_path / 'photos')},{path.parent.name},{i + 0.5},a {i % 3} picture")
    described = tmp_path / "described"
    shutil.copytree(tmp_path / "photos", described)
    (described / "metadata.csv").write_text("\n".join(rows))
    for name in ("trainA", "trainB", "testA", "testB"):
        shutil.copytree(tmp_path / "photos/cats", tmp_path / "horse2zebra" / name)
    signals = draw.normal(size=(300, 64)).astype(np.float32)
    power, angle = draw.uniform(size=300), draw.uniform(0, 90, 300)
    np.savez(
        tmp_path / "beats.npz", x=signals, heart_rate=draw.uniform(50, 120, 300), power=power, angle=angle
    )
    (tmp_path / "rows.csv").write_text("power,angle\n0.3,45\n0.5,45\n")
    (tmp_path / "my_recipe.py").symlink_to(ROOT / "configs/digits.py")
    return tmp_path


def run(desk, name, arguments):
    """(exit status, end of what it said) of a command in a process of its own."""
    words = [sys.executable, "-m", "cwgan_jax", name, *arguments, *SMALLER[name]]
    if name == "train" and not any("mnist" in word for word in arguments):
        words.append("--config.model.features=8")
    if "horse2zebra" in " ".join(arguments):
        words.append("--config.data.size=32")
    if (
        name == "train"
        and not any("data.dir" in word for word in arguments)
        and "mnist" in " ".join(arguments)
    ):
        words.append("--config.data.dir=path/to/mnist")
    quick = {"XLA_FLAGS": FLAGS, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1", "JAX_NUM_CPU_DEVICES": "1"}
    if name == "compare" and "--data_dir" not in " ".join(arguments):
        words.append("--data_dir=path/to/mnist")
    done = subprocess.run(words, cwd=desk, env=os.environ | quick | {"PYTHONPATH": str(ROOT)}, **CAPTURE)
    return done.returncode, (done.stdout + done.stderr)[-2000:]


def example(words):
    """The words of a command with the run that its runs/x stands for."""
    text = " ".join(words)
    found = next(run for part, run in EXAMPLES.items() if part in text)
    photos = "described" if "breed" in text else "photos"
    return [word.replace("runs/x", f"runs/{found}").replace("photos", photos) for word in words]


def elsewhere(arguments, trained):
    """The arguments of a training; where an earlier one of another page has its folder, in one of its own."""
    if any("--workdir" in word for word in arguments):
        return arguments
    recipe = next(word for word in arguments if "--config." not in word).removeprefix("--config=")
    name = recipe.rpartition("/")[2].removesuffix(".py").replace(".py:", "-").replace(":", "-")
    more = [f"--workdir=runs/{name}-{len(trained)}"] if name in trained else []
    trained.append(name)
    return [*arguments, *more]


def why_not(words):
    """Why a command is not run; None: it is."""
    text = " ".join(words)
    if set(words) & set(NEEDS_ONNX) and importlib.util.find_spec("jax2onnx") is None:
        return "needs '.[onnx]'"
    return next((why for part, why in NOT_RUN.items() if part in text), None)


@long
def test_every_command_runs(desk):
    every = [(page.name, *found) for page in PAGES for words in commands(page) if (found := ours(words))]
    every = [("beforehand", line.split()[0], line.split()[1:]) for line in BEFORE] + every
    every.sort(key=lambda row: row[1] != "train" or "--init=digits.safetensors" in row[2])  # trainings first
    failed, copied, trained = [], False, []
    for page, name, arguments in every:
        arguments = elsewhere(arguments, trained) if name == "train" else arguments
        typed = f"{page}: {name} {shlex.join(arguments)}"
        if reason := why_not([name, *arguments]):
            print(f"not run, {reason}: {typed}")
            continue
        if name != "train" and not copied:
            for there, source in COPIES.items():
                shutil.copytree(desk / source, desk / there)
            copied = True
        if name == "torch":  # nothing is overwritten: pages use one name for several folders
            for made in ("exported", "runs/imported"):
                shutil.rmtree(desk / made, ignore_errors=True)
        if (newest := desk / "runs/digits/checkpoints").exists():
            os.utime(newest)  # where no run is named
        status, said = run(desk, name, example(arguments))
        print(f"{status}  {typed}", flush=True)
        if status:
            failed.append(f"{typed}\n{said}")
    assert not failed, "\n\n".join(failed)
