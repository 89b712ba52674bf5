"""The TensorBoard file: pictures, numbers, a full disk, and what its writer imports."""

import contextlib
import io
import os
import subprocess
import sys

import numpy as np
import pytest
from checkpoint_helpers import file_size_limit
from PIL import Image
from telemetry_helpers import NAMES, metrics, start
from tensorboardX.proto.event_pb2 import Event

from cwgan_jax.training.tensorboard import Board


def test_a_picture(tmp_path):
    board = Board(tmp_path / "board", 1)
    image = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    board.image(20, "samples", image)
    board.close()
    [path] = (tmp_path / "board").iterdir()
    content, events = path.read_bytes(), []
    while content:
        size = int.from_bytes(content[:8], "little")
        events.append(Event.FromString(content[12 : 12 + size]))
        content = content[size + 16 :]
    assert events[0].file_version == "brain.Event:2"
    [entry] = events[-1].summary.value
    assert (events[-1].step, entry.tag) == (20, "samples")
    assert (entry.image.height, entry.image.width, entry.image.colorspace) == (4, 6, 3)
    np.testing.assert_array_equal(Image.open(io.BytesIO(entry.image.encoded_image_string)), image)


BOARD = """
import pathlib, sys, numpy as np
from cwgan_jax.training.tensorboard import Board
board = Board(pathlib.Path(sys.argv[1]), 1)
board.scalar(1, "critic_loss", 0.5)
board.image(1, "samples", np.zeros((2, 2, 3), np.uint8))
board.close()
print("written")
import tensorboardX
print(tensorboardX.SummaryWriter.__name__)  # whole, for whoever else wants it
"""


def test_tensorboard_brings_no_torch_into_the_process(tmp_path):
    """tensorboardX imports it, and comet_ml, wherever they are; here they say so."""
    for name in ("torch", "comet_ml"):
        (tmp_path / f"{name}.py").write_text(f"print('{name}')\nraise ImportError")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    command = [sys.executable, "-c", BOARD, str(tmp_path / "board")]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    # What comes after the board's work is tensorboardX itself.
    assert done.stdout.split() == ["written", "comet_ml", "torch", "SummaryWriter"]


def scalars(workdir):
    """(tag, step, value) of every scalar in the TensorBoard files."""
    found = []
    for path in sorted((workdir / "tensorboard").iterdir()):
        content, place = path.read_bytes(), 0
        while place < len(content):
            size = int.from_bytes(content[place : place + 8], "little")
            event = Event.FromString(content[place + 12 : place + 12 + size])
            found += [(v.tag, event.step, v.simple_value) for v in event.summary.value]
            place += size + 16
    return found


def test_tensorboard_has_the_same_values(tmp_path):
    log = start(tmp_path)
    log.add(20, metrics(1, 20))
    log.flush()
    log.picture(20, Image.new("L", (6, 4)))
    log.close()
    found = scalars(tmp_path)
    for m, name in enumerate(NAMES):
        assert [(s, v) for tag, s, v in found if tag == name] == [(10, 10 + m / 8), (20, 20 + m / 8)]
    assert "samples" in {tag for tag, _, _ in found}


def test_a_full_disk_is_an_error_and_no_wait(tmp_path):
    log = start(tmp_path)
    with file_size_limit(1000):
        with pytest.raises(OSError, match="File too large"):  # noqa: PT012 -- which of them depends on buffers
            log.picture(20, Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)))
            log.flush()
        with contextlib.suppress(OSError):
            log.close()
