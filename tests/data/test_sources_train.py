"""Training from each kind of source: RGB folders, and real MNIST through its files and through TFDS."""

import json

import numpy as np
import run_helpers as runs
from conftest import long, make_config
from data_helpers import MNIST_DIR, needs_mnist
from PIL import Image

from cwgan_jax import cli, config

CONFIGS = runs.ROOT / "configs"


def colour_classes(folder):
    """Two classes of RGB pictures of different sizes: reddish and bluish."""
    draw = np.random.default_rng(0)
    for name, channel in (("red", 0), ("blue", 2)):
        (folder / name).mkdir(parents=True)
        for i in range(12):
            picture = draw.integers(0, 80, (40 + i, 50, 3), np.uint8)
            picture[..., channel] += 150
            Image.fromarray(picture).save(folder / name / f"{i}.png")


@long
def test_a_folder_of_rgb_classes_trains(tmp_path):
    colour_classes(tmp_path / "photos")
    cfg = make_config(data__name="folder", data__dir=tmp_path / "photos", data__size=32, train__devices=1)
    assert runs.in_process(cfg, tmp_path / "run") == 0
    step, leaves = runs.final_state(tmp_path / "run")
    assert step == 6
    assert leaves[".generator['image']['kernel']"].shape[-1] == 3
    with Image.open(tmp_path / "run" / "samples" / "000006.png") as sheet:
        pixels = np.asarray(sheet)
    real = pixels[:, int(sheet.info["panel"]) + 5 :].astype(int)
    blue, red = (real[..., 2] - real[..., 0] > 60).sum(), (real[..., 0] - real[..., 2] > 60).sum()
    assert min(blue, red) > 10 * 64 * 32  # both rows of the real panel have their colour


@long
@needs_mnist
def test_the_mnist_config_trains_on_real_mnist(tmp_path):
    """configs/mnist.py itself, made small only in the width of the networks and the number of steps.

    From the original files; that TFDS gives the same images is shown in test_data_tfds_prepare.
    """
    overrides = {"data.dir": str(MNIST_DIR), "model.features": "2", "train.steps": "2", "train.devices": "1"}
    overrides["quality.every"] = "none"
    cfg = config.resolve(cli.load_config(CONFIGS / "mnist.py"), overrides | {"train.log_every": "1"})
    assert runs.in_process(cfg, tmp_path / "run") == 0
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == 2
    assert json.loads((tmp_path / "run" / "config.json").read_text())["data"]["size"] == 32
