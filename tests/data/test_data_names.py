"""Names of classes and files, whatever a file system lets them be."""

import io
import logging
import os
import sys
import unicodedata

import numpy as np
import pytest
import run_helpers as runs
from absl import app
from absl import logging as absl_logging
from cli_helpers import call
from conftest import TINY
from data_helpers import fails
from PIL import Image

from cwgan_jax import cli, data
from cwgan_jax.common.errors import DataError
from cwgan_jax.config import Data
from cwgan_jax.data import names

ACCENT = "caf\u00e9"
PARTS = unicodedata.normalize("NFD", ACCENT)


def save(*folders, count=2):
    for folder in folders:
        os.makedirs(folder)
        for i in range(count):
            with open(
                os.path.join(folder, b"%d.png" % i if isinstance(folder, bytes) else f"{i}.png"), "wb"
            ) as file:
                Image.fromarray(np.full((16, 16), 100 + i, np.uint8)).save(file, "PNG")


def folder(path):
    return Data(name="folder", dir=str(path), size=16)


def test_one_form():
    raw = ["a b", f" {PARTS} ", "dog, small", "T-shirt/top", "\u732b", "\U0001f600", "-1", "x" * 300]
    assert list(names.checked(raw, "here").values()) == ["a b", ACCENT, *raw[2:]]


@pytest.mark.parametrize(
    ("raw", "listed"),
    [
        (["a", "b\udce9", "c\nd", "e"], r'here: "b\udce9", "c\nd": not allowed'),
        (["", "  ", "x"], '"", "  ": not allowed'),
        (["a\x00b"], r'"a\x00b"'),
        (["x\u2028y"], r'"x\u2028y"'),
        ([ACCENT, "b", PARTS], r'"café", "cafe\u0301": these differ only in'),
        (["cats", "cats "], '"cats", "cats "'),
        ([f"{i}\x07" for i in range(50)], "and 30 more"),
    ],
)
def test_all_offenders_in_one_line(raw, listed):
    with pytest.raises(DataError) as caught:
        names.checked(raw, "here")
    message = str(caught.value)
    assert listed in message
    assert "\n" not in message
    message.encode()  # it can be printed


def test_folders_that_are_not_utf8(tmp_path):
    save(bytes(tmp_path) + b"/caf\xe9", bytes(tmp_path) + b"/plain")
    fails(folder(tmp_path), tmp_path, r'"caf\udce9"')


def test_files_that_are_not_utf8_are_read(tmp_path):
    save(bytes(tmp_path) + b"/plain")
    os.rename(bytes(tmp_path) + b"/plain/0.png", bytes(tmp_path) + b"/plain/\xe9\n.png")
    got = data.load(folder(tmp_path), "train")
    assert sorted(
        got.image[:, 0, 0, 0].tolist() + data.load(folder(tmp_path), "test").image[:, 0, 0, 0].tolist()
    ) == [
        100,
        101,
    ]
    for line in (*dict(got.summary).values(), *got.warnings):
        line.encode()
    with open(bytes(tmp_path) + b"/plain/\xe9\n.png", "wb") as file:
        file.write(b"no picture")
    fails(folder(tmp_path), r"plain/\udce9\n.png: not a readable picture")


def test_a_terminal_that_lacks_a_letter_stops_nothing(monkeypatch):
    terminal = io.TextIOWrapper(io.BytesIO(), "ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(app, "run", lambda *_, **__: print("\u732b \udce9"))
    verbosity, level = absl_logging.get_verbosity(), logging.getLogger("jax").level
    cli.run(sys.modules[__name__], ["x"])  # whose main is not reached
    absl_logging.set_verbosity(verbosity)
    logging.getLogger("jax").setLevel(level)
    assert terminal.buffer.getvalue() == b"\\u732b \\udce9\n"


def test_a_run_says_what_was_read_and_warns_of_what_was_not(tmp_path):
    """A workdir that cannot be made ends it before anything is compiled."""
    save(tmp_path / "data" / "a", tmp_path / "data" / "b")
    (tmp_path / "data" / "b" / "x.heic").write_text("?")
    tiny = [f"--config.{key}={value}" for key, value in TINY.items() if not key.startswith("data.name")]
    flags = [f"--config={runs.ROOT / 'configs/folder.py'}", f"--config.data.dir={tmp_path / 'data'}", *tiny]
    status, out, err = call("train", *flags, "--config.train.batch_size=2", "--workdir=/dev/null/x")
    said = dict(line.split(":", 1) for line in out.splitlines())
    assert status == 2
    assert said["data"].strip() == "folder: 2 training images 16x16x3"
    assert (said["files"].strip(), said["classes"].strip()) == (
        "4 PNG; passed over: 1 .heic",
        "2 with 1 image each",
    )
    assert [line[:8] for line in err] == ["warning:", "error: /"]
    assert "1 pictures are passed over (1 .heic)" in err[0]


def test_accents_may_be_encoded_differently_in_both_splits(tmp_path):
    save(tmp_path / "train" / ACCENT, tmp_path / "train" / "b", tmp_path / "test" / PARTS)
    train, test = (data.load(folder(tmp_path), split) for split in ("train", "test"))
    assert train.class_names == test.class_names == ("b", ACCENT)
    assert test.label.tolist() == [1, 1]
