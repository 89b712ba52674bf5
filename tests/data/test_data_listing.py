"""Which folders are classes, which are splits, and what is said of all that is passed over."""

import numpy as np
import pytest
from data_helpers import fails
from PIL import Image

from cwgan_jax import data
from cwgan_jax.config import Data


def fill(folder, *names, count=3, shape=(16, 16)):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or [f"{i}.png" for i in range(count)]:
        Image.fromarray(np.full(shape, 100, np.uint8)).save(folder / name)


def load(folder, split="train"):
    return data.load(Data(name="folder", dir=str(folder), size=16), split)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "val"),
        ("train", "validation"),
        ("train", "valid"),
        ("Training", "Testing"),
        ("training", "dev"),
    ],
)
def test_splits_by_their_usual_names(tmp_path, train, test):
    for name in "ab":
        fill(tmp_path / train / name, count=12)
        fill(tmp_path / test / name, count=2)
    got, held_out = load(tmp_path), load(tmp_path, "test")
    assert got.class_names == held_out.class_names == ("a", "b")
    assert (len(got.label), len(held_out.label)) == (24, 4)
    assert dict(got.summary)["splits"] == f"24 pictures to train with, 4 to test (from {test}/)"


def test_of_test_and_validation_only_test_is_used_and_it_is_said(tmp_path):
    for split, count in (("train", 5), ("validation", 4), ("test", 3), ("extra", 2)):
        fill(tmp_path / split / "a", count=count)
    splits = dict(load(tmp_path).summary)["splits"]
    assert splits == "5 pictures to train with, 3 to test (from test/); not used: extra/, validation/"


def test_a_lone_training_split(tmp_path):
    fill(tmp_path / "train" / "a", count=20)
    got = load(tmp_path)
    assert (got.class_names, len(got.label), len(load(tmp_path, "test").label)) == (("a",), 18, 2)
    assert "2 to test (every tenth of a class)" in dict(got.summary)["splits"]


def test_a_class_may_be_called_train(tmp_path):
    for name in ("bus", "plane", "train"):
        fill(tmp_path / name)
    assert load(tmp_path).class_names == ("bus", "plane", "train")


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (["test/a", "val/a"], "there is no train split in it, only test, val"),
        (["train", "val/a"], "val lie in class folders; both must be alike"),
        (["cats/train", "cats/test", "dogs"], "cats: there are splits in it, test, train; put them above"),
        (["train/a", "training/a", "test/a"], "train and training can both be the train split"),
        (["train/a", "test/a", "test/b", "test/c"], "there is no class b, c in"),
        (["archive/a", "archive/b"], "lie in archive/a, archive/b: move them up, or is config.data.dir="),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, folders, expected):
    for folder in folders:
        fill(tmp_path / folder)
    fails(Data(name="folder", dir=str(tmp_path), size=16), expected)


def test_all_empty_classes_at_once(tmp_path):
    fill(tmp_path / "a")
    for name in ("b", "c"):
        (tmp_path / name).mkdir()
    fails(
        Data(name="folder", dir=str(tmp_path)),
        f"{tmp_path / 'b'}, {tmp_path / 'c'}: there are no pictures in them",
    )


def test_the_summary_says_what_was_read_and_what_was_not(tmp_path):
    fill(tmp_path / "cats", "a.png", "b.jpg", "c.webp", "d.PNG", shape=(80, 200))
    fill(tmp_path / "dogs", "a.tif", "b.bmp", "c.gif", "d.pgm", "e.jfif.png")
    fill(tmp_path / "dogs" / "more" / "deep", count=4)
    for name in ("x.avif", "y.heic", "z.HEIC", "notes.txt", "README", ".hidden"):
        (tmp_path / "cats" / name).write_text("?")
    (tmp_path / "index.csv").write_text("?")
    got = load(tmp_path)
    summary = dict(got.summary)
    assert summary["files"] == (
        "1 BMP, 1 GIF, 1 JPEG, 7 PNG, 1 PPM, 1 TIFF, 1 WEBP; passed over: 1 .avif, 2 .heic, 1 .txt,"
        " 1 beside the class folders, 1 without a suffix"
    )
    assert summary["crop"] == (
        "4 of 13 pictures are not square: the middle of each is taken, 40% of its area at the least"
    )
    assert summary["subfolders"] == "4 pictures lie in subfolders of classes, and belong to these"
    assert summary["classes"] == "2 with 3 (cats) to 8 (dogs) images each"
    assert any("3 pictures are passed over (1 .avif, 2 .heic): convert them" in line for line in got.warnings)
    assert len(got.warnings) == 1


def test_nothing_is_warned_of_where_nothing_is_passed_over(tmp_path):
    fill(tmp_path / "a")
    fill(tmp_path / "b")
    got = load(tmp_path)
    assert got.warnings == ()
    assert dict(got.summary) == {
        "files": "6 PNG",
        "splits": "4 pictures to train with, 2 to test (every tenth of a class)",
        "classes": "2 with 2 images each",
    }


def test_files_beside_the_splits_are_told(tmp_path):
    for split in ("train", "test"):
        fill(tmp_path / split / "a")
    fill(tmp_path, "lost.png")
    assert "passed over: 1 beside the splits" in dict(load(tmp_path).summary)["files"]
