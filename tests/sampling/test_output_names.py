"""What sample.py writes is named after what is in it, and replaces nothing unless that is asked for."""

import errno
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import call, refused
from sample_helpers import F32, NAMES, sample, untrained

from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data.conditions import of_classes, to_json
from cwgan_jax.sampling import load, output
from cwgan_jax.sampling.request import MOST, DrawRequest
from cwgan_jax.sampling.rows import of_nothing


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """A checkpoint 0 of four classes, not trained."""
    folder = tmp_path_factory.mktemp("untrained") / "run"
    untrained(folder, "conv")
    return folder


def test_nothing_drawn_is_overwritten_unless_that_is_asked_for(workdir, tmp_path):
    """The same command again writes the same bytes, and so changes nothing."""
    arguments = "--classes=3", "--count=2"
    for _ in range(2):
        sample(workdir, tmp_path, *arguments)
    path = tmp_path / "grid-step0-classes3-x2-seed0.png"
    assert list(tmp_path.iterdir()) == [path]
    right = path.read_bytes()
    path.write_bytes(b"mine")
    message = refused("sample", f"--workdir={workdir}", f"--out={tmp_path}", *arguments)
    assert f"{path}: the file is there already, with other content; replace it with --overwrite" in message
    assert path.read_bytes() == b"mine"
    sample(workdir, tmp_path, *arguments, "--overwrite")
    assert path.read_bytes() == right
    for more in ("--seed=1", "--truncation=0.5", "--classes=2", "--count=3", "--format=walk"):
        sample(workdir, tmp_path, *arguments, more)
    assert path.read_bytes() == right
    assert len(list(tmp_path.iterdir())) == 7  # a walk is two


def test_a_picture_has_the_name_that_was_asked_for(workdir, tmp_path):
    arguments = f"--workdir={workdir}", "--count=2", f"--out={tmp_path / 'mine.png'}"
    status, said, _ = call("sample", *arguments)
    assert (status, said) == (0, f"step 0: 4 x 2 images in {tmp_path / 'mine.png'}\n")
    sample(workdir, tmp_path / "own", "--count=2")
    (same,) = (tmp_path / "own").iterdir()
    assert (tmp_path / "mine.png").read_bytes() == same.read_bytes()
    assert call("sample", *arguments[:2], f"--out={tmp_path / 'walk.gif'}", "--format=walk")[0] == 0
    assert {path.name for path in tmp_path.glob("walk.*")} == {"walk.png", "walk.gif"}
    for format_ in ("folder", "file"):
        message = refused("sample", *arguments, f"--format={format_}")
        assert f"--format={format_} does not write one picture; give a folder" in message
    message = refused("sample", *arguments[:2], "--out=mine.jpg")
    assert (
        "--out=mine.jpg: pictures are written as .png, walks as .gif; name it so, or give a folder" in message
    )


def test_a_folder_is_filled_again_only_if_that_is_asked_for(workdir, tmp_path):
    arguments = "--format=folder", "--count=1"
    sample(workdir, tmp_path / "out", *arguments)
    message = refused("sample", f"--workdir={workdir}", f"--out={tmp_path / 'out'}", *arguments)
    assert "the folder is not empty" in message
    assert len(list((tmp_path / "out").iterdir())) == 1 + len(NAMES)
    sample(workdir, tmp_path / "out", *arguments, "--overwrite")
    assert call("sample", f"--workdir={workdir}", *arguments)[0] == 0
    place = workdir / "drawn" / "folder-step0-classes0-3-x1-seed0"
    assert len((place / "metadata.csv").read_text().splitlines()) == 1 + len(NAMES)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([3, 1, 4], "3_1_4"),
        ([0, 1, 2, 9], "0-2_9"),
        ([7], "7"),
        (range(1200), "0-1199"),
        (range(0, 1200, 12), "100of-0c79df4a"),
    ],
)
def test_labels_in_a_files_name(labels, expected):
    assert output._numbers(labels) == expected


def test_of_very_many_classes_a_sheet_shows_a_hundred(workdir, tmp_path, monkeypatch):
    original = load.load
    many = tuple(f"c{i}" for i in range(1100))

    def of_many(*arguments, **more):
        model = original(*arguments, **more)
        described = model.data | {"conditions": to_json(of_classes(many))}
        return model._replace(class_names=many, data=described)

    monkeypatch.setattr(load, "load", of_many)
    drawn = []

    def rows(model, rows, count, **_):
        drawn.extend(rows.series.tolist())
        return np.zeros((len(rows), count, 16, 16, 1), np.uint8)

    monkeypatch.setattr(load.Model, "rows", rows)
    said = sample(workdir, tmp_path)
    assert said.startswith("100 of the 1,100 classes, evenly spread; --classes chooses others\n")
    assert drawn == list(range(0, 1100, 11))
    assert " 1100 x 9 images in " in sample(workdir, tmp_path, "--classes=0-1099")  # 10 would be too many


def test_a_run_that_may_not_be_written_to(workdir, monkeypatch):
    """As on a share that is read-only: what helps is another place, and no checkpoint is in danger."""

    def refuse(self, *_, **__):
        raise OSError(errno.EROFS, "refused by the disk", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    said = refused("sample", f"--workdir={workdir}", "--count=1", status=4)
    advice = "choose another place with --out; the run is as it was"
    assert said == f"error: {workdir / 'drawn'}: refused by the disk; {advice}"


@pytest.mark.parametrize(
    ("each", "expected"), [(2, "^--count=2: .*; lower it, choose"), (1, "^2 conditions: .*; choose fewer")]
)
def test_what_does_not_fit_on_a_sheet_is_said_of_what_can_be_changed(each, expected):
    with pytest.raises(ConfigError, match=expected):
        output.check_size(DrawRequest(of_nothing([0], F32), each, 0, Path("x")), 2, MOST)
