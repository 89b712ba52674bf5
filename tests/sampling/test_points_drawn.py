"""sample.py on generators of points: a table and a picture, and what it refuses."""

import csv
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import refused
from conftest import make_config
from PIL import Image
from sample_helpers import IMAGES, sample, save

from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.sets import mixtures
from cwgan_jax.sampling.formats import FORMATS

RING = {"model__architecture": "points", "data__name": "ring"}


@pytest.fixture(scope="module", params=[False, True], ids=["unconditional", "conditional"])
def model(request, tmp_path_factory):
    cfg = make_config(**RING, model__conditional=request.param)
    names = conditions.to_json(of_classes(mixtures.draw("ring", "test")[2]))
    return save(tmp_path_factory.mktemp("ring"), cfg, kind="points", shape=[1, 1, 2], conditions=names)


@pytest.fixture
def workdir(model, tmp_path):
    """A folder of its own for each test, with the one checkpoint."""
    described = {key: model.data[key] for key in ("kind", "shape", "conditions")}
    save(tmp_path / "run", model.config, **described)
    return tmp_path / "run"


def table(path):
    with Path(path).open() as file:
        head, *rows = csv.reader(file)
    assert head == ["x", "y"]
    return np.array(rows, float)


def test_a_table_and_a_picture_of_the_same_points(model, workdir, tmp_path):
    """As many as are wanted, the first of more are the same; as many of each class as of any other."""
    said = sample(workdir, tmp_path)
    path = next(tmp_path.glob("points-step0-*-seed0.png"))
    assert said == f"step 0: 1 x 10000 points in {path}\n"
    with Image.open(path) as picture:
        assert picture.width > 400
    points = table(path.with_suffix(".csv"))
    assert points.shape == (10_000, 2)
    count = max(len(model.class_names), 1)
    latent = model.latents(0, 0, 250)
    condition = model.classes(range(count)).vector[np.arange(250) % count]
    expected = model.examples(latent, condition)[:, 0, 0]
    np.testing.assert_array_equal(points[:250].astype(np.float32), expected)
    for format_ in ("grid", "folder"):
        sample(workdir, tmp_path / format_, f"--format={format_}", "--count=30")
        few = table(next((tmp_path / format_).glob("points-step0-*x30-seed0.csv")))
        np.testing.assert_array_equal(few, points[:30])
    assert sample(workdir, tmp_path / "few", "--format=folder").startswith("step 0: 1 x 10 points in ")


def test_of_chosen_classes_only(model, workdir, tmp_path):
    if not model.class_names:
        assert "without classes" in refused("sample", f"--workdir={workdir}", "--classes=0")
        return
    sample(workdir, tmp_path, "--classes=#2,#5", "--count=20")
    points = table(tmp_path / "points-step0-classes2_5-x20-seed0.csv")
    condition = model.conditions(np.resize([2, 5], 20))
    expected = model.examples(model.latents(0, 0, 20), condition)[:, 0, 0]
    np.testing.assert_array_equal(points.astype(np.float32), expected)


def test_they_have_no_images(workdir):
    """Nor is anything written for what is refused."""
    for format_ in set(IMAGES) - set(FORMATS["points"]):
        message = refused("sample", f"--workdir={workdir}", f"--format={format_}")
        assert f"--format={format_}: this model makes points; formats: grid (a picture and" in message
    for flag in ("--truncation=0.5", "--interpolation=linear", "--crossover=1"):
        message = refused("sample", f"--workdir={workdir}", flag)
        assert f"{flag}: not for points; leave it out" in message
    assert [path.name for path in workdir.iterdir()] == ["checkpoints"]
