"""Checkpoints: whatever happened to the files is noticed, and an older whole step is used."""

import gc
import json
import re
import shutil

import numpy as np
import pytest
from checkpoint_helpers import files_of, restore, write
from checkpoint_helpers import folder as folder  # a fixture, as is the next
from checkpoint_helpers import written as written

from cwgan_jax.checkpoint import reader, steps, storage
from cwgan_jax.common.errors import CheckpointError


def truncate(step):
    path = max(files_of(step / "state"), key=lambda path: path.stat().st_size)
    path.write_bytes(path.read_bytes()[:-9])


def empty(step):
    shutil.rmtree(step)
    step.mkdir()


def half_delete(step):
    shutil.rmtree(step / "state" / "ocdbt.process_0")


def set_json(step, name, change):
    path = step / name / "metadata"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


DAMAGE = {
    "truncated file": (truncate, "state: "),
    "empty folder": (empty, "about: .* not found"),
    "half deleted": (half_delete, "state: "),
    "no state": (lambda step: shutil.rmtree(step / "state"), "state: .* not found"),
    "no digest": (lambda step: shutil.rmtree(step / "digest"), "digest: .* not found"),
    "file for folder": (lambda step: (shutil.rmtree(step / "about"), (step / "about").touch()), "about"),
    "bad JSON": (lambda step: (step / "about/metadata").write_bytes(b'{"n": \xff'), "about: .*utf-8"),
    "cut JSON": (lambda step: (step / "about/metadata").write_text('{"n"'), "about: Expecting"),
    "empty JSON": (lambda step: (step / "digest/metadata").write_text(""), "digest: Expecting"),
    "other JSON": (lambda step: set_json(step, "digest", lambda _: [1]), "`digest` does not match"),
    "changed about": (lambda step: set_json(step, "about", lambda a: a | {"n": 3}), "`about` does not"),
    "changed digest": (
        lambda step: set_json(step, "digest", lambda d: d | {"leaves": {}}),
        "`digest` does not match",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_goes_back_one_step(folder, kind, capfd):
    damage, cause = DAMAGE[kind]
    damage(folder / "2")
    before = [path.relative_to(folder / "2") for path in files_of(folder / "2")]

    with pytest.raises(CheckpointError, match=f"damaged: 2 \\({cause}"):
        restore(folder, step=2)
    saved, [line] = restore(folder, set_aside=False)
    assert saved.step == 1
    assert steps(folder) == [1, 2]

    saved, [line] = restore(folder)
    assert saved.step == 1
    aside = folder.parent / "damaged_checkpoints" / "2"
    assert "\n" not in line
    assert line.startswith("checkpoint 2 is damaged (")
    assert line.endswith(f"moved to {aside}, using checkpoint 1")
    assert re.search(cause, line)
    assert [path.relative_to(aside) for path in files_of(aside)] == before
    assert steps(folder) == [1]
    assert capfd.readouterr() == ("", "")


def test_what_was_set_aside_is_never_overwritten(folder):
    for names in (["2"], ["2", "2-1"], ["2", "2-1", "2-2"]):
        (folder / "2" / "about" / "metadata").write_text(str(names))
        assert restore(folder)[0].step == 1
        aside = folder.parent / "damaged_checkpoints"
        assert sorted(path.name for path in aside.iterdir()) == names
        assert (aside / names[-1] / "about" / "metadata").read_text() == str(names)
        write(folder, 2, after=1)


def test_all_damaged_is_an_error_each_time(folder):
    """Were they set aside, running the same command again would silently start anew."""
    for n in (1, 2):
        truncate(folder / str(n))
    for _ in range(2):
        with pytest.raises(CheckpointError, match=r"all .* damaged: 2 \(.*, 1 \(.*start anew") as e:
            restore(folder)
        assert "\n" not in str(e.value)
    assert steps(folder) == [1, 2]


def test_a_missing_step_lists_those_there_are(folder):
    with pytest.raises(CheckpointError, match=r"no checkpoint 7 in .*; available: \[1, 2\]"):
        restore(folder, step=7)


def test_a_flipped_byte_anywhere_is_noticed_or_harmless(folder, capfd):
    """Of 8 offsets in each file, and both ends; whatever is restored is right (see `restore`)."""
    rng = np.random.default_rng(0)
    noticed, tried = set(), 0
    for path in files_of(folder / "2"):
        good = path.read_bytes()
        for offset in {0, len(good) - 1, *rng.integers(0, len(good), 8).tolist()}:
            bad = bytearray(good)
            bad[offset] ^= int(rng.integers(1, 256))
            path.write_bytes(bad)
            saved, lines = restore(folder, set_aside=False)
            assert saved.step == (1 if lines else 2), (path, offset)
            noticed |= {path.parts[-2]} if lines else set()
            tried += 1
        path.write_bytes(good)
    assert tried > 100
    assert {"about", "digest", "d"} <= noticed  # d: where the arrays are
    assert restore(folder)[0].step == 2
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_steps_replaced_by_a_run_in_progress_are_no_damage(folder, monkeypatch):
    read = reader._read

    def replaced(*args):
        monkeypatch.setattr(reader, "_read", read)
        write(folder, 3, 4, keep=2, after=2)
        return read(*args)

    monkeypatch.setattr(reader, "_read", replaced)
    saved, lines = restore(folder)
    assert (saved.step, lines) == (4, [])


def test_a_file_that_may_not_be_read_is_no_damage(folder, monkeypatch):
    """The tests may run as root, who may read anything: so the error is made."""

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied", "metadata")

    monkeypatch.setattr(storage, "read_json", refused)
    with pytest.raises(CheckpointError, match=r"cannot read checkpoint 2 .*Permission denied"):
        restore(folder)
    assert steps(folder) == [1, 2]


@pytest.mark.parametrize("kind", ["empty folder", "half deleted", "bad JSON"])
def test_an_old_step_left_half_deleted_does_not_matter(folder, kind, capfd):
    DAMAGE[kind][0](folder / "1")
    assert restore(folder)[0].step == 2
    write(folder, 3, keep=2, after=2)
    assert steps(folder) == [2, 3]
    assert capfd.readouterr() == ("", "")
