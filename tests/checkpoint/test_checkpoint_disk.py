"""Checkpoints: killed processes, full disks and vanished folders cost no earlier step and print nothing."""

import gc
import logging
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from checkpoint_helpers import ABOUT, file_size_limit, make_state, restore, write
from checkpoint_helpers import folder as folder  # a fixture, as is the next
from checkpoint_helpers import written as written

from cwgan_jax.checkpoint import Writer, steps
from cwgan_jax.common.errors import CheckpointError, StorageError

KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from checkpoint_helpers import ABOUT, make_state
from cwgan_jax.checkpoint import Writer, steps
folder = Path(sys.argv[1])
input()
latest = max(steps(folder), default=0)
with Writer(folder, keep=2, after=latest) as writer:
    for n in range(latest + 1, latest + 1000):
        writer.save(n, make_state(n), ABOUT | {"n": n})
        print(n, flush=True)
"""


def test_a_kill_while_saving_loses_nothing_before(tmp_path):
    rng = np.random.default_rng(0)
    folder, begun = tmp_path / "checkpoints", 0
    command = [sys.executable, "-c", KILLED, str(folder), str(Path(__file__).parents[1])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    # All import at the same time, then save one after the other.
    for child in [subprocess.Popen(command, **pipes, text=True) for _ in range(4)]:
        print(file=child.stdin, flush=True)
        for _ in range(3):
            begun = int(child.stdout.readline())
        time.sleep(rng.uniform(0, 0.06))
        child.kill()
        begun = max([begun, *map(int, child.communicate()[0].split())])
        saved, lines = restore(folder)
        # Step n - 1 is on disk before the save of n is begun.
        assert saved.step in (begun - 1, begun, begun + 1)
        assert lines == []
    (folder / f"{begun}.orbax-checkpoint-tmp").mkdir(exist_ok=True)
    with Writer(folder, keep=2, after=saved.step):
        assert all(path.name.isdecimal() for path in folder.iterdir())


def check_failed(error, folder, reason):
    assert f"cannot write checkpoint 3 to {folder}: {reason}" in str(error.value)
    assert "earlier checkpoints are intact" in str(error.value)
    assert "\n" not in str(error.value)
    assert steps(folder) == [1, 2]
    assert restore(folder)[0].step == 2


# Without the reservation Orbax itself meets the error, as when the disk fills up meanwhile.
RESERVED = pytest.mark.parametrize("reserved", [True, False])


@RESERVED
def test_a_failed_write_is_a_storage_error(folder, reserved, monkeypatch, capfd):
    if not reserved:
        monkeypatch.setattr("cwgan_jax.checkpoint.writer._reserve", lambda *_: None)
    with Writer(folder, keep=2, after=2) as writer:
        with file_size_limit(1000):
            writer.save(3, make_state(3), ABOUT)
            with pytest.raises(StorageError) as error:
                writer.wait()
        check_failed(error, folder, "File too large")
        gc.collect()
        assert capfd.readouterr() == ("", "")
        writer.save(3, make_state(3), ABOUT | {"n": 3})  # it may be tried again
    assert restore(folder)[0].step == 3


def test_files_written_late_into_an_interrupted_save_are_removed_too(folder, monkeypatch):
    """As tensorstore's threads do for a moment after a save has failed; Orbax then refuses the next."""
    unfinished, remove, late = folder / "3.orbax-checkpoint-tmp", shutil.rmtree, [1, 2]

    def removed_then_written(path, **options):
        remove(path, **options)
        if late:
            late.pop()
            (path / "state").mkdir(parents=True)

    unfinished.mkdir()
    monkeypatch.setattr(shutil, "rmtree", removed_then_written)
    with Writer(folder, keep=2, after=2):
        assert not late
        assert not unfinished.exists()


@RESERVED
def test_a_full_disk_is_a_storage_error(tmp_path, reserved, monkeypatch, capfd):
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small disk takes root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("mounting a small disk is not permitted here")
    try:
        if not reserved:
            monkeypatch.setattr("cwgan_jax.checkpoint.writer._reserve", lambda *_: None)
        folder = tmp_path / "checkpoints"
        write(folder, 1, 2)
        big = {"w": np.random.default_rng(0).standard_normal(400_000)}
        with pytest.raises(StorageError) as error, Writer(folder, keep=2, after=2) as writer:
            writer.save(3, big, ABOUT)
        check_failed(error, folder, "No space left on device")
        gc.collect()
        assert capfd.readouterr() == ("", "")
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_a_folder_that_vanished_is_a_storage_error(folder):
    """Orbax would create it again: on another disk, if this one was unmounted."""
    with Writer(folder, keep=2, after=2) as writer:
        shutil.rmtree(folder)
        writer.save(3, make_state(3), ABOUT)
        with pytest.raises(StorageError, match=r"cannot write checkpoint 3 .*No such file"):
            writer.wait()
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises((StorageError, CheckpointError), match="Not a directory"):
        Writer(tmp_path / "file" / "checkpoints", keep=2)


def test_the_error_of_the_body_comes_first(folder):
    def body(writer):
        shutil.rmtree(folder)
        writer.save(3, make_state(3), ABOUT)
        raise KeyError

    with pytest.raises(KeyError), Writer(folder, keep=2, after=2) as writer:
        body(writer)


NOISY = """
import gc, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import pytest
from checkpoint_helpers import ABOUT, file_size_limit, make_state, restore, write
from cwgan_jax.checkpoint import Writer, writer
from cwgan_jax.common.errors import StorageError
folder = Path(sys.argv[1])
write(folder, 1, 2)
for path in (folder / "2" / "state").rglob("manifest.ocdbt"):
    path.write_bytes(path.read_bytes()[:-9])
assert len(restore(folder)[1]) == 1
writer._reserve = lambda *_: None
with pytest.raises(StorageError), Writer(folder, keep=2, after=1) as run, file_size_limit(1000):
    run.save(2, make_state(2), ABOUT)
    run.wait()
gc.collect()
"""


def test_nothing_is_printed_whatever_happens(tmp_path):
    """In another process, since pytest takes over what Python prints about threads and loggers."""
    command = [sys.executable, "-W", "error", "-c", NOISY, str(tmp_path), str(Path(__file__).parents[1])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_only_orbax_is_silenced(folder, caplog):
    restore(folder)
    logging.getLogger("absl").warning("from another package")
    asyncio_logger = logging.getLogger("asyncio")
    asyncio_logger.error("Task exception was never retrieved: ValueError('[tensorstore_spec=")
    asyncio_logger.error("Future exception was never retrieved: ValueError('NOT_FOUND: in OCDBT database")
    asyncio_logger.error("Task exception was never retrieved: of another package")
    assert [record.message.split()[-1] for record in caplog.records] == ["package"] * 2
