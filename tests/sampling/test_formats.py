"""The table of formats: what it holds, and what it takes to add one."""

import numpy as np
import pytest
from absl import app
from cli_helpers import call, refused
from conftest import make_config
from PIL import Image
from sample_helpers import IMAGES, sample, untrained

from cwgan_jax.data.conditions import of_classes, to_json
from cwgan_jax.kinds import KINDS
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import formats, load, output
from cwgan_jax.sampling.request import MOST, Drawing, Format


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("untrained") / "run"
    untrained(folder, "conv")
    return folder


def draw_mean(model, request):
    """The mean image of each class, side by side."""
    image = model.rows(request.rows, request.each, seed=request.seed).mean(1, keepdims=True)
    sheet = sheets.sheet([sheets.Panel("", image.swapaxes(0, 1).astype(np.uint8))])
    return Drawing(output.save_sheet(model, request, "mean", sheet), 1, len(request.rows))


def test_a_format_is_one_function_and_one_line_of_the_table(workdir, tmp_path, monkeypatch):
    """Its options, its defaults and its help come with it."""
    assert "--format=mean" in refused("sample", f"--workdir={workdir}", "--format=mean")
    mean = Format(draw_mean, "the mean of each class", options=("crossover",), each=lambda *_: 7)
    monkeypatch.setitem(IMAGES, "mean", mean)
    path = tmp_path / "mean-step0-classes0-3-x7-seed0.png"
    assert sample(workdir, tmp_path, "--format=mean") == f"step 0: 1 x 4 images in {path}\n"
    with Image.open(path) as picture:
        assert picture.width > 4 * 64
    message = refused("sample", f"--workdir={workdir}", "--format=mean", "--truncation=0.5")
    assert "--truncation=0.5: not for --format=mean; leave it out, or use it with --format=grid" in message
    message = refused("sample", f"--workdir={workdir}", "--crossover=1")
    assert message.endswith("leave it out, or use it with --format=styles or mean")
    app.define_help_flags()  # as absl's run does
    assert "mean (the mean of each class)" in " ".join(call("sample", "--help")[1].split())


def test_every_kind_of_data_can_be_drawn():
    """`grid` is the default on the command line."""
    assert set(formats.FORMATS) == set(KINDS)
    assert all("grid" in table for table in formats.FORMATS.values())


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("classes", [0, 1, 3, 100, 101, 9999])
def test_what_a_format_shows_by_default_fits_on_a_sheet(name, classes):
    """Whatever the number of classes; those shown are spread evenly over all."""
    names = [f"c{i}" for i in range(classes)]
    described = {"conditions": to_json(of_classes(names))}
    config = make_config(model__conditional=classes > 0)
    format_, model = IMAGES[name], load.Model(0, config, None, {}, tuple(names), described)
    labels = format_.rows(model).series.tolist()
    assert labels == sorted(set(labels))
    assert 1 <= format_.each(model, len(labels)) <= 10
    if name in ("folder", "file"):
        assert len(labels) == max(classes, 1)
        return
    assert len(labels) <= 100
    assert len(labels) * format_.each(model, len(labels)) <= MOST
    if len(labels) > 1 and classes:
        gaps = np.diff([*labels, classes])
        assert gaps.max() - gaps.min() <= 1
