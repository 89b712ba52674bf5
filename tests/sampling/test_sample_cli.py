"""sample.py on a tiny trained run: what it makes, what it needs, and every bad input in one line."""

import csv
import shutil
import sys

import jax
import numpy as np
import pytest
import run_helpers as runs
from cli_helpers import call, refused
from conftest import make_config
from PIL import Image
from sample_helpers import IMAGES, sample, save

from cwgan_jax import data
from cwgan_jax.data.conditions import of_classes, to_json
from cwgan_jax.sampling import load
from cwgan_jax.sampling.request import DrawRequest

TILE = 64  # 16 pixels, four times as large
ALL = "grid-step6-classes0-9-x10-seed0.png"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Checkpoints at 3 and 6, of a run with large steps, so that they draw differently."""
    workdir = tmp_path_factory.mktemp("trained") / "run"
    changes = {"optimizer__generator_learning_rate": 0.03, "train__ema_decay": 0.5}
    cfg = make_config(train__devices=1, objective__critic_updates=1, **changes)
    assert runs.in_process(cfg, workdir) == 0
    return workdir


@pytest.fixture(scope="module")
def unconditional(tmp_path_factory):
    """Checkpoint 0 of a run in float64: sample.py must set jax up for it."""
    workdir = tmp_path_factory.mktemp("unconditional")
    with jax.enable_x64(True):
        save(workdir, make_config(model__conditional=False, model__dtype="float64"))
    return workdir


@pytest.fixture(scope="module")
def model(trained):
    return load.load(trained / "checkpoints", None, set_up=lambda _: None, warn=pytest.fail)


def tiles(path, count):
    """The pictures on a sheet of 16x16 greys, u8[count, 16, 16], left to right and top to bottom."""
    pixels = read(path)[..., 0]
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (TILE, TILE))
    lowest = len(windows) - 1 - 10 - 2  # the margin and the gap
    left = [x for x in range(windows.shape[1]) if is_tile(windows[lowest, x])]
    top = [y for y in range(lowest, 0, -TILE - 2) if is_tile(windows[y, left[0]])]
    images = [windows[y, x, ::4, ::4] for y in reversed(top) for x in left]
    assert len(images) == count
    return np.array(images)


def is_tile(block):
    """16x16 squares of one value each, and neither the first nor the last column all white."""
    same = block == block[::4, ::4].repeat(4, 0).repeat(4, 1)
    return same.all() and block[:, 0].min() < 255 and block[:, -1].min() < 255


def folder_rows(out):
    with (out / "metadata.csv").open() as file:
        return list(csv.DictReader(file))


def read(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_folder_and_grid_hold_the_same_pictures(trained, tmp_path):
    said = sample(trained, tmp_path / "f", "--format=folder", "--classes=3,1,4", "--count=4", "--seed=9")
    assert said == f"step 6: 3 x 4 images in {tmp_path / 'f'}\n"
    rows = folder_rows(tmp_path / "f")
    assert [row["class"] for row in rows] == [c for c in "314" for _ in range(4)]
    assert {row["file_name"] for row in rows} | {"metadata.csv"} == {
        str(path.relative_to(tmp_path / "f")) for path in (tmp_path / "f").rglob("*") if path.is_file()
    }
    pictures = np.array([read(tmp_path / "f" / row["file_name"]) for row in rows])
    assert pictures.shape == (12, 16, 16)
    said = sample(trained, tmp_path, "--classes=3,1,4", "--count=4", "--seed=9")
    path = tmp_path / "grid-step6-classes3_1_4-x4-seed9.png"
    assert said == f"step 6: 3 x 4 images in {path}\n"
    np.testing.assert_array_equal(tiles(path, 12), pictures)


def test_everything_by_default_and_one_of_each_in_one_row(trained, tmp_path):
    sample(trained, tmp_path)
    grid = tiles(tmp_path / ALL, 100).reshape(10, 10, 16, 16)
    sample(trained, tmp_path, "--count=1")
    one = tmp_path / "grid-step6-classes0-9-x1-seed0.png"
    np.testing.assert_array_equal(tiles(one, 10), grid[:, 0])
    assert read(one).shape[0] < 3 * TILE
    sample(trained, tmp_path, "--seed=1", "--count=1")
    other = tmp_path / "grid-step6-classes0-9-x1-seed1.png"
    assert not np.array_equal(tiles(other, 10), grid[:, 0])


def test_walk(trained, tmp_path):
    sample(trained, tmp_path, "--format=walk", "--classes=0-2", "--count=5")
    strip = tiles(tmp_path / "walk-step6-classes0-2-x5-seed0.png", 15).reshape(3, 5, 16, 16)
    assert all(len(np.unique(row.reshape(5, -1), axis=0)) == 5 for row in strip)
    sample(trained, tmp_path, "--classes=0-2", "--count=2")
    grid = tiles(tmp_path / "grid-step6-classes0-2-x2-seed0.png", 6).reshape(3, 2, 16, 16)
    assert np.abs(strip[:, [0, -1]].astype(int) - grid).max() <= 1  # the ends are the first two latents
    with Image.open(tmp_path / "walk-step6-classes0-2-x5-seed0.gif") as gif:
        assert gif.n_frames == 4 * (2 * 5 - 1)  # through four latents and back
        assert (gif.info["loop"], gif.info["duration"]) == (0, 80)
    sample(trained, tmp_path / "one", "--format=walk", "--count=1")


def test_step_checkpoint_path_and_default_places(trained, tmp_path):
    there = tmp_path / "moved"
    shutil.copytree(trained, there)
    status, said, _ = call("sample", f"--workdir={there}", "--step=3")
    path = there / "drawn" / ALL.replace("6", "3", 1)
    assert (status, said) == (0, f"step 3: 10 x 10 images in {path}\n")
    sample(there / "checkpoints/3", tmp_path / "out")
    assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
    for place in ("checkpoints", "checkpoints/6"):
        sample(there / place, tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {path.name, ALL}
    status, said, _ = call("sample", f"--workdir={there}", "--format=folder", "--count=1", "--seed=4")
    assert said == f"step 6: 10 x 1 images in {there / 'drawn/folder-step6-classes0-9-x1-seed4'}\n"


def test_needs_nothing_but_the_checkpoint(trained, tmp_path, monkeypatch):
    """Not the data; and the same in a process of its own, elsewhere."""
    monkeypatch.setattr(data, "load", lambda *_: pytest.fail("there are no data"))
    shutil.copytree(trained / "checkpoints" / "6", tmp_path / "alone" / "6")
    sample(trained, tmp_path)
    command = [sys.executable, str(runs.ROOT / "sample.py"), "--workdir=alone/6", "--out=drawn"]
    status, out, err = runs.finish(command, cwd=tmp_path)
    assert (status, out, err) == (0, f"step 6: 10 x 10 images in drawn/{ALL}\n", "")
    assert (tmp_path / "drawn" / ALL).read_bytes() == (tmp_path / ALL).read_bytes()


def test_a_damaged_newest_checkpoint_is_passed_over_and_left_alone(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "run")
    largest = max((tmp_path / "run/checkpoints/6").rglob("*"), key=lambda p: p.is_file() * p.stat().st_size)
    largest.write_bytes(largest.read_bytes()[: largest.stat().st_size // 2])
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    arguments = f"--workdir={tmp_path / 'run'}", f"--out={tmp_path / 'out'}"
    status, said, err = call("sample", *arguments)
    assert status == 0
    assert said.startswith("step 3: ")
    assert len(err) == 1
    assert err[0].startswith("warning: checkpoint 6 is damaged")
    assert before == {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    assert "damaged" in refused("sample", *arguments, "--step=6")


def test_unconditional(unconditional, tmp_path):
    message = refused("sample", f"--workdir={unconditional}", "--classes=0-3", f"--out={tmp_path}")
    assert "--classes=0-3: this model was trained without classes" in message
    assert list(tmp_path.iterdir()) == []
    sample(unconditional, tmp_path / "f", "--format=folder", "--count=3")
    rows = folder_rows(tmp_path / "f")
    assert rows == [{"file_name": f"images/{i:05d}.png"} for i in range(3)]
    sample(unconditional, tmp_path)
    assert len(np.unique(tiles(tmp_path / "grid-step0-x10-seed0.png", 100).reshape(100, -1), axis=0)) == 100
    sample(unconditional, tmp_path, "--format=walk", "--count=2")
    message = refused("sample", f"--workdir={unconditional}", "--format=classes", f"--out={tmp_path}")
    assert "--format=classes: this model was trained without classes" in message


NAMES = ("cat", "dog, small", "a 1")


@pytest.mark.parametrize("names", [NAMES, ("a b", "a-b", "c"), ("..", "x", "y"), ("Dog", "dog", "é/è")])
def test_every_class_has_a_folder_of_its_own(model, tmp_path, names):
    named = (*names, *model.class_names[3:])
    described = model.data | {"conditions": to_json(of_classes(named))}
    model, labels = model._replace(class_names=named, data=described), [0, 1, 2]
    IMAGES["folder"].draw(model, DrawRequest(model.classes(labels), 2, 0, tmp_path / "out"))
    rows = folder_rows(tmp_path / "out")
    assert [row["class"] for row in rows] == [names[label] for label in labels for _ in range(2)]
    assert len({row["file_name"].casefold() for row in rows}) == 6
    expected = model.rows(model.classes(labels), 2, seed=0).reshape(6, 16, 16)
    for row, picture in zip(rows, expected, strict=True):
        path = tmp_path / "out" / row["file_name"]
        assert path.resolve().is_relative_to(tmp_path / "out")
        np.testing.assert_array_equal(read(path), picture)


def test_all_classes_even_where_one_is_named_like_a_range(model, tmp_path, monkeypatch):
    names = ("0-9", *model.class_names[1:])
    described = model.data | {"conditions": to_json(of_classes(names))}
    named = model._replace(class_names=names, data=described)
    monkeypatch.setattr(load, "load", lambda *_, **__: named)
    monkeypatch.setattr(load.checkpoint, "steps", lambda _: [6])
    assert "step 6: 10 x 1 images" in sample(tmp_path, tmp_path, "--count=1")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--step=4"], "no checkpoint 4 in "),
        (["--step=-1"], "--step=-1"),
        (["--step=x"], "--step=x"),
        (["--count=0"], "--count=0"),
        (["--count=99999999999"], "--count=99999999999"),
        (["--count=1001"], "10 x 1001 examples do not fit on one sheet, at most 10000 in all"),
        (["--count=1001", "--format=walk"], "do not fit"),
        (["--count=101", "--format=plane"], "101 x 101 examples do not fit"),
        (["--count=200", "--format=classes"], "200 x 81 examples do not fit"),
        (["--count=167", "--format=truncation"], "1670 x 6 examples do not fit"),
        (["--format=classes", "--classes=3"], "a walk needs at least two --classes"),
        (["--format=styles"], "the generator of conv has no styles"),
        (["--format=grid", "--interpolation=linear"], "use it with --format=walk or plane"),
        (["--interpolation=cubic"], "--interpolation=cubic"),
        (["--crossover=2"], "--crossover=2: not for --format=grid"),
        (["--format=truncation", "--truncation=0.5"], "--truncation=0.5: not for --format=truncation"),
        (["--truncation=nan"], "--truncation=nan: not allowed"),
        (["--truncation=x"], "--truncation=x"),
        (["--seed=-1"], "--seed=-1"),
        (["--seed=4294967296"], "--seed=4294967296"),
        (["--format=gif"], "--format=gif"),
        (["--classes=10"], "'10' is no class; give numbers in 0-9"),
        (["--classes="], "'' is no class"),
        (["--colour"], "colour"),
        (["run"], "unexpected argument 'run'"),
        (["--config.seed=3"], "the config is taken from the checkpoint"),
        (["--out=/proc/nothing"], "/proc/nothing"),
        (["--out=/dev/null"], "/dev/null"),
        (["--out=/dev/null", "--format=folder"], "/dev/null"),
        ([f"--out={'x' * 300}"], "File name too long"),
    ],
)
def test_bad_input_is_one_line(trained, arguments, expected):
    before = sorted(trained.rglob("*"))
    assert expected in refused("sample", f"--workdir={trained}", *arguments)
    assert sorted(trained.rglob("*")) == before


@pytest.mark.parametrize("place", ["", "missing", "a file", "²", "empty", "x" * 300])
def test_no_checkpoint_there(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_text("")
    (tmp_path / "empty" / "checkpoints").mkdir(parents=True)
    assert refused("sample", f"--workdir={place}")
    assert "--workdir=DIR is missing" in refused("sample")
